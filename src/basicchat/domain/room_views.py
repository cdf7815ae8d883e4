"""A room as its members see it: what they share, and what is each one's own."""

from datetime import datetime

from basicchat.domain.values import Member, RoomRole, Value


class SharedRoom(Value, frozen=True, kw_only=True):
    """What all members see alike of a room, and what changes seldom."""

    room_id: str
    name: str
    members: tuple[Member, ...]
    created_at: datetime


class OwnRoom(Value, frozen=True, kw_only=True):
    """The rest of a `Room`: what a member sees of it, or what changes with each message."""

    role: RoomRole
    last_seq: int
    unread: int


class RoomViews(Value, frozen=True, kw_only=True):
    """A room as each of several members sees it, by user."""

    shared: SharedRoom
    own: dict[str, OwnRoom]
