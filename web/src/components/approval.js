import { html, useState } from "../preact.js";
import { prettyJson } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

const DECISIONS = ["once", "conversation", "always", "deny"];

/** The tool calls of a run that wait for approval; only the person who asked gets the buttons. */
export const Approvals = ({ run, me, actions }) =>
  run.awaiting?.map(
    (call) => html`<${Approval} key=${call.call_id} call=${call} run=${run} me=${me}
      actions=${actions} />`,
  );

function Approval({ call, run, me, actions }) {
  const [busy, setBusy] = useState(false);
  const { call_id: id, title, server, tool, arguments: args, characters_left_out: more } = call;
  const decide = async (decision) => {
    setBusy(true);
    await actions.approve(run.run_id, id, decision);
    setBusy(false);
  };
  const question = server ? t("approval.ofServer", { title, server }) : t("approval.of", { title });
  return html`
    <section class="approval" aria-labelledby=${`${id}-title`}>
      <p class="approval-title" id=${`${id}-title`} role="alert"><${Icon} name="shield" size=${18}
        /> ${question}</p>
      <p class="muted">${t("step.arguments")} (<code>${tool}</code>)</p>
      <pre tabindex="0" aria-label=${t("step.arguments")}>${prettyJson(args)}</pre>
      ${more > 0 && html`<p class="muted">${t("approval.more", { count: more })}</p>`}
      ${
        run.user_id === me
          ? html`<div class="approval-buttons">${DECISIONS.map(
              (decision) => html`<button type="button" key=${decision} disabled=${busy}
              class=${`button${decision === "once" ? " primary" : ""}`}
              onClick=${() => decide(decision)}>${variant("approval.decision", decision)}</button>`,
            )}</div>`
          : html`<p class="muted">${t("approval.others")}</p>`
      }
    </section>
  `;
}
