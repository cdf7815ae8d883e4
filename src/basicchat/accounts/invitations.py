"""Invitations by link: a code that makes an account, or lets one into a room."""

import secrets
from datetime import timedelta

from basicchat.accounts.permissions import ALLOWED, authorise, server
from basicchat.accounts.users import may_grant
from basicchat.domain.accounts import Account, Invitation
from basicchat.domain.errors import Conflict, NotFound
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Actor, RoomRole, ServerRole

MOST_OPEN = 1000
LAPSED = "This invitation has been used up, withdrawn, or has lapsed"


class Invitations:
    """Makes, shows and redeems invitations."""

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
        """Make an invitation; with it comes its code, which is kept nowhere.

        Members may invite guests; anybody else is invited by who administers the server. The
        caller has authorised the room.

        Raises:
            Forbidden: the actor may not, or may not grant this role.
            Conflict: too many are open.
        """
        authorise(actor, "invite", server(actor))
        if role != "guest":
            authorise(actor, "administer", server(actor))
        may_grant(actor, role)
        now, code = self._clock.now(), secrets.token_urlsafe(24)
        if len(await self._store.invitations(now)) >= MOST_OPEN:
            raise Conflict("Too many invitations are open", hint="Withdraw some first.")
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
            NotFound: it does not hold.
        """
        found = await self._store.invitation(hashed(code), self._clock.now())
        inviter = await self._store.account(user_id=found.inviter_id) if found else None
        if found is None or not _still_holds(found, inviter):
            raise NotFound(LAPSED, hint="Ask for another.")
        return found

    async def use(self, change: Transaction, code: str) -> Invitation:
        """Use an invitation once, as part of a change.

        Raises:
            NotFound: it does not hold.
        """
        found = await change.use_invitation(hashed(code), self._clock.now())
        inviter = await change.account(found.inviter_id) if found else None
        if found is None or not _still_holds(found, inviter):
            raise NotFound(LAPSED, hint="Ask for another.")
        return found

    async def visible(self, actor: Actor) -> tuple[Invitation, ...]:
        """What the actor has sent; for who administers the server, what anybody has."""
        authorise(actor, "invite", server(actor))
        every = await self._store.invitations(self._clock.now())
        if "administer" in ALLOWED["server"].get(actor.user.role, ()):
            return every
        return tuple(each for each in every if each.inviter_id == actor.user.id)

    async def revoke(self, actor: Actor, invitation_id: str) -> None:
        """Withdraw an invitation.

        Raises:
            NotFound: there is no such invitation, or not for the actor.
        """
        if invitation_id not in {each.invitation_id for each in await self.visible(actor)}:
            raise NotFound("There is no such invitation")
        async with self._store.transaction() as change:
            await change.delete_invitation(invitation_id)


def _still_holds(invitation: Invitation, inviter: Account | None) -> bool:
    """Whether the inviter could still grant it: who was suspended or demoted cannot."""
    if inviter is None or inviter.user.status != "active":
        return False
    allowed = ALLOWED["server"].get(inviter.user.role, frozenset())
    if invitation.role in ("owner", "admin"):
        return "own" in allowed
    return ("invite" if invitation.role == "guest" else "administer") in allowed
