import { html, useEffect, useState } from "../view.js";
import { date, inWords, listed, moment } from "../format.js";
import { mayAdminister, mayMakeKeys } from "../permissions.js";
import { Modal } from "./dialog.js";
import { Field, Problem, Select, useSubmit, valuesOf } from "./form.js";
import { Icon } from "./icons.js";
import { Once } from "./links.js";

const SCOPE_WORDS = { read: "read", write: "write", admin: "administer" };
const DAYS = [
  { value: "", text: "until it is revoked" },
  { value: "7", text: "7 days" },
  { value: "30", text: "30 days" },
  { value: "365", text: "1 year" },
];

/** The API keys of a user, with a button that revokes each. */
export function KeyList({ state, actions, userId }) {
  const keys = state.keys[userId];
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    actions.loadKeys(userId).catch(setProblem);
  }, [userId]);
  const revoke = (key) =>
    confirmRevoking(key, actions, () => actions.revokeKey(key).catch(actions.fail));
  if (problem) return html`<p class="problem" role="alert">${inWords(problem).message}</p>`;
  if (!keys) return html`<p class="waiting">Loading the keys…</p>`;
  if (!keys.length) return html`<p class="muted">There are no keys.</p>`;
  return html`<ul class="rows" aria-label="API keys">
    ${keys.map(
      (key) => html`<li class="row" key=${key.key_id}>
      <${Icon} name="key" />
      <span class="row-text"><span class="row-name">${key.label}</span>
        <span class="muted">${facts(key)}</span></span>
      <button type="button" class="button danger-text" aria-label=${`Revoke ${key.label}`}
        onClick=${() => revoke(key)}>Revoke</button>
    </li>`,
    )}
  </ul>`;
}

function facts({ scopes, created_at, expires_at, last_used_at }) {
  return [
    `may ${listed(scopes.map((scope) => SCOPE_WORDS[scope]))}`,
    `made ${date(created_at)}`,
    expires_at ? `holds until ${date(expires_at)}` : null,
    last_used_at ? `last used ${moment(last_used_at)}` : "never used",
  ]
    .filter(Boolean)
    .join(" · ");
}

function confirmRevoking(key, actions, onConfirm) {
  actions.openDialog({
    title: `Revoke “${key.label}”?`,
    text: "Programs that use this key stop working at once, and what they run is cancelled.",
    verb: "Revoke",
    onConfirm,
  });
}

/** Makes a key, and shows it the one time that it can be seen. */
export function NewKey({ user, state, actions, close }) {
  const owner = user ?? state.user;
  const [days, setDays] = useState("");
  const [secret, setSecret] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { label, write, admin } = valuesOf(document.getElementById("new-key"));
    const scopes = ["read", write && "write", admin && "admin"].filter(Boolean);
    const values = { label: label.trim(), scopes, ...(days && { days: Number(days) }) };
    setSecret(await actions.makeKey(owner.id, values));
  });
  if (secret) {
    const who = user ? user.name : "you";
    return html`<${Once} title=${user ? `A new key of ${who}` : "Your new key"} label="Key"
      value=${secret} close=${close}
      text=${`Copy it now: it is shown only this once. Whoever has it can act as ${who}.`} />`;
  }
  return html`
    <${Modal} label="New API key" onClose=${close}>
      <form id="new-key" class="stack" onSubmit=${submit}>
        <h2>New API key${user && ` of ${user.name}`}</h2>
        <${Field} label="What it is for" name="label" maxlength="100" required data-focus
          placeholder="For example: backup script" autocomplete="off" />
        <fieldset class="checks"><legend>It may</legend>
          <label class="check"><input type="checkbox" checked disabled /> read</label>
          <label class="check"><input type="checkbox" name="write" defaultChecked /> write, ask and upload</label>
          ${mayAdminister(owner) && html`<label class="check"><input type="checkbox" name="admin" /> administer this server</label>`}
        </fieldset>
        <${Select} label="Holds" value=${days} options=${DAYS} onPick=${setDays} />
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>Cancel</button>
          <button class="button primary" disabled=${busy}>Make the key</button>
        </div>
      </form>
    <//>
  `;
}

/** Another user's keys, for who administers the server. */
export function Keys({ user, state, actions, close }) {
  return html`
    <${Modal} label=${`API keys of ${user.name}`} className="wide" onClose=${close}>
      <h2>API keys of ${user.name}</h2>
      <${KeyList} state=${state} actions=${actions} userId=${user.id} />
      <div class="modal-buttons">
        ${
          // Only owners make keys for others.
          state.user.role === "owner" &&
          mayMakeKeys(user) &&
          html`<button type="button" class="button"
          onClick=${() => actions.openDialog({ kind: "new-key", user })}>New key</button>`
        }
        <button type="button" class="button" data-focus onClick=${close}>Close</button>
      </div>
    <//>
  `;
}
