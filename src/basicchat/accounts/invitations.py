"""Invitations by link: a code that creates an account or grants access to a room."""

import secrets
from datetime import timedelta

from basicchat.accounts.permissions import ALLOWED, authorise, server
from basicchat.accounts.users import may_grant
from basicchat.domain.accounts import Account, Invitation
from basicchat.domain.errors import Conflict, NotFound
from basicchat.domain.ports import Clock
from basicchat.domain.rooms import RoomRole
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Actor, ServerRole

MAX_OPEN_INVITATIONS = 1000
INVALID = "This invitation has expired, was revoked or has been used up"


class Invitations:
    """Creates, shows, redeems and revokes invitations."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(
        self,
        actor: Actor,
        *,
        role: ServerRole,
        room_id: str | None,
        room_role: RoomRole,
        uses: int,
        hours: float,
    ) -> tuple[Invitation, str]:
        """Create an invitation.

        Members may invite guests; only administrators may invite with other roles. The caller has
        authorised the room.

        Args:
            uses: how often it can be accepted.
            hours: how long it is valid.

        Returns:
            the invitation and its code, of which only a hash is stored.

        Raises:
            Forbidden: the actor may not invite, or may not grant this role.
            Conflict: too many invitations are open.
        """
        authorise(actor, "invite", server(actor))
        if role != "guest":
            authorise(actor, "administer", server(actor))
        may_grant(actor, role)
        now, code = self._clock.now(), secrets.token_urlsafe(24)
        if len(await self._store.invitations(now)) >= MAX_OPEN_INVITATIONS:
            raise Conflict(
                "Too many invitations are open",
                hint="Revoke some first.",
                reason="too_many_invitations",
            )
        invitation = Invitation(
            invitation_id=f"i_{secrets.token_hex(8)}",
            code_hash=hashed(code),
            role=role,
            inviter_id=actor.user.id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
            uses_left=uses,
            room_id=room_id,
            room_role=room_role,
        )
        async with self._store.transaction() as change:
            await change.put_invitation(invitation)
        return invitation, code

    async def look(self, code: str) -> Invitation:
        """The invitation with this code.

        Raises:
            NotFound: no valid invitation has this code.
        """
        invitation = await self._store.invitation(hashed(code), self._clock.now())
        inviter = await self._store.account(user_id=invitation.inviter_id) if invitation else None
        if invitation is None or not _is_grantable(invitation, inviter):
            raise NotFound(INVALID, hint="Ask for a new one.", reason="invitation_invalid")
        return invitation

    async def use(self, change: Transaction, code: str) -> Invitation:
        """Use an invitation once, within a transaction.

        Raises:
            NotFound: no valid invitation has this code.
        """
        invitation = await change.use_invitation(hashed(code), self._clock.now())
        inviter = await change.account(invitation.inviter_id) if invitation else None
        if invitation is None or not _is_grantable(invitation, inviter):
            raise NotFound(INVALID, hint="Ask for a new one.", reason="invitation_invalid")
        return invitation

    async def visible(self, actor: Actor) -> tuple[Invitation, ...]:
        """The open invitations that the actor sent; administrators see everyone's."""
        authorise(actor, "invite", server(actor))
        invitations = await self._store.invitations(self._clock.now())
        if "administer" in ALLOWED["server"].get(actor.user.role, ()):
            return invitations
        return tuple(each for each in invitations if each.inviter_id == actor.user.id)

    async def revoke(self, actor: Actor, invitation_id: str) -> None:
        """Revoke an invitation.

        Raises:
            NotFound: there is no such invitation, or the actor may not see it.
        """
        if invitation_id not in {each.invitation_id for each in await self.visible(actor)}:
            raise NotFound(
                "There is no such invitation",
                reason="resource_not_found",
                params={"resource": "invitation"},
            )
        async with self._store.transaction() as change:
            await change.delete_invitation(invitation_id)


def _is_grantable(invitation: Invitation, inviter: Account | None) -> bool:
    """Whether the inviter may still grant it: not after they were suspended or demoted."""
    if inviter is None or inviter.user.status != "active":
        return False
    allowed = ALLOWED["server"].get(inviter.user.role, frozenset())
    if invitation.role in ("owner", "admin"):
        return "own" in allowed
    return ("invite" if invitation.role == "guest" else "administer") in allowed
