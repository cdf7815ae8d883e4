import { html, useMemo } from "../preact.js";
import { t } from "../i18n/index.js";
import { moveFocus } from "../keyboard.js";
import { canManageRoom, canStartChats } from "../permissions.js";
import { toRoom } from "../routes.js";
import { isShared } from "../state/rooms.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";

export function RoomList({ state, actions }) {
  const { rooms, roomId, view, visible, drafts } = state;
  if (!rooms) return html`<p class="sidebar-empty">${t("rooms.loading")}</p>`;
  if (!rooms.length)
    return html`<p class="sidebar-empty">${
      !state.user || canStartChats(state.user) ? t("rooms.empty") : t("rooms.emptyGuest")
    }</p>`;
  const openId = view.name === "chat" ? roomId : null;
  const current = rooms.some((room) => room.room_id === openId) ? openId : rooms[0].room_id;
  return html`
    <nav class="rooms" aria-label=${t("rooms.label")}>
      <ul onKeyDown=${(event) => moveFocus(event, ".room-link")}>
        ${rooms.map(
          (room) => html`<${RoomItem} key=${room.room_id} room=${room}
          open=${room.room_id === openId} seen=${visible} first=${room.room_id === current}
          draft=${room.room_id !== openId && Boolean(drafts[room.room_id]?.text)}
          actions=${actions} />`,
        )}
      </ul>
    </nav>
  `;
}

// Memoized, because most changes of the page's state concern none of the conversations.
function RoomItem({ actions, ...props }) {
  const { room, open, seen, first, draft } = props;
  return useMemo(
    () => html`<${Room} ...${props} actions=${actions} />`,
    [room, open, seen, first, draft],
  );
}

function Room({ room, open, seen, first, draft, actions }) {
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
          html`<span class="room-kind"
            title=${t("members.count", { count: room.members.length })}><${Icon}
          name="people" size=${16} /><span
          class="visually-hidden">${t("rooms.shared")} </span></span>`
        }
        <span class="room-name">${name || t("rooms.untitled")}</span>
        ${
          draft &&
          html`<span class="room-draft"
          title=${t("rooms.draftHint")}><${Icon} name="pencil" size=${14} /><span
          class="visually-hidden"> ${t("rooms.draft")}</span></span>`
        }
        ${
          shows &&
          html`<span class="unread"><span
            aria-hidden="true">${unread > 99 ? t("rooms.many") : unread}</span><span
          class="visually-hidden"> ${t("rooms.unread", { count: unread })}</span></span>`
        }
      </a>
      <span class="room-buttons"><${Menu} label=${t("rooms.menu", { name })} tabindex=${stop}
        items=${acts.items} /></span>
    </li>
  `;
}

/** The actions that the user may take on a room, as functions and as menu items. */
export function roomActs(room, actions) {
  const { room_id: id, name } = room;
  const manages = canManageRoom(room);
  const rename =
    manages &&
    (() =>
      actions.openDialog({
        kind: "prompt",
        title: t("rooms.renameTitle"),
        label: t("common.name"),
        value: name,
        verb: t("common.rename"),
        onConfirm: (text) => actions.renameRoom(id, text),
      }));
  const remove =
    manages &&
    (() =>
      actions.openDialog({
        title: t("rooms.deleteTitle"),
        text: isShared(room)
          ? t("rooms.deleteShared", { name, count: room.members.length })
          : t("rooms.deleteText", { name }),
        verb: t("common.delete"),
        onConfirm: () => actions.deleteRoom(id),
      }));
  const leave =
    isShared(room) &&
    (() =>
      actions.openDialog({
        title: t("rooms.leaveTitle"),
        text: t("rooms.leaveText", { name }),
        verb: t("common.leave"),
        onConfirm: () => actions.leaveRoom(id),
      }));
  const items = [
    rename && { text: t("common.rename"), icon: "pencil", act: rename },
    leave && { text: t("common.leave"), icon: "out", act: leave },
    remove && { text: t("common.delete"), icon: "trash", danger: true, act: remove },
  ];
  return {
    rename: rename || undefined,
    remove: remove || undefined,
    leave: leave || undefined,
    items,
  };
}
