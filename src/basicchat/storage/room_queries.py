"""Queries about rooms as their members see them, used within transactions and outside."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select, tuple_

from basicchat.domain.errors import InvalidInput
from basicchat.domain.events import room_stream
from basicchat.domain.room_views import OwnRoom, RoomViews, SharedRoom
from basicchat.domain.rooms import SMALL_ROOM, Member, Room, RoomMembership, RoomPage
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import from_micros

MAX_TIME = 2**63 - 1
_PEOPLE = (
    select(
        t.members.c.room_id,
        t.members.c.role,
        t.members.c.read_seq,
        t.users.c.user_id,
        t.users.c.name,
    )
    .join(t.users, t.users.c.user_id == t.members.c.user_id)
    .order_by(t.users.c.name)
)
MEMBERS = Prepared(_PEOPLE.where(t.members.c.room_id == bindparam("room")))
MEMBERS_OF_MANY = Prepared(
    lambda dialect: _PEOPLE.where(dialect.any_of(t.members.c.room_id, "rooms"))
)
_OTHERS = t.members.alias()
MEMBERSHIP = Prepared(
    select(
        t.members.c.role,
        select(_OTHERS)
        .where(
            _OTHERS.c.room_id == t.members.c.room_id,
            _OTHERS.c.user_id != t.members.c.user_id,
        )
        .correlate(t.members)
        .exists()
        .label("shared"),
    ).where(
        t.members.c.room_id == bindparam("room_id"),
        t.members.c.user_id == bindparam("user_id"),
    )
)


async def room(connection: Connection, user_id: str, room_id: str) -> Room | None:
    """A room as a member sees it."""
    values = {"user_id": user_id, "room_id": room_id}
    row = (await connection.execute(_rooms(True), values)).first()
    if row is None:
        return None
    return _room(row, (await _members(connection, [room_id])).get(room_id, ()))


async def room_page(
    connection: Connection, user_id: str, limit: int, after: str | None = None
) -> RoomPage:
    """A page of the user's rooms, latest activity first.

    Args:
        after: `RoomPage.next` of the page before.

    Raises:
        InvalidInput: `after` is not such a value.
    """
    active_at, room_id = _place(after)
    values = {"user_id": user_id, "active_at": active_at, "room_id": room_id, "limit": limit + 1}
    rows = (await connection.execute(_rooms(False), values)).all()
    shown, more = rows[:limit], len(rows) > limit
    people = await _members(connection, [row.room_id for row in shown])
    return RoomPage(
        rooms=tuple(_room(row, people.get(row.room_id, ())) for row in shown),
        next=f"{shown[-1].active_at}.{shown[-1].room_id}" if more else None,
    )


def _place(after: str | None) -> tuple[int, str]:
    if after is None:
        return MAX_TIME, ""
    active_at, _, room_id = after.partition(".")
    if not (active_at.isascii() and active_at.isdecimal() and len(active_at) < 19 and room_id):
        raise InvalidInput("after: is not the `next` of another page", field="after")
    return int(active_at), room_id


async def room_views(
    connection: Connection, room_id: str, user_ids: Sequence[str]
) -> RoomViews | None:
    """A room as each of these users sees it; None if none of them is a member."""
    values = {"room_id": room_id, "user_ids": list(user_ids)}
    rows = (await connection.execute(ROOM_VIEWS, values)).all()
    if not rows:
        return None
    people = await _members(connection, [room_id])
    shared = SharedRoom(
        room_id=room_id,
        name=rows[0].name,
        members=tuple(people.get(room_id, ())),
        created_at=from_micros(rows[0].created_at),
        collection_ids=chosen(rows[0]),
    )
    own = {row.user_id: OwnRoom(role=row.role, last_seq=row.seq, unread=row.unread) for row in rows}
    return RoomViews(shared=shared, own=own)


def _message_count(room: Table, reader: Table | None = None) -> ColumnElement[int]:
    """The number of messages in a room, or of those up to where a member has read."""
    m = t.messages.c
    latest = select(m.number).where(m.room_id == room.c.room_id).order_by(m.seq.desc()).limit(1)
    if reader is not None:
        latest = latest.where(m.seq <= reader.c.read_seq).correlate(reader)
    return func.coalesce(latest.correlate(room).scalar_subquery(), 0)


def _as_seen() -> Select[Any]:
    """Rooms as their members see them."""
    mine = t.members
    unread = _message_count(t.rooms) - _message_count(t.rooms, mine)
    return (
        select(t.rooms, mine.c.user_id, mine.c.role, t.streams.c.seq, unread.label("unread"))
        .join(mine, mine.c.room_id == t.rooms.c.room_id)
        .join(t.streams, t.streams.c.stream == room_stream("") + t.rooms.c.room_id)
    )


ROOM_VIEWS = Prepared(
    lambda dialect: _as_seen().where(
        t.rooms.c.room_id == bindparam("room_id"),
        dialect.any_of(t.members.c.user_id, "user_ids"),
    )
)


@cache
def _rooms(only_one: bool) -> Prepared:
    query = _as_seen().where(t.members.c.user_id == bindparam("user_id"))
    if only_one:
        return Prepared(query.where(t.rooms.c.room_id == bindparam("room_id")))
    place = tuple_(t.rooms.c.active_at, t.rooms.c.room_id)
    return Prepared(
        query.where(place < tuple_(bindparam("active_at"), bindparam("room_id")))
        .order_by(t.rooms.c.active_at.desc(), t.rooms.c.room_id.desc())
        .limit(bindparam("limit"))
    )


def _room(row: Row[Any], people: Sequence[Member]) -> Room:
    return Room(
        room_id=row.room_id,
        name=row.name,
        role=row.role,
        members=tuple(people),
        last_seq=row.seq,
        unread=row.unread,
        created_at=from_micros(row.created_at),
        collection_ids=chosen(row),
    )


def chosen(row: Any) -> tuple[str, ...] | None:
    """The collections chosen for a room."""
    if row.collection_ids is None:
        return None
    return msgspec.json.decode(row.collection_ids, type=tuple[str, ...])


async def _members(connection: Connection, room_ids: Sequence[str]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = {}
    if len(room_ids) == 1:
        rows = await connection.execute(MEMBERS, {"room": room_ids[0]})
    else:
        rows = await connection.execute(MEMBERS_OF_MANY, {"rooms": list(room_ids)})
    for row in rows:
        member = Member(id=row.user_id, name=row.name, role=row.role)
        found.setdefault(row.room_id, []).append(member)
    return found


SOME_MEMBER_IDS = Prepared(
    select(t.members.c.user_id)
    .where(t.members.c.room_id == bindparam("room"))
    .limit(bindparam("limit"))
)


async def members(connection: Connection, room_id: str) -> tuple[Member, ...]:
    """A room's members, with their read positions where the room is small enough to show them."""
    return _with_reading((await connection.execute(MEMBERS, {"room": room_id})).all())


