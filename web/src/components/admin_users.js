import { html, useEffect, useState } from "../view.js";
import { date, inWords, plural } from "../format.js";
import { grantable, mayManage, ROLE_WORDS } from "../permissions.js";
import { Avatar } from "./avatar.js";
import { Select } from "./form.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

/** The users of this server; each row offers only what the actor may do to that user. */
export function Users({ state, actions }) {
  const { directory, user: me } = state;
  const [query, setQuery] = useState("");
  const [problem, setProblem] = useState(null);
  const load = () => actions.loadDirectory().then(() => setProblem(null), setProblem);
  useEffect(() => void load(), []);
  const wanted = query.trim().toLowerCase();
  const shown = (directory ?? []).filter((one) => one.name.toLowerCase().includes(wanted));
  return html`
    <div class="view-tools">
      <button type="button" class="button primary"
        onClick=${() => actions.openDialog({ kind: "add-user" })}><${Icon} name="plus" size=${18}
        /> Add a user</button>
      <label class="field grow"><span class="visually-hidden">Find a user</span>
        <input type="search" placeholder="Find a user" value=${query}
          onInput=${(event) => setQuery(event.target.value)} /></label>
    </div>
    ${
      problem &&
      html`<p class="problem" role="alert">${inWords(problem).message}
      <button type="button" class="link" onClick=${load}>Try again</button></p>`
    }
    ${!directory && !problem && html`<p class="waiting">Loading the users…</p>`}
    ${directory && html`<p class="muted" role="status">${plural(shown.length, "user")}</p>`}
    <ul class="rows" aria-label="Users">
      ${shown.map(
        (user) => html`<${UserRow} key=${user.id} user=${user} me=${me} actions=${actions} />`,
      )}
    </ul>
  `;
}

function UserRow({ user, me, actions }) {
  const { id, name, role, status, created_at: since, has_password: hasPassword } = user;
  const manages = mayManage(me, user) && status !== "deleted";
  const roles = grantable(me).map((value) => ({ value, text: ROLE_WORDS[value] }));
  const facts = [since && `since ${date(since)}`, hasPassword === false && "no password"];
  const setRole = (picked) =>
    actions.changeUser(id, { role: picked }).catch((error) => {
      actions.fail(error);
      actions.loadDirectory().catch(actions.fail);
    });
  return html`
    <li class="row" data-user=${name} data-status=${status}>
      <${Avatar} id=${id} name=${name} />
      <span class="row-text">
        <span class="row-name" title=${name}>${name}${id === me.id && html` <span class="muted">(you)</span>`}
          ${status === "suspended" && html`<span class="chip warn">Suspended</span>`}</span>
        <span class="muted">${facts.filter(Boolean).join(" · ")}</span>
      </span>
      ${
        manages
          ? html`<${Select} quiet label=${`Role of ${name}`} value=${role} options=${roles}
            onPick=${setRole} />`
          : html`<span class="row-role muted">${ROLE_WORDS[role]}</span>`
      }
      ${manages && html`<${Menu} label=${`What to do with ${name}`} items=${actsOn(user, actions)} />`}
    </li>
  `;
}

function actsOn(user, actions) {
  const { id, name, status } = user;
  const change = (values, words) =>
    actions.changeUser(id, values).then(() => actions.say(words), actions.fail);
  const suspend = () =>
    actions.openDialog({
      title: `Suspend ${name}?`,
      text: `${name} is logged out at once, everywhere, and cannot come back until you resume the account. Nothing is deleted.`,
      verb: "Suspend",
      onConfirm: () => change({ status: "suspended" }, `${name} is suspended.`),
    });
  const remove = () =>
    actions.openDialog({
      title: `Delete ${name}?`,
      text: `The account is deleted with its documents, its keys, and the rooms that nobody else is in. What ${name} wrote in other rooms stays. This cannot be undone.`,
      verb: "Delete",
      onConfirm: () =>
        actions.deleteUser(id).then(() => actions.say(`${name} is deleted.`), actions.fail),
    });
  const logOut = () =>
    actions.logOutUser(id).then(() => actions.say(`${name} is logged out.`), actions.fail);
  return [
    { text: "API keys", icon: "key", act: () => actions.openDialog({ kind: "keys", user }) },
    {
      text: "New password",
      icon: "retry",
      act: () => actions.openDialog({ kind: "new-password", user }),
    },
    { text: "Log out everywhere", icon: "out", act: logOut },
    status === "suspended"
      ? {
          text: "Resume",
          icon: "play",
          act: () => change({ status: "active" }, `${name} can log in again.`),
        }
      : { text: "Suspend", icon: "pause", danger: true, act: suspend },
    { text: "Delete", icon: "trash", danger: true, act: remove },
  ];
}
