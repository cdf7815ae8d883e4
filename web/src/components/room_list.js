import { html } from "../view.js";
import { plural } from "../format.js";
import { moveFocus } from "../keyboard.js";
import { mayManageRoom, mayStart } from "../permissions.js";
import { toRoom } from "../routes.js";
import { isShared } from "../state/rooms.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

export function RoomList({ state, actions }) {
  const { rooms, roomId, view, visible, drafts } = state;
  if (!rooms) return html`<p class="sidebar-empty">Loading your conversations…</p>`;
  if (!rooms.length)
    return html`<p class="sidebar-empty">Nothing here yet. ${
      !state.user || mayStart(state.user)
        ? "Ask a question, and the conversation is kept here."
        : "The rooms that you are invited to will be here."
    }</p>`;
  const openId = view.name === "chat" ? roomId : null;
  const current = rooms.some((room) => room.room_id === openId) ? openId : rooms[0].room_id;
  return html`
    <nav class="rooms" aria-label="Your conversations">
      <ul onKeyDown=${(event) => moveFocus(event, ".room-link")}>
        ${rooms.map(
          (room) => html`<${RoomItem} key=${room.room_id} room=${room} me=${state.user?.id}
          open=${room.room_id === openId} seen=${visible} first=${room.room_id === current}
          draft=${room.room_id !== openId && Boolean(drafts[room.room_id]?.text)}
          actions=${actions} />`,
        )}
      </ul>
    </nav>
  `;
}

function RoomItem({ room, open, seen, first, draft, actions }) {
  const { room_id: id, name, unread } = room;
  const shared = isShared(room);
  const acts = roomActs(room, actions);
  const onKeyDown = (event) => {
    const act = { F2: acts.rename, Delete: acts.remove ?? acts.leave }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const stop = first ? 0 : -1;
  const shows = unread > 0 && !(open && seen);
  return html`
    <li class="room" data-open=${open} data-unread=${shows}>
      <a class="room-link" href=${toRoom(id)} tabindex=${stop} aria-current=${open ? "page" : null}
        title=${name} onKeyDown=${onKeyDown} onClick=${() => actions.openDrawer(false)}>
        ${
          shared &&
          html`<span class="room-kind" title=${plural(room.members.length, "member")}><${Icon}
          name="people" size=${16} /><span class="visually-hidden">Shared room: </span></span>`
        }
        <span class="room-name">${name || "Untitled"}</span>
        ${
          draft &&
          html`<span class="room-draft"
          title="You have begun to write here"><${Icon} name="pencil" size=${14} /><span
          class="visually-hidden"> (draft)</span></span>`
        }
        ${
          shows &&
          html`<span class="unread"><span aria-hidden="true">${unread > 99 ? "99+" : unread}</span><span
          class="visually-hidden"> ${unread} unread</span></span>`
        }
      </a>
      <span class="room-buttons"><${Menu} label=${`What to do with ${name}`} tabindex=${stop}
        items=${acts.items} /></span>
    </li>
  `;
}

/** What one may do with a room, as functions and as a menu. */
export function roomActs(room, actions) {
  const { room_id: id, name } = room;
  const manages = mayManageRoom(room);
  const rename =
    manages &&
    (() =>
      actions.openDialog({
        kind: "prompt",
        title: "Rename conversation",
        label: "Name",
        value: name,
        verb: "Rename",
        onConfirm: (text) => actions.rename(id, text),
      }));
  const remove =
    manages &&
    (() =>
      actions.openDialog({
        title: "Delete this conversation?",
        text: isShared(room)
          ? `“${name}” and all that was said in it will be gone for all its ${room.members.length} members, for good.`
          : `“${name}” and all its answers will be gone for good. Your documents stay.`,
        verb: "Delete",
        onConfirm: () => actions.removeRoom(id),
      }));
  const leave =
    isShared(room) &&
    (() =>
      actions.openDialog({
        title: "Leave this room?",
        text: `You will no longer see “${name}”, until somebody invites you again.`,
        verb: "Leave",
        onConfirm: () => actions.leaveRoom(id),
      }));
  const items = [
    rename && { text: "Rename", icon: "pencil", act: rename },
    leave && { text: "Leave", icon: "out", act: leave },
    remove && { text: "Delete", icon: "trash", danger: true, act: remove },
  ];
  return {
    rename: rename || undefined,
    remove: remove || undefined,
    leave: leave || undefined,
    items,
  };
}
