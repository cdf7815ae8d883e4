import { html, useEffect, useState } from "../view.js";
import { inWords, moment, plural } from "../format.js";
import { ROLE_WORDS, ROOM_ROLE_WORDS } from "../permissions.js";
import { Icon } from "./icons.js";

/** Links that still hold, whoever made them. */
export function Invitations({ state, actions }) {
  const { invitations, directory, rooms } = state;
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    actions.loadInvitations().catch(setProblem);
    actions.loadDirectory().catch(setProblem);
  }, []);
  const nameOf = (id) => directory?.find((user) => user.id === id)?.name ?? "somebody";
  const roomOf = (id) => rooms?.find((room) => room.room_id === id)?.name ?? "a room";
  const withdraw = (one) =>
    actions.openDialog({
      title: "Withdraw this invitation?",
      text: "Its link no longer works. Who has come by it stays.",
      verb: "Withdraw",
      onConfirm: () => actions.revokeInvitation(one.invitation_id).catch(actions.fail),
    });
  return html`
    <div class="view-tools">
      <button type="button" class="button primary"
        onClick=${() => actions.openDialog({ kind: "invite-to-server" })}><${Icon} name="link"
        size=${18} /> Invite by link</button>
    </div>
    ${problem && html`<p class="problem" role="alert">${inWords(problem).message}</p>`}
    ${!invitations && !problem && html`<p class="waiting">Loading the invitations…</p>`}
    ${invitations?.length === 0 && html`<p class="muted">No invitation is open.</p>`}
    <ul class="rows" aria-label="Invitations">
      ${invitations?.map(
        (one) => html`<li class="row" key=${one.invitation_id}>
        <${Icon} name="link" />
        <span class="row-text">
          <span class="row-name">${ROLE_WORDS[one.role]}${
            one.room_id &&
            html`, into “${roomOf(one.room_id)}” as ${ROOM_ROLE_WORDS[one.room_role]}`
          }</span>
          <span class="muted">by ${nameOf(one.inviter_id)} · ${plural(one.uses_left, "use")} left ·
            holds until ${moment(one.expires_at)}</span>
        </span>
        <button type="button" class="button danger-text" onClick=${() => withdraw(one)}>Withdraw</button>
      </li>`,
      )}
    </ul>
  `;
}
