import { html, useEffect, useState } from "../view.js";
import { plural } from "../format.js";
import {
  mayInvite,
  mayLookUp,
  mayManageRoom,
  ROOM_ROLES,
  ROOM_ROLE_WORDS,
} from "../permissions.js";
import { statusOf } from "../state/people.js";
import { Avatar } from "./avatar.js";
import { Select } from "./form.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Panel } from "./panel.js";
import { roomActs } from "./room_list.js";

const ORDER = { online: 0, away: 1, offline: 2 };
const ROLE_OPTIONS = ROOM_ROLES.map((value) => ({ value, text: ROOM_ROLE_WORDS[value] }));
const MANY = 20;

/** Who is in a room, how they are, and what may be changed about it. */
export function Members({ state, actions, modal }) {
  const room = state.rooms?.find((one) => one.room_id === state.roomId);
  if (!room) return null;
  const chat = state.chats[room.room_id];
  const members = sorted(chat?.members ?? room.members, chat?.presence);
  const manages = mayManageRoom(room);
  const acts = roomActs(room, actions);
  return html`
    <${Panel} title="Members" modal=${modal} onClose=${() => actions.openPanel(null)}>
      ${
        manages &&
        html`<${Invite} state=${state} room=${room} members=${members}
        actions=${actions} />`
      }
      <h3 class="panel-title">${plural(members.length, "member")}</h3>
      <ul class="members" aria-label="Members">
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
          name="pencil" size=${16} /> Rename</button>`
        }
        ${
          acts.leave &&
          html`<button type="button" class="button" onClick=${acts.leave}><${Icon}
          name="out" size=${16} /> Leave</button>`
        }
        ${
          acts.remove &&
          html`<button type="button" class="button danger-text" 
          onClick=${acts.remove}><${Icon} name="trash" size=${16} /> Delete</button>`
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

const STATUS_WORDS = { online: "Online", away: "Away", offline: "Not here" };

function MemberRow({ member, room, me, status, manages, actions }) {
  const { id, name, role } = member;
  const mine = id === me;
  const remove = () =>
    actions.openDialog({
      title: `Remove ${name}?`,
      text: `${name} will no longer see this room, from now on. What they wrote stays.`,
      verb: "Remove",
      onConfirm: () => actions.removeMember(room.room_id, id),
    });
  return html`
    <li class="member" data-user=${name}>
      <${Avatar} id=${id} name=${name} status=${status} />
      <span class="member-text"><span class="member-name" title=${name}>${name}${
        mine &&
        html` <span
        class="muted">(you)</span>`
      }</span>
        <span class="muted">${STATUS_WORDS[status]}</span></span>
      ${
        manages
          ? html`<${Select} quiet label=${`Role of ${name}`} value=${role} options=${ROLE_OPTIONS}
            onPick=${(picked) => actions.changeRole(room.room_id, id, picked)} />`
          : html`<span class="muted">${ROOM_ROLE_WORDS[role]}</span>`
      }
      ${
        manages &&
        !mine &&
        html`<${Menu} label=${`More about ${name}`}
        items=${[{ text: "Remove from the room", icon: "trash", danger: true, act: remove }]} />`
      }
    </li>
  `;
}

/** Finds users of this server and makes them members; or a link for who has no account. */
function Invite({ state, room, members, actions }) {
  const [query, setQuery] = useState("");
  const [role, setRole] = useState("member");
  const looksUp = mayLookUp(state.user);
  useEffect(() => {
    if (looksUp) actions.loadDirectory().catch(actions.fail);
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
    <section class="invite" aria-label="Invite people">
      ${
        looksUp &&
        html`<div class="invite-row">
        <label class="field grow"><span>Add somebody</span>
          <input type="search" value=${query} placeholder="Name" autocomplete="off"
            onInput=${(event) => setQuery(event.target.value)} /></label>
        <${Select} label="as" value=${role} options=${ROLE_OPTIONS} onPick=${setRole} />
      </div>
      ${
        shows &&
        html`<ul class="members found" aria-label="People on this server">
        ${found.slice(0, MANY).map(
          (user) => html`<li class="member" key=${user.id}>
          <${Avatar} id=${user.id} name=${user.name} />
          <span class="member-text member-name">${user.name}</span>
          <button type="button" class="button" aria-label=${`Add ${user.name}`}
            onClick=${() => add(user)}><${Icon} name="plus" size=${16} /> Add</button>
        </li>`,
        )}
      </ul>`
      }
      ${
        state.directory &&
        wanted &&
        !found.length &&
        html`<p class="muted" role="status">Nobody of this name, or they are here already.</p>`
      }`
      }
      ${
        mayInvite(state.user) &&
        html`<button type="button" class="button"
        onClick=${() => actions.openDialog({ kind: "room-link", room })}><${Icon} name="link" size=${16}
        /> Invite by link</button>`
      }
    </section>
  `;
}
