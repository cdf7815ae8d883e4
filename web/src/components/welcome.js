import { html, useRef } from "../view.js";
import { plural } from "../format.js";
import { mayStart } from "../permissions.js";
import { ACCEPTED } from "../uploads.js";
import { Icon, Logo } from "./icons.js";

const FIRST_QUESTIONS = [
  "What are the main points?",
  "Which dates and deadlines are mentioned?",
  "What does it say about costs?",
];

/** What a new chat shows: what to do first, or what to ask. */
export function Welcome({ state, actions, uploads, onExample }) {
  const ready = (state.documents ?? []).filter((doc) => doc.status === "ready");
  const loaded = state.documents !== null;
  if (state.user && !mayStart(state.user)) return html`<${ForGuests} state=${state} />`;
  return html`
    <div class="welcome">
      <${Logo} size=${44} />
      <h1>Ask your own documents</h1>
      <p
        class="lead">Answers stream in with the places they come from. Your documents are kept on this server.</p>
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
      <h1>Welcome, ${state.user.name}</h1>
      <p class="lead">${state.rooms?.length ? "You are a guest here: choose one of your rooms to read and write in it." : "You are a guest here. The rooms that you are invited to will be listed in the menu."}</p>
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
      <p class="with-mouse"><strong>Drop documents anywhere on this page</strong></p>
      <p class="without-mouse"><strong>Add your first documents</strong></p>
      <p class="muted">PDF, Word, PowerPoint, Excel, CSV, Markdown, HTML or text</p>
      <input ref=${picker} type="file" multiple hidden accept=${ACCEPTED.join(",")} onChange=${pick}
        />
      <button type="button" class="button primary"
        onClick=${() => picker.current.click()}>Choose files</button>
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
        ${plural(count, "document")} ready
        ${working > 0 && html`<span class="muted"> · ${working} being read</span>`}
        ${failed > 0 && html`<span class="problem"> · ${failed} unreadable</span>`}
      </span>
    </button>
  `;
}

// Questions like "What are the main points?" need a model: nothing in the text matches their words.
const Tip = () =>
  html`<p
    class="tip muted">Ask with words that you expect in the text, such as “What is the notice period of the lease?” The passages that answer best are quoted.</p>`;

function Examples({ ready, onExample }) {
  const title = ready[0]?.title;
  const questions = title
    ? [
        `What are the main points of “${title}”?`,
        `Which dates and deadlines does “${title}” mention?`,
        ready[1]
          ? `What do “${title}” and “${ready[1].title}” have in common?`
          : "Which numbers matter most, and why?",
      ]
    : FIRST_QUESTIONS;
  return html`
    <div class="examples">
      <h2>${title ? "Try asking" : "Then ask, for example"}</h2>
      <ul>
        ${questions.map(
          (text) => html`<li key=${text}><button type="button" class="example"
          onClick=${() => onExample(text)}>${text}</button></li>`,
        )}
      </ul>
    </div>
  `;
}