async def some_member_ids(connection: Connection, room_id: str, limit: int) -> tuple[str, ...]:
    """Some of a room's members, `limit` at most."""
    found = await connection.execute(SOME_MEMBER_IDS, {"room": room_id, "limit": limit})
    return tuple(found.scalars())


def _with_reading(found: Sequence[Any]) -> tuple[Member, ...]:
    shown = 1 < len(found) <= SMALL_ROOM
    return tuple(
        Member(id=row.user_id, name=row.name, role=row.role, read_seq=row.read_seq if shown else 0)
        for row in found
    )


async def room_and_members(
    connection: Connection, room_id: str, user_id: str
) -> tuple[Room, tuple[Member, ...]] | None:
    """A room as a member sees it, and its members with their read positions, as in `members`."""
    values = {"user_id": user_id, "room_id": room_id}
    row = (await connection.execute(_rooms(True), values)).first()
    if row is None:
        return None
    people = await members(connection, room_id)
    small = len(people) <= SMALL_ROOM
    plain = [replace(each, read_seq=0) for each in people] if small else people
    return _room(row, plain), people


async def membership(connection: Connection, room_id: str, user_id: str) -> RoomMembership | None:
    """A user's membership of a room."""
    values = {"room_id": room_id, "user_id": user_id}
    row = (await connection.execute(MEMBERSHIP, values)).first()
    return None if row is None else RoomMembership(role=row.role, shared=bool(row.shared))
