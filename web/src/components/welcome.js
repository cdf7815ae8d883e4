import { html, useRef } from "../preact.js";
import { t } from "../i18n/index.js";
import { canStartChats } from "../permissions.js";
import { Icon, Logo } from "./icons.js";

/** The start view of a new chat: how to add documents, or example questions. */
export function Welcome({ state, actions, uploads, onExample }) {
  const ready = (state.documents ?? []).filter((doc) => doc.status === "ready");
  const loaded = state.documents !== null;
  if (state.user && !canStartChats(state.user)) return html`<${ForGuests} state=${state} />`;
  return html`
    <div class="welcome">
      <${Logo} size=${44} />
      <h1>${t("welcome.title")}</h1>
      <p class="lead">${t("welcome.lead")}</p>
      ${
        loaded &&
        !state.documents.length &&
        html`<${FirstDrop} actions=${actions}
        uploads=${uploads} />`
      }
      ${
        loaded &&
        state.documents.length > 0 &&
        html`<${Library} documents=${state.documents}
        actions=${actions} />`
      }
      ${
        loaded &&
        (state.provider?.name === "extractive"
          ? html`<${Tip}
        />`
          : html`<${Examples} ready=${ready} onExample=${onExample} />`)
      }
    </div>
  `;
}

function ForGuests({ state }) {
  return html`
    <div class="welcome">
      <${Logo} size=${44} />
      <h1>${t("welcome.guest", { name: state.user.name })}</h1>
      <p class="lead">${state.rooms?.length ? t("welcome.guestRooms") : t("welcome.guestNoRooms")}</p>
    </div>
  `;
}

function FirstDrop({ actions, uploads }) {
  const picker = useRef();
  const pick = () => {
    uploads.add(picker.current.files);
    actions.openPanel({ kind: "documents" });
  };
  return html`
    <div class="first-drop">
      <${Icon} name="upload" size=${24} />
      <p class="with-mouse"><strong>${t("welcome.drop")}</strong></p>
      <p class="without-mouse"><strong>${t("welcome.add")}</strong></p>
      <p class="muted">${t("welcome.formats")}</p>
      <input ref=${picker} type="file" multiple hidden onChange=${pick}
        />
      <button type="button" class="button primary"
        onClick=${() => picker.current.click()}>${t("welcome.choose")}</button>
    </div>
  `;
}

function Library({ documents, actions }) {
  const count = documents.filter((doc) => doc.status === "ready").length;
  const failed = documents.filter((doc) => doc.status === "failed").length;
  const working = documents.length - count - failed;
  return html`
    <button type="button" class="library" onClick=${() => actions.openPanel({ kind: "documents" })}>
      <${Icon} name="files" size=${18} />
      <span>
        ${t("welcome.ready", { count })}
        ${working > 0 && html`<span class="muted">${t("list.facts")}${t("welcome.working", { count: working })}</span>`}
        ${failed > 0 && html`<span class="problem">${t("list.facts")}${t("welcome.failed", { count: failed })}</span>`}
      </span>
    </button>
  `;
}

// Without a model, a question must share words with the text, which the usual examples do not.
const Tip = () =>
  html`<p
    class="tip muted">${t("welcome.tip")}</p>`;

function Examples({ ready, onExample }) {
  const [{ title } = {}, other] = ready;
  return html`
    <div class="examples">
      <h2>${title ? t("welcome.examplesReady") : t("welcome.examples")}</h2>
      <ul>
        ${questions(title, other?.title).map(
          (text) => html`<li key=${text} class="example-item"><button type="button" class="example"
          onClick=${() => onExample(text)}>${text}</button></li>`,
        )}
      </ul>
    </div>
  `;
}

function questions(title, other) {
  if (!title) return [t("welcome.points"), t("welcome.dates"), t("welcome.costs")];
  return [
    t("welcome.pointsOf", { title }),
    t("welcome.datesOf", { title }),
    other ? t("welcome.common", { title, other }) : t("welcome.numbers"),
  ];
}
