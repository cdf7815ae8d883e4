"""Short-lived state: `typing.set`, `presence.set`, `drafts.set`."""

from basicchat.api import access
from basicchat.api.calls import Call, Method
from basicchat.domain.events import Signal, user_stream
from basicchat.domain.values import Value
from basicchat.protocol.types import DraftsSet, PresenceSet, TypingSet


class TypingNoted(Value, frozen=True, kw_only=True):
    """The typing indicator was sent to the room."""

    room_id: str
    typing: bool


class PresenceNoted(Value, frozen=True, kw_only=True):
    """The user's status over all their devices; null if none is connected."""

    status: str | None


class DraftKept(Value, frozen=True, kw_only=True):
    """The draft is stored, or deleted if it was empty."""

    room_id: str


async def set_typing(call: Call, params: TypingSet) -> TypingNoted:
    """Show the room that one is typing; expires after 6 seconds unless repeated."""
    await access.require_membership(call, params.room_id, "write")
    call.services.typing.set(params.room_id, call.actor.user, typing=params.typing)
    return TypingNoted(room_id=params.room_id, typing=params.typing)


async def set_presence(call: Call, params: PresenceSet) -> PresenceNoted:
    """Set one's status for this session; others see the most available one of all sessions."""
    actor, services = call.actor, call.services
    services.status_relay.set(actor.user.id, actor.session_id, params.status)
    # Another node may have the connections of this session.
    return PresenceNoted(status=services.presence.status(actor.user.id) or params.status)


async def set_draft(call: Call, params: DraftsSet) -> DraftKept:
    """Store a draft for a room, and show it on one's other devices."""
    await access.require_membership(call, params.room_id, "write")
    user_id = call.actor.user.id
    async with call.services.hub.change() as change:
        await access.recheck(call, change, params.room_id, "write")
        await change.put_draft(params.room_id, user_id, params.text)
    data = {"room_id": params.room_id, "text": params.text, "session_id": call.actor.session_id}
    call.services.hub.deliver(Signal(stream=user_stream(user_id), type="draft", data=data))
    return DraftKept(room_id=params.room_id)


TYPING = Method(
    name="typing.set", params=TypingSet, result=TypingNoted, handler=set_typing, repeat="never"
)
PRESENCE = Method(
    name="presence.set",
    params=PresenceSet,
    result=PresenceNoted,
    handler=set_presence,
    repeat="never",
)
# Clients send a draft every 80 ms while the user types, so that other devices show it within
# 100 ms: 750 a minute, which must take at most half of a session's message rate.
DRAFT_WEIGHT = 1 / 15
DRAFTS = Method(
    name="drafts.set",
    params=DraftsSet,
    result=DraftKept,
    handler=set_draft,
    repeat="never",
    weight=DRAFT_WEIGHT,
)
