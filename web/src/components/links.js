import { html, useState } from "../view.js";
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
        <button type="button" class="button" onClick=${close}>Done</button>
      </div>
    <//>
  `;
}

const HOURS = [
  { value: "24", text: "1 day" },
  { value: "72", text: "3 days" },
  { value: "168", text: "7 days" },
  { value: "720", text: "30 days" },
];
const USES = ["1", "5", "25", "100"].map((value) => ({
  value,
  text: value === "1" ? "1 person" : `${value} people`,
}));

/** For how long a link holds, and for how many. */
function LinkTerms() {
  const [hours, setHours] = useState("72");
  const [uses, setUses] = useState("1");
  return html`<div class="field-row">
    <${Select} label="Holds for" name="hours" value=${hours} options=${HOURS} onPick=${setHours} />
    <${Select} label="Can be used by" name="uses" value=${uses} options=${USES} onPick=${setUses} />
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
    return html`<${Once} title=${title} label="Link" value=${link} close=${close} text=${text} />`;
  }
  return html`
    <${Modal} label="Invite by link" onClose=${close}>
      <form id=${id} class="stack" onSubmit=${submit}>
        <h2>Invite by link</h2>
        ${children}
        <${LinkTerms} />
        <${Problem} error=${problem} />
        <div class="modal-buttons">
          <button type="button" class="button" onClick=${close}>Cancel</button>
          <button class="button primary" disabled=${busy}>Make the link</button>
        </div>
      </form>
    <//>
  `;
}

const ROLES = [
  { value: "member", text: "Member: reads and writes" },
  { value: "viewer", text: "Viewer: only reads" },
];

/** A link by which anybody comes into a room, with a guest's account if they have none. */
export function RoomLink({ room, actions, close }) {
  const [role, setRole] = useState("member");
  const invite = (terms) =>
    actions.invite({ room_id: room.room_id, room_role: role, ...terms });
  return html`
    <${LinkDialog} id="room-link" invite=${invite} close=${close} title="Invitation to this room"
      text="Whoever opens this link can come into the room. Who has no account gets one as a guest. The link is shown only now.">
      <p>For people without an account too. They will see all that was said in “${room.name}”.</p>
      <${Select} label="They come as" value=${role} options=${ROLES} onPick=${setRole} data-focus />
    <//>
  `;
}
