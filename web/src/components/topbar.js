import { html } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { canStartChats, canUpload } from "../permissions.js";
import { statusOf } from "../state/people.js";
import { isShared } from "../state/rooms.js";
import { Avatar } from "./avatar.js";
import { Icon, IconButton } from "./icons.js";

const FACES = 4;

/** The header: title, members, and buttons for the side panels. */
export function Topbar({ state, actions, drawer }) {
  const { view, panel, roomId, user } = state;
  const room = view.name === "chat" ? state.rooms?.find((r) => r.room_id === roomId) : null;
  const title =
    variant("topbar.title", view.name) ??
    room?.name ??
    (roomId ? "" : null) ??
    (!user || canStartChats(user) ? t("sidebar.newChat") : "BasicChat");
  const toggle = (kind) => () => actions.openPanel(panel?.kind === kind ? null : { kind });
  return html`
    <header class="topbar" data-plain=${!room && !(view.name === "chat" && roomId)}>
      <${IconButton} icon="menu" label=${t("topbar.menu")} class="icon-button narrow"
        aria-expanded=${drawer} onClick=${() => actions.openDrawer(true)} />
      <span class="topbar-title">${title}</span>
      ${
        room &&
        html`<${MembersButton} room=${room} chat=${state.chats[roomId]}
        open=${panel?.kind === "members"} onClick=${toggle("members")} />
        <${IconButton} icon="search" label=${t("topbar.search")}
          class="icon-button wide-only" onClick=${() => actions.openSearch(roomId)} />`
      }
      ${
        canUpload(user) &&
        html`<${IconButton} icon="files" label=${t("documents.title")} class="icon-button narrow"
        aria-expanded=${panel?.kind === "documents"} onClick=${toggle("documents")} />`
      }
    </header>
  `;
}

function MembersButton({ room, chat, open, onClick }) {
  if (!isShared(room)) {
    return html`<button type="button" class="members-button" aria-expanded=${open}
      onClick=${onClick}><${Icon} name="people" size=${18} /> <span
      class="wide-only">${t("topbar.invite")}</span><span
      class="visually-hidden narrow">${t("members.invite")}</span></button>`;
  }
  const members = chat?.members ?? room.members;
  const here = members.filter((one) => statusOf(chat?.presence, one.id) !== "offline");
  const faces = [...here, ...members.filter((one) => !here.includes(one))].slice(0, FACES);
  return html`<button type="button" class="members-button" aria-expanded=${open}
    title=${t("members.title")}
    onClick=${onClick}>
    <span class="visually-hidden">${t("topbar.members", { count: members.length, here: here.length })}</span>
    <span class="faces wide-only">${faces.map(
      (one) => html`<${Avatar} key=${one.id} id=${one.id} name=${one.name} size="small"
      status=${statusOf(chat?.presence, one.id)} />`,
    )}</span>
    <${Icon} name="people" size=${18} /> <span aria-hidden="true">${members.length}</span>
  </button>`;
}
