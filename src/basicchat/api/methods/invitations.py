"""Invitations: `invitations.create|list|revoke`; they are accepted over HTTP, without a token."""

from datetime import datetime

from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.accounts import Invitation
from basicchat.domain.rooms import RoomRole
from basicchat.domain.values import ServerRole, Value
from basicchat.protocol.account_types import InvitationRef, InvitationsCreate
from basicchat.protocol.types import NoParams


class InvitationInfo(Value, frozen=True, kw_only=True):
    """An invitation without its code."""

    invitation_id: str
    role: ServerRole
    inviter_id: str
    created_at: datetime
    expires_at: datetime
    uses_left: int
    room_id: str | None = None
    room_role: RoomRole | None = None


class InvitationCreated(Value, frozen=True, kw_only=True):
    """A new invitation; its code is sent only here.

    `path` is the link's path on this server. The code is in the fragment, so
    that it does not appear in logs.
    """

    invitation: InvitationInfo
    code: str
    path: str


class InvitationsListed(Value, frozen=True, kw_only=True):
    """Valid invitations, oldest first."""

    invitations: tuple[InvitationInfo, ...]


class InvitationRevoked(Value, frozen=True, kw_only=True):
    """The id of a revoked invitation."""

    invitation_id: str


def _info(invitation: Invitation) -> InvitationInfo:
    return InvitationInfo(
        invitation_id=invitation.invitation_id,
        role=invitation.role,
        inviter_id=invitation.inviter_id,
        created_at=invitation.created_at,
        expires_at=invitation.expires_at,
        uses_left=invitation.uses_left,
        room_id=invitation.room_id,
        room_role=invitation.room_role if invitation.room_id else None,
    )


async def create(call: Call, params: InvitationsCreate) -> InvitationCreated:
    """Invite by link: members invite guests into rooms that they own, administrators anybody."""
    if params.room_id is not None:
        await access.room(call, params.room_id, "manage")
    invitation, code = await call.services.invitations.create(
        call.actor,
        role=params.role,
        room_id=params.room_id,
        room_role=params.room_role,
        uses=params.uses,
        hours=params.hours,
    )
    return InvitationCreated(invitation=_info(invitation), code=code, path=f"/#invite={code}")


async def list_invitations(call: Call, params: NoParams) -> InvitationsListed:
    """List one's invitations; administrators see everybody's."""
    invitations = await call.services.invitations.visible(call.actor)
    return InvitationsListed(invitations=tuple(_info(each) for each in invitations))


async def revoke(call: Call, params: InvitationRef) -> InvitationRevoked:
    """Revoke an invitation: the link stops working; people who joined with it stay."""
    await call.services.invitations.revoke(call.actor, params.invitation_id)
    return InvitationRevoked(invitation_id=params.invitation_id)


CREATE = Method(
    name="invitations.create",
    params=InvitationsCreate,
    result=InvitationCreated,
    handler=create,
    repeat="never",
    needs="invite",
)
LIST = Method(
    name="invitations.list",
    params=NoParams,
    result=InvitationsListed,
    handler=list_invitations,
    repeat="safe",
    needs="invite",
)
REVOKE = Method(
    name="invitations.revoke",
    params=InvitationRef,
    result=InvitationRevoked,
    handler=revoke,
    repeat="never",
    needs="invite",
)
