"""A room as its members see it: the part they share, and the part of each member."""

from datetime import datetime

from basicchat.domain.rooms import Member, RoomRole
from basicchat.domain.values import Value


class SharedRoom(Value, frozen=True, kw_only=True):
    """The part of a room that is the same for all members and seldom changes."""

    room_id: str
    name: str
    members: tuple[Member, ...]
    created_at: datetime
    collection_ids: tuple[str, ...] | None = None


class OwnRoom(Value, frozen=True, kw_only=True):
    """The part of a `Room` that differs between members or changes with each message."""

    role: RoomRole
    last_seq: int
    unread: int


class RoomViews(Value, frozen=True, kw_only=True):
    """A room as several members see it, by user id."""

    shared: SharedRoom
    own: dict[str, OwnRoom]
