import { html, useState } from "../preact.js";
import { t, variant } from "../i18n/index.js";
import { Modal } from "./modal.js";
import { FormError, formValues, Select, useSubmit } from "./form.js";
import { SecretDialog } from "./secret_dialog.js";

const DAYS = [1, 3, 7, 30];
const USES = [1, 5, 25, 100];

const lifetimes = () =>
  DAYS.map((count) => ({ value: String(count * 24), text: t("unit.days", { count }) }));
const uses = () =>
  USES.map((count) => ({ value: String(count), text: t("unit.people", { count }) }));

/** How long a link is valid, and for how many people. */
function LinkTerms() {
  const [hours, setHours] = useState("72");
  const [used, setUsed] = useState("1");
  return html`<div class="field-row">
    <${Select} label=${t("invite.lifetime")} name="hours" value=${hours} options=${lifetimes()}
      onPick=${setHours} />
    <${Select} label=${t("invite.uses")} name="uses" value=${used} options=${uses()}
      onPick=${setUsed} />
  </div>`;
}

/**
 * Creates an invitation link and shows it once.
 *
 * `invite` creates it with the selected terms; `children` selects the role.
 */
export function InviteLinkDialog({ id, invite, title, text, close, children }) {
  const [link, setLink] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { hours, uses } = formValues(document.getElementById(id));
    setLink(await invite({ hours: Number(hours), uses: Number(uses) }));
  });
  if (link) {
    return html`<${SecretDialog} title=${title} label=${t("invite.link")} value=${link}
      close=${close}
      text=${text} />`;
  }
  return html`
    <${Modal} label=${t("invite.byLink")} onClose=${close}>
      <form id=${id} class="stack" onSubmit=${submit}>
        <h2>${t("invite.byLink")}</h2>
        ${children}
        <${LinkTerms} />
        <${FormError} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>${t("common.cancel")}</button>
          <button class="button primary" disabled=${busy}>${t("invite.submit")}</button>
        </div>
      </form>
    <//>
  `;
}

const roles = () =>
  ["member", "viewer"].map((value) => ({ value, text: variant("invite.roomRoles", value) }));

/** Creates a link with which people join a room, as guests if they have no account. */
export function RoomInviteLink({ room, actions, close }) {
  const [role, setRole] = useState("member");
  const invite = (terms) =>
    actions.createInvitation({ room_id: room.room_id, room_role: role, ...terms });
  return html`
    <${InviteLinkDialog} id="room-link" invite=${invite} close=${close}
      title=${t("invite.roomTitle")} text=${t("invite.roomText")}>
      <p>${t("invite.roomHint", { room: room.name })}</p>
      <${Select} label=${t("invite.roomRole")} value=${role} options=${roles()} onPick=${setRole}
        data-focus />
    <//>
  `;
}
