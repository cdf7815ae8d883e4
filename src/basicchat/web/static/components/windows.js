import { html } from "../view.js";
import { AddUser, InviteToServer, NewPassword } from "./admin_dialogs.js";
import { InvitationOffer } from "./invitation.js";
import { Keys, NewKey } from "./keys.js";
import { Once, RoomLink } from "./links.js";

const KINDS = {
  "add-user": AddUser,
  "invite-to-server": InviteToServer,
  "new-password": NewPassword,
  "new-key": NewKey,
  invitation: InvitationOffer,
  keys: Keys,
  once: Once,
  "room-link": RoomLink,
};

/** A window of a kind that a first look does not need. */
export const Windows = ({ kind, ...props }) => html`<${KINDS[kind]} ...${props} />`;
