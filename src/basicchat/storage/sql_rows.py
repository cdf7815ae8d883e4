"""Queries that read one connection; used within transactions and without."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select

from basicchat.domain.events import Position, room_stream
from basicchat.domain.store import Receipt
from basicchat.domain.values import (
    SMALL_ROOM,
    Document,
    Member,
    Message,
    OwnRoom,
    Room,
    RoomViews,
    Run,
    SharedRoom,
    Standing,
    Task,
    User,
    UserStatus,
    Value,
)
from basicchat.storage import tables as t
from basicchat.storage.sql_engine import Executes
from basicchat.storage.sql_prepared import Prepared

V = TypeVar("V", bound=Value)
MAX_ROOMS = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment, in UTC."""
    return EPOCH + micros * MICROSECOND


MESSAGE = Prepared(select(t.messages.c.data).where(t.messages.c.message_id == bindparam("of")))
RUN = Prepared(select(t.runs.c.data).where(t.runs.c.run_id == bindparam("of")))
UNFINISHED = ("pending", "running")
TASK = Prepared(select(t.tasks.c.data).where(t.tasks.c.task_id == bindparam("of")))
RECEIPT = Prepared(
    select(t.receipts).where(
        t.receipts.c.user_id == bindparam("user_id"),
        t.receipts.c.client_msg_id == bindparam("client_msg_id"),
    )
)
POSITION = Prepared(
    select(t.streams.c.epoch, t.streams.c.seq).where(t.streams.c.stream == bindparam("of"))
)
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
# A list among the parameters has to be written into the statement each time.
MEMBERS_OF_MANY = Prepared(
    _PEOPLE.where(t.members.c.room_id.in_(bindparam("rooms", expanding=True)))
)

_COMPANIONS = t.members.alias()
STANDING = Prepared(
    select(
        t.members.c.role,
        select(_COMPANIONS)
        .where(
            _COMPANIONS.c.room_id == t.members.c.room_id,
            _COMPANIONS.c.user_id != t.members.c.user_id,
        )
        .correlate(t.members)
        .exists()
        .label("shared"),
    ).where(
        t.members.c.room_id == bindparam("room_id"),
        t.members.c.user_id == bindparam("user_id"),
    )
)


async def one(
    connection: Executes, query: Select[Any] | Prepared, kind: type[V], parameters: Any = None
) -> V | None:
    """Decode the first row's only column, JSON of a value."""
    data = (await connection.execute(query, parameters)).scalar()
    return None if data is None else msgspec.json.decode(data, type=kind)


async def many(
    connection: Executes, query: Select[Any] | Prepared, kind: type[V], parameters: Any = None
) -> tuple[V, ...]:
    """Decode every row's only column."""
    rows = (await connection.execute(query, parameters)).scalars()
    return tuple(msgspec.json.decode(data, type=kind) for data in rows)


async def user(connection: Executes, *where: Any) -> User | None:
    """The first user, by age, that meets the conditions."""
    query = select(t.users).where(*where).order_by(t.users.c.created_at).limit(1)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return user_of(row)


def user_of(row: Row[Any]) -> User:
    """A user from their row."""
    # The constant itself: JSON leaves a default out only if it is the same object.
    status: UserStatus = "active" if row.status == "active" else row.status
    return User(id=row.user_id, name=row.name, role=row.role, status=status)


async def message(connection: Executes, message_id: str) -> Message | None:
    """A message."""
    return await one(connection, MESSAGE, Message, {"of": message_id})


async def messages(
    connection: Executes, room_id: str, before: int | None, limit: int
) -> tuple[Message, ...]:
    """The latest messages before a seq, in ascending order."""
    values: dict[str, Any] = {"of": room_id, "most": limit}
    if before is not None:
        values["before"] = before
    latest = await many(connection, _messages(before is not None), Message, values)
    return tuple(reversed(latest))


@cache
def _messages(bounded: bool) -> Prepared:
    query = select(t.messages.c.data).where(t.messages.c.room_id == bindparam("of"))
    if bounded:
        query = query.where(t.messages.c.seq < bindparam("before"))
    return Prepared(query.order_by(t.messages.c.seq.desc()).limit(bindparam("most")))


async def run(connection: Executes, run_id: str) -> Run | None:
    """A run."""
    return await one(connection, RUN, Run, {"of": run_id})


async def document(connection: Executes, *where: Any) -> Document | None:
    """A document that meets the conditions."""
    return await one(connection, select(t.documents.c.data).where(*where), Document)


async def task(connection: Executes, task_id: str) -> Task | None:
    """A task."""
    return await one(connection, TASK, Task, {"of": task_id})


async def receipt(connection: Executes, user_id: str, client_msg_id: str) -> Receipt | None:
    """What was answered to a client's message id."""
    values = {"user_id": user_id, "client_msg_id": client_msg_id}
    row = (await connection.execute(RECEIPT, values)).first()
    return None if row is None else Receipt(body_hash=row.body_hash, reply=row.reply)


