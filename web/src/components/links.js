import { html, useState } from "../view.js";
import { t, variant } from "../i18n/index.js";
import { Modal } from "./dialog.js";
import { Problem, Select, useSubmit, valuesOf } from "./form.js";
import { CopyField } from "./once.js";

/** Something that is shown only now: a key, a password, a link. */
export function Once({ title, text, label, value, close }) {
  return html`
    <${Modal} label=${title} onClose=${close}>
      <h2>${title}</h2>
      <p>${text}</p>
      <${CopyField} label=${label} value=${value} />
      <div class="modal-buttons">
        <button type="button" class="button" onClick=${close}>${t("common.done")}</button>
      </div>
    <//>
  `;
}

const DAYS = [1, 3, 7, 30];
const USES = [1, 5, 25, 100];

const lifetimes = () =>
  DAYS.map((count) => ({ value: String(count * 24), text: t("unit.days", { count }) }));
const uses = () =>
  USES.map((count) => ({ value: String(count), text: t("unit.people", { count }) }));

/** For how long a link holds, and for how many. */
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
 * Makes a link by which somebody comes in, and shows it once.
 *
 * `invite` makes it on the terms that are chosen; `children` asks for the role.
 */
export function LinkDialog({ id, invite, title, text, close, children }) {
  const [link, setLink] = useState(null);
  const { busy, problem, submit } = useSubmit(async () => {
    const { hours, uses } = valuesOf(document.getElementById(id));
    setLink(await invite({ hours: Number(hours), uses: Number(uses) }));
  });
  if (link) {
    return html`<${Once} title=${title} label=${t("invite.link")} value=${link} close=${close}
      text=${text} />`;
  }
  return html`
    <${Modal} label=${t("invite.byLink")} onClose=${close}>
      <form id=${id} class="stack" onSubmit=${submit}>
        <h2>${t("invite.byLink")}</h2>
        ${children}
        <${LinkTerms} />
        <${Problem} error=${problem} />
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

/** A link by which anybody comes into a room, with a guest's account if they have none. */
export function RoomLink({ room, actions, close }) {
  const [role, setRole] = useState("member");
  const invite = (terms) => actions.invite({ room_id: room.room_id, room_role: role, ...terms });
  return html`
    <${LinkDialog} id="room-link" invite=${invite} close=${close}
      title=${t("invite.roomTitle")} text=${t("invite.roomText")}>
      <p>${t("invite.roomHint", { room: room.name })}</p>
      <${Select} label=${t("invite.roomRole")} value=${role} options=${roles()} onPick=${setRole}
        data-focus />
    <//>
  `;
}
