import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDate, joinFacts } from "../format.js";
import { t } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** The tools that the user approved for longer than one call, each with a button to revoke it. */
export function ApprovedTools({ state, actions }) {
  const [approvals, setApprovals] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => actions.listApprovals().then(setApprovals, setProblem);
  useEffect(() => {
    load();
  }, []);
  const revoke = (approval) => actions.revokeApproval(approval).then(load, actions.showError);
  return html`
    <section aria-labelledby="approvals-title">
      <h2 id="approvals-title">${t("approvals.title")}</h2>
      <p class="muted">${t("approvals.hint")}</p>
      ${problem && html`<p class="problem" role="alert">${describeError(problem).message}</p>`}
      ${!problem && !approvals && html`<p class="waiting">${t("common.loading")}</p>`}
      ${approvals?.length === 0 && html`<p class="muted">${t("approvals.empty")}</p>`}
      ${
        approvals?.length > 0 &&
        html`<ul class="rows" aria-label=${t("approvals.title")}>
        ${approvals.map(
          (approval) => html`<li class="row" key=${approval.approval_id}>
          <${Icon} name="check" />
          <span class="row-text"><span class="row-name">${approval.title}</span>
            <span class="muted">${factsOf(approval, state.rooms)}</span></span>
          <button type="button" class="button danger-text"
            aria-label=${t("approvals.revoke", { title: approval.title })}
            onClick=${() => revoke(approval)}>${t("common.revoke")}</button>
        </li>`,
        )}
      </ul>`
      }
    </section>
  `;
}

function factsOf({ server, room_id: roomId, created_at }, rooms) {
  const room = roomId && rooms?.find((one) => one.room_id === roomId);
  const place = roomId
    ? t("approvals.in", { room: room?.name ?? t("approvals.oneRoom") })
    : t("approvals.everywhere");
  return joinFacts([server, place, formatDate(created_at)]);
}