async def position(connection: Executes, stream: str) -> Position | None:
    """Where a stream is."""
    row = (await connection.execute(POSITION, {"of": stream})).first()
    return None if row is None else Position(epoch=row.epoch, seq=row.seq)


async def rooms(connection: Executes, user_id: str, room_id: str | None = None) -> tuple[Room, ...]:
    """The user's rooms, or the one room if they are a member, latest activity first."""
    values = {"user_id": user_id}
    if room_id is not None:
        values["room_id"] = room_id
    rows = (await connection.execute(_rooms(room_id is not None), values)).all()
    people = await _members(connection, [row.room_id for row in rows])
    return tuple(_room(row, people.get(row.room_id, ())) for row in rows)


async def room_views(
    connection: Executes, room_id: str, user_ids: Sequence[str]
) -> RoomViews | None:
    """A room as each of these members sees it; None if none of them is one."""
    values = {"room_id": room_id, "named": msgspec.json.encode(user_ids).decode()}
    rows = (await connection.execute(ROOM_VIEWS, values)).all()
    if not rows:
        return None
    people = await _members(connection, [room_id])
    shared = SharedRoom(
        room_id=room_id,
        name=rows[0].name,
        members=tuple(people.get(room_id, ())),
        created_at=from_micros(rows[0].created_at),
    )
    own = {row.user_id: OwnRoom(role=row.role, last_seq=row.seq, unread=row.unread) for row in rows}
    return RoomViews(shared=shared, own=own)


def _said(room: Table, reader: Table | None = None) -> ColumnElement[int]:
    """How many messages a room has, or has up to where a member has read."""
    m = t.messages.c
    latest = select(m.number).where(m.room_id == room.c.room_id).order_by(m.seq.desc()).limit(1)
    if reader is not None:
        latest = latest.where(m.seq <= reader.c.read_seq).correlate(reader)
    return func.coalesce(latest.correlate(room).scalar_subquery(), 0)


def _seen() -> Select[Any]:
    """Rooms as their members see them."""
    mine = t.members
    unread = _said(t.rooms) - _said(t.rooms, mine)
    return (
        select(t.rooms, mine.c.user_id, mine.c.role, t.streams.c.seq, unread.label("unread"))
        .join(mine, mine.c.room_id == t.rooms.c.room_id)
        .join(t.streams, t.streams.c.stream == room_stream("") + t.rooms.c.room_id)
    )


_NAMED = func.json_each(bindparam("named")).table_valued("value")
ROOM_VIEWS = Prepared(
    _seen().where(
        t.rooms.c.room_id == bindparam("room_id"),
        t.members.c.user_id.in_(select(_NAMED.c.value)),
    )
)


@cache
def _rooms(only_one: bool) -> Prepared:
    query = (
        _seen()
        .where(t.members.c.user_id == bindparam("user_id"))
        .order_by(t.rooms.c.active_at.desc())
        .limit(MAX_ROOMS)
    )
    if only_one:
        query = query.where(t.rooms.c.room_id == bindparam("room_id"))
    return Prepared(query)


def _room(row: Row[Any], people: Sequence[Member]) -> Room:
    return Room(
        room_id=row.room_id,
        name=row.name,
        role=row.role,
        members=tuple(people),
        last_seq=row.seq,
        unread=row.unread,
        created_at=from_micros(row.created_at),
    )


async def _members(connection: Executes, room_ids: Sequence[str]) -> dict[str, list[Member]]:
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


async def members(connection: Executes, room_id: str) -> tuple[Member, ...]:
    """A room's members, with how far they have read where that is told."""
    return _with_reading((await connection.execute(MEMBERS, {"room": room_id})).all())


async def some_member_ids(connection: Executes, room_id: str, limit: int) -> tuple[str, ...]:
    """A room's members, so many at most."""
    found = await connection.execute(SOME_MEMBER_IDS, {"room": room_id, "limit": limit})
    return tuple(found.scalars())


def _with_reading(found: Sequence[Any]) -> tuple[Member, ...]:
    told = 1 < len(found) <= SMALL_ROOM
    return tuple(
        Member(id=row.user_id, name=row.name, role=row.role, read_seq=row.read_seq if told else 0)
        for row in found
    )


async def room_and_members(
    connection: Executes, room_id: str, user_id: str
) -> tuple[Room, tuple[Member, ...]] | None:
    """A room as a member sees it, and how far each member has read where that is told."""
    values = {"user_id": user_id, "room_id": room_id}
    row = (await connection.execute(_rooms(True), values)).first()
    if row is None:
        return None
    people = await members(connection, room_id)
    small = len(people) <= SMALL_ROOM
    plain = [replace(each, read_seq=0) for each in people] if small else people
    return _room(row, plain), people


async def standing(connection: Executes, room_id: str, user_id: str) -> Standing | None:
    """What a user is to a room."""
    values = {"room_id": room_id, "user_id": user_id}
    row = (await connection.execute(STANDING, values)).first()
    return None if row is None else Standing(role=row.role, shared=bool(row.shared))
