"""The event log in the SQL store: a reading and a writing half, mixed into store and transaction.

Events about one thing on many streams differ little: each member sees a room with their own unread
count. What they share is stored once in `event_parts`, however many events refer to it.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, bindparam, delete, insert, select, update

from basicchat.domain.errors import NotFound
from basicchat.domain.event_log import Replay
from basicchat.domain.events import Event, EventType, Position
from basicchat.domain.ports import Clock
from basicchat.domain.values import Value
from basicchat.storage import rows
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Database, Prepared
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.upserts import upsert

V = TypeVar("V", bound=Value)
_encode = msgspec.json.encode

_PRESENT = (t.streams.c.stream == bindparam("of"), t.streams.c.epoch != t.DELETED_EPOCH)
STREAM = Prepared(select(t.streams).where(*_PRESENT))
POSITIONS = Prepared(
    lambda dialect: select(t.streams.c.stream, t.streams.c.seq).where(
        dialect.any_of(t.streams.c.stream, "streams"), t.streams.c.epoch != t.DELETED_EPOCH
    )
)
EVENTS_AFTER = Prepared(
    select(t.events, t.event_parts.c.data.label("shared"))
    .outerjoin(t.event_parts, t.event_parts.c.part_id == t.events.c.part_id)
    .where(t.events.c.stream == bindparam("of"), t.events.c.seq > bindparam("seq"))
    .order_by(t.events.c.seq)
)
_NUMBERED = (t.streams.c.stream, t.streams.c.epoch, t.streams.c.seq)
NEXT_SEQ = Prepared(
    update(t.streams).where(*_PRESENT).values(seq=t.streams.c.seq + 1).returning(*_NUMBERED)
)
NEXT_SEQ_OF_EACH = Prepared(
    lambda dialect: (
        update(t.streams)
        .where(dialect.any_of(t.streams.c.stream, "of"))
        .values(seq=t.streams.c.seq + 1)
        .returning(*_NUMBERED)
    )
)
ADD_EVENT = Prepared(insert(t.events))
OPEN_STREAM = upsert(t.streams, ("stream",), ())
_PART = t.event_parts.c
PART = Prepared(
    select(_PART.part_id).where(
        _PART.subject == bindparam("about"), _PART.digest == bindparam("same")
    )
)
ADD_PART = Prepared(insert(t.event_parts).returning(_PART.part_id))


def joined(shared: bytes, own: bytes) -> bytes:
    """One JSON object with the fields of two, neither of them empty."""
    return b"%b,%b" % (shared[:-1], own[1:])


def no_stream() -> NotFound:
    """The error of an event whose stream does not exist."""
    return NotFound(
        "The conversation no longer exists",
        hint="It was deleted in the meantime.",
        reason="resource_not_found",
        params={"resource": "room"},
    )


def _event(row: Row[Any], epoch: str) -> Event:
    """An event from its row, with its shared part."""
    return Event(
        stream=row.stream,
        epoch=epoch,
        seq=row.seq,
        type=row.type,
        at=from_micros(row.at),
        data=msgspec.Raw(row.data if row.shared is None else joined(row.shared, row.data)),
    )


class SqlEventReads:
    """Implements `domain.event_log.LogReads`."""

    _database: Database
    _reader: Connection

    async def position(self, stream: str) -> Position | None:
        """A stream's current position."""
        return await rows.position(self._reader, stream)

    async def positions(self, streams: Sequence[str]) -> dict[str, int]:
        """The current seq of each of these streams."""
        found = await self._reader.execute(POSITIONS, {"streams": list(streams)})
        return {row.stream: row.seq for row in found}

    async def replay(self, stream: str, cursor: Position, limit: int) -> Replay | None:
        """The events after a cursor: all of them or none."""
        async with self._database.snapshot() as c:
            state = (await c.execute(STREAM, {"of": stream})).first()
            if state is None:
                return None
            position = Position(epoch=state.epoch, seq=state.seq)
            whole = cursor.epoch == state.epoch and state.floor <= cursor.seq <= state.seq
            if not whole or state.seq - cursor.seq > limit:
                return Replay(recovered=False, position=position)
            later = await c.execute(EVENTS_AFTER, {"of": stream, "seq": cursor.seq})
            missed = tuple(_event(row, state.epoch) for row in later)
        return Replay(recovered=True, position=position, events=missed)


class SqlEventWrites:
    """Implements `domain.event_log.LogWrites`."""

    _connection: Connection
    _clock: Clock
    events: list[Event]

    async def _open_stream(self, stream: str) -> None:
        values = {"stream": stream, "epoch": secrets.token_hex(8), "seq": 0, "floor": 0}
        await self._connection.execute(OPEN_STREAM, values)

    async def record(
        self, stream: str, type: EventType, subject: str, make: Callable[[int], V]
    ) -> V:
        """Number an event in its stream and store it."""
        place = (await self._connection.execute(NEXT_SEQ, {"of": stream})).first()
        if place is None:
            raise no_stream()
        value = make(place.seq)
        data = _encode(value)
        template = _EventTemplate(type, subject, self._clock.now())
        self.events.append(template.event(place, data))
        await self._connection.execute(ADD_EVENT, template.row(place, data))
        return value

    async def record_each(
        self, type: EventType, subject: str, shared: Value, own: Mapping[str, Value]
    ) -> None:
        """Number an event in each of several streams; what they share is stored once."""
        common = _encode(shared)
        part_id = await self._part(subject, common)
        template = _EventTemplate(type, subject, self._clock.now(), part_id)
        values = []
        for place in await self._connection.execute(NEXT_SEQ_OF_EACH, {"of": list(own)}):
            data = _encode(own[place.stream])
            self.events.append(template.event(place, joined(common, data)))
            values.append(template.row(place, data))
        await self._connection.execute(ADD_EVENT, values)

    async def _part(self, subject: str, data: bytes) -> int:
        """The id of the part that events about a subject share; a new part is stored."""
        digest = hashlib.sha256(data).digest()
        same = {"about": subject, "same": digest}
        found = (await self._connection.execute(PART, same)).scalar()
        if found is None:
            part = {"subject": subject, "digest": digest, "data": data}
            found = (await self._connection.execute(ADD_PART, part)).scalar()
        return int(found)

    async def scrub(self, subject: str, type: EventType, data: Mapping[str, str] | Value) -> None:
        """Replace the data of all events and delete all tasks about a subject."""
        about = t.events.c.subject == subject
        kept = {"type": type, "data": _encode(data), "part_id": None}
        await self._connection.execute(update(t.events).where(about).values(**kept))
        await self._connection.execute(delete(t.event_parts).where(_PART.subject == subject))
        await self._connection.execute(delete(t.tasks).where(t.tasks.c.subject == subject))


class _EventTemplate:
    """What the events that are recorded at once have in common."""

    def __init__(
        self, type: EventType, subject: str, at: datetime, part_id: int | None = None
    ) -> None:
        self._type = type
        self._at = at
        self._row = {"type": type, "at": to_micros(at), "subject": subject, "part_id": part_id}

    def event(self, place: Any, data: bytes) -> Event:
        """An event as it is delivered."""
        return Event(
            stream=place.stream,
            epoch=place.epoch,
            seq=place.seq,
            type=self._type,
            at=self._at,
            data=msgspec.Raw(data),
        )

    def row(self, place: Any, data: bytes) -> dict[str, Any]:
        """An event as it is stored."""
        return {**self._row, "stream": place.stream, "seq": place.seq, "data": data}
