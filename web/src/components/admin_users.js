import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDate, joinFacts } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { canManageUser, grantableRoles } from "../permissions.js";
import { Avatar } from "./avatar.js";
import { Select } from "./form.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

/** The users of this server. Each row offers only the actions that the current user may take. */
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
        /> ${t("users.add")}</button>
      <label class="field grow"><span class="visually-hidden">${t("users.find")}</span>
        <input type="search" placeholder=${t("users.find")} value=${query}
          onInput=${(event) => setQuery(event.target.value)} /></label>
    </div>
    ${
      problem &&
      html`<p class="problem" role="alert">${describeError(problem).message}
      <button type="button" class="link" onClick=${load}>${t("common.tryAgain")}</button></p>`
    }
    ${!directory && !problem && html`<p class="waiting">${t("users.loading")}</p>`}
    ${directory && html`<p class="muted" role="status">${t("users.count", { count: shown.length })}</p>`}
    <ul class="rows" aria-label=${t("users.label")}>
      ${shown.map(
        (user) => html`<${UserRow} key=${user.id} user=${user} me=${me} actions=${actions} />`,
      )}
    </ul>
  `;
}

function UserRow({ user, me, actions }) {
  const { id, name, role, status, created_at: since, has_password: hasPassword } = user;
  const manages = canManageUser(me, user) && status !== "deleted";
  const roles = grantableRoles(me).map((value) => ({ value, text: variant("role", value) }));
  const setRole = (picked) =>
    actions.changeUser(id, { role: picked }).catch((error) => {
      actions.showError(error);
      actions.loadDirectory().catch(actions.showError);
    });
  return html`
    <li class="row" data-user=${name} data-status=${status}>
      <${Avatar} id=${id} name=${name} />
      <span class="row-text">
        <span class="row-name"
          title=${name}>${name}${id === me.id && html` <span class="muted">${t("common.you")}</span>`}
          ${status === "suspended" && html`<span class="chip warn">${t("users.suspended")}</span>`}</span>
        <span class="muted">${joinFacts([
          since && t("users.since", { date: formatDate(since) }),
          hasPassword === false && t("users.noPassword"),
        ])}</span>
      </span>
      ${
        manages
          ? html`<${Select} quiet label=${t("role.of", { name })} value=${role} options=${roles}
            onPick=${setRole} />`
          : html`<span class="row-role muted">${variant("role", role)}</span>`
      }
      ${
        manages &&
        html`<${Menu} label=${t("users.menu", { name })}
        items=${actsOn(user, actions)} />`
      }
    </li>
  `;
}

function actsOn(user, actions) {
  const { id, name, status } = user;
  const change = (values, words) =>
    actions.changeUser(id, values).then(() => actions.notify(words), actions.showError);
  const suspend = () =>
    actions.openDialog({
      title: t("users.suspendTitle", { name }),
      text: t("users.suspendText", { name }),
      verb: t("users.suspend"),
      onConfirm: () => change({ status: "suspended" }, t("users.suspendDone", { name })),
    });
  const remove = () =>
    actions.openDialog({
      title: t("users.deleteTitle", { name }),
      text: t("users.deleteText", { name }),
      verb: t("common.delete"),
      onConfirm: () =>
        actions
          .deleteUser(id)
          .then(() => actions.notify(t("users.deleteDone", { name })), actions.showError),
    });
  const logOut = () =>
    actions
      .logOutUser(id)
      .then(() => actions.notify(t("users.logOutDone", { name })), actions.showError);
  return [
    { text: t("keys.title"), icon: "key", act: () => actions.openDialog({ kind: "keys", user }) },
    {
      text: t("users.newPassword"),
      icon: "retry",
      act: () => actions.openDialog({ kind: "new-password", user }),
    },
    { text: t("account.logOutAll"), icon: "out", act: logOut },
    status === "suspended"
      ? {
          text: t("users.resume"),
          icon: "play",
          act: () => change({ status: "active" }, t("users.resumeDone", { name })),
        }
      : { text: t("users.suspend"), icon: "pause", danger: true, act: suspend },
    { text: t("common.delete"), icon: "trash", danger: true, act: remove },
  ];
}
