import { html, useEffect, useState } from "../preact.js";
import { describeError, formatDateTime, joinFacts } from "../format.js";
import { t, variant } from "../i18n/index.js";
import { Icon } from "./icons.js";

/** All open invitations, whoever created them. */
export function Invitations({ state, actions }) {
  const { invitations, directory, rooms } = state;
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    actions.loadInvitations().catch(setProblem);
    actions.loadDirectory().catch(setProblem);
  }, []);
  const nameOf = (id) =>
    directory?.find((user) => user.id === id)?.name ?? t("invitations.somebody");
  const roomOf = (id) => rooms?.find((room) => room.room_id === id)?.name ?? t("invitations.room");
  const withdraw = (one) =>
    actions.openDialog({
      title: t("invitations.withdrawTitle"),
      text: t("invitations.withdrawText"),
      verb: t("invitations.withdraw"),
      onConfirm: () => actions.revokeInvitation(one.invitation_id).catch(actions.showError),
    });
  return html`
    <div class="view-tools">
      <button type="button" class="button primary"
        onClick=${() => actions.openDialog({ kind: "invite-to-server" })}><${Icon} name="link"
        size=${18} /> ${t("invite.byLink")}</button>
    </div>
    ${problem && html`<p class="problem" role="alert">${describeError(problem).message}</p>`}
    ${!invitations && !problem && html`<p class="waiting">${t("invitations.loading")}</p>`}
    ${invitations?.length === 0 && html`<p class="muted">${t("invitations.empty")}</p>`}
    <ul class="rows" aria-label=${variant("admin.tab", "invitations")}>
      ${invitations?.map(
        (one) => html`<li class="row" key=${one.invitation_id}>
        <${Icon} name="link" />
        <span class="row-text">
          <span class="row-name">${grants(one, roomOf)}</span>
          <span class="muted">${joinFacts([
            t("invitations.by", { name: nameOf(one.inviter_id) }),
            t("invitations.uses", { count: one.uses_left }),
            t("invitations.expires", { date: formatDateTime(one.expires_at) }),
          ])}</span>
        </span>
        <button type="button" class="button danger-text"
          onClick=${() => withdraw(one)}>${t("invitations.withdraw")}</button>
      </li>`,
      )}
    </ul>
  `;
}

/** The roles that an invitation grants. */
function grants({ role, room_id: roomId, room_role: roomRole }, roomOf) {
  const words = { role: variant("role", role), roomRole: variant("roomRole", roomRole) };
  return roomId ? t("invitations.toRoom", { ...words, room: roomOf(roomId) }) : words.role;
}
