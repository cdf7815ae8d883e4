import { html, useEffect, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { canInvite, canListUsers, canManageRoom, ROOM_ROLES } from "../permissions.js";
import { statusOf } from "../state/people.js";
import { Avatar } from "./avatar.js";
import { Select } from "./form.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Panel } from "./panel.js";
import { roomActs } from "./room_list.js";

const ORDER = { online: 0, away: 1, offline: 2 };
const MANY = 20;

const roles = () => ROOM_ROLES.map((value) => ({ value, text: variant("roomRole", value) }));

/** A room's members with their presence and roles, and the actions on the room. */
export function Members({ state, actions, modal }) {
  const room = state.rooms?.find((one) => one.room_id === state.roomId);
  if (!room) return null;
  const chat = state.chats[room.room_id];
  const members = sorted(chat?.members ?? room.members, chat?.presence);
  const manages = canManageRoom(room);
  const acts = roomActs(room, actions);
  return html`
    <${Panel} title=${t("members.title")} modal=${modal} onClose=${() => actions.openPanel(null)}>
      ${
        manages &&
        html`<${Invite} state=${state} room=${room} members=${members}
        actions=${actions} />`
      }
      <h3 class="panel-title">${t("members.count", { count: members.length })}</h3>
      <ul class="members" aria-label=${t("members.title")}>
        ${members.map(
          (member) => html`<${MemberRow} key=${member.id} member=${member} room=${room}
          me=${state.user?.id} status=${statusOf(chat?.presence, member.id)} manages=${manages}
          actions=${actions} />`,
        )}
      </ul>
      <div class="panel-foot">
        ${
          acts.rename &&
          html`<button type="button" class="button" onClick=${acts.rename}><${Icon}
          name="pencil" size=${16} /> ${t("common.rename")}</button>`
        }
        ${
          acts.leave &&
          html`<button type="button" class="button" onClick=${acts.leave}><${Icon}
          name="out" size=${16} /> ${t("common.leave")}</button>`
        }
        ${
          acts.remove &&
          html`<button type="button" class="button danger-text" 
          onClick=${acts.remove}><${Icon} name="trash" size=${16} /> ${t("common.delete")}</button>`
        }
      </div>
    <//>
  `;
}

const sorted = (members, presence) =>
  [...members].sort(
    (a, b) =>
      ORDER[statusOf(presence, a.id)] - ORDER[statusOf(presence, b.id)] ||
      a.name.localeCompare(b.name),
  );

function MemberRow({ member, room, me, status, manages, actions }) {
  const { id, name, role } = member;
  const mine = id === me;
  const remove = () =>
    actions.openDialog({
      title: t("members.removeTitle", { name }),
      text: t("members.removeText", { name }),
      verb: t("common.remove"),
      onConfirm: () => actions.removeMember(room.room_id, id),
    });
  return html`
    <li class="member" data-user=${name}>
      <${Avatar} id=${id} name=${name} status=${status} />
      <span class="member-text"><span class="member-name" title=${name}>${name}${
        mine &&
        html` <span
        class="muted">${t("common.you")}</span>`
      }</span>
        <span class="muted">${variant("members.status", status)}</span></span>
      ${
        manages
          ? html`<${Select} quiet label=${t("role.of", { name })} value=${role} options=${roles()}
            onPick=${(picked) => actions.changeRole(room.room_id, id, picked)} />`
          : html`<span class="muted">${variant("roomRole", role)}</span>`
      }
      ${
        manages &&
        !mine &&
        html`<${Menu} label=${t("members.menu", { name })}
        items=${[{ text: t("members.remove"), icon: "trash", danger: true, act: remove }]} />`
      }
    </li>
  `;
}

/** Adds users of this server as members, or invites others by link. */
function Invite({ state, room, members, actions }) {
  const [query, setQuery] = useState("");
  const [role, setRole] = useState("member");
  const looksUp = canListUsers(state.user);
  useEffect(() => {
    if (looksUp) actions.loadDirectory().catch(actions.showError);
  }, [looksUp]);
  const present = new Set(members.map((member) => member.id));
  const wanted = query.trim().toLowerCase();
  const others = (state.directory ?? []).filter(
    (user) => !present.has(user.id) && user.status === "active",
  );
  const found = others.filter((user) => user.name.toLowerCase().includes(wanted));
  const add = (user) => {
    setQuery("");
    actions.addMember(room.room_id, user.id, role);
  };
  const shows = wanted || others.length <= 5;
  return html`
    <section class="invite" aria-label=${t("members.invite")}>
      ${
        looksUp &&
        html`<div class="invite-row">
        <label class="field grow"><span>${t("members.addLabel")}</span>
          <input type="search" value=${query} placeholder=${t("common.name")} autocomplete="off"
            onInput=${(event) => setQuery(event.target.value)} /></label>
        <${Select} label=${t("members.as")} value=${role} options=${roles()} onPick=${setRole} />
      </div>
      ${
        shows &&
        html`<ul class="members found" aria-label=${t("members.found")}>
        ${found.slice(0, MANY).map(
          (user) => html`<li class="member" key=${user.id}>
          <${Avatar} id=${user.id} name=${user.name} />
          <span class="member-text member-name">${user.name}</span>
          <button type="button" class="button"
            aria-label=${t("members.addPerson", { name: user.name })}
            onClick=${() => add(user)}><${Icon} name="plus"
            size=${16} /> ${t("common.add")}</button>
        </li>`,
        )}
      </ul>`
      }
      ${
        state.directory &&
        wanted &&
        !found.length &&
        html`<p class="muted" role="status">${t("members.nobody")}</p>`
      }`
      }
      ${
        canInvite(state.user) &&
        html`<button type="button" class="button"
        onClick=${() => actions.openDialog({ kind: "room-link", room })}><${Icon} name="link"
        size=${16}
        /> ${t("invite.byLink")}</button>`
      }
    </section>
  `;
}
