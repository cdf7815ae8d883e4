"""The writing half of the SQL store on PostgreSQL, where transactions run at the same time.

It does what `SqlTransaction` does, under locks, and with fewer round trips: events are stored by
one statement at the end, and a message with its text and its room's activity by another one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from basicchat.domain.events import Event, EventType, room_stream
from basicchat.domain.rooms import Message
from basicchat.domain.store import Receipt
from basicchat.domain.values import Value
from basicchat.storage.events import NEXT_SEQ, joined, no_stream
from basicchat.storage.message_tokens import text_tokens
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.event_writer import (
    PendingEvent,
    PendingReceipt,
    lock_subjects,
    write,
)
from basicchat.storage.postgres.locked_rows import LockedRows
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.storable import storable

V = TypeVar("V", bound=Value)
_encode = msgspec.json.encode
_ROOMS = room_stream("")
_CLAIM = """
INSERT INTO receipts (user_id, client_msg_id, body_hash, created_at) VALUES ($1, $2, '', $3)
ON CONFLICT DO NOTHING RETURNING 1
"""
_DROP_CLAIM = "DELETE FROM receipts WHERE user_id = $1 AND client_msg_id = $2"


class PostgresTransaction(LockedRows):
    """Implements `domain.store.Transaction` on PostgreSQL."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._inner: PostgresConnection = arguments[0]
        self._pending: list[PendingEvent] = []
        self._scrubs: list[tuple[str, EventType, Mapping[str, str] | Value]] = []
        # The ids that this transaction has taken, with their replies.
        self._claims: dict[tuple[str, str], PendingReceipt | None] = {}

    async def receipt(
        self, user_id: str, client_msg_id: str, room_id: str | None = None
    ) -> Receipt | None:
        """The reply that was given to a client's message id.

        If there is none, this transaction takes the id: another one that asks for it waits until
        this one has ended. A room that is given is locked with it.
        """
        key = (storable(user_id), storable(client_msg_id))
        if key in self._claims:
            pending = self._claims[key]
            return None if pending is None else pending.receipt
        now = to_micros(self._clock.now())
        if room_id is not None and not self._locks.holds_room(room_id):
            is_claimed = await self._locks.claim(*key, now, storable(room_id))
        else:
            is_claimed = bool(await self._connection.fetch(_CLAIM, *key, now))
        if is_claimed:
            self._claims[key] = None
            return None
        return await super().receipt(user_id, client_msg_id)

    async def put_receipt(
        self, user_id: str, client_msg_id: str, receipt: Receipt, at: datetime
    ) -> None:
        """Store the reply to a client's message id."""
        key = (storable(user_id), storable(client_msg_id))
        if key in self._claims:
            self._claims[key] = PendingReceipt(key, receipt, to_micros(at))
        else:
            await super().put_receipt(user_id, client_msg_id, receipt, at)

    async def put_message(self, message: Message) -> None:
        """Add or change a message."""
        await self._locks.room(message.room_id)
        is_new = not (message.edited_at or message.deleted_at or message.feedback)
        locked = self._locks.rooms.get(room_stream(message.room_id))
        if locked is not None:
            locked.posted(message.seq)
        await self._writes.put_message(
            message.message_id,
            message.room_id,
            message.seq,
            _encode(message),
            storable(message.text),
            text_tokens(message.text),
            to_micros(self._clock.now()) if is_new else None,
        )

    async def delete_room(self, room_id: str) -> None:
        """Delete a room with everything in it, also the events that are still to be stored."""
        stream = room_stream(room_id)
        self._pending = [event for event in self._pending if event.stream != stream]
        await super().delete_room(room_id)

    async def record(
        self, stream: str, type: EventType, subject: str, make: Callable[[int], V]
    ) -> V:
        """Number an event; it is stored at the end, and events of users' streams get their seq."""
        if not stream.startswith(_ROOMS):
            value = make(0)
            self._add(stream, type, subject, _encode(value))
            return value
        place: Any = self._locks.rooms.get(stream)
        if place is None:
            place = (await self._connection.execute(NEXT_SEQ, {"of": stream})).first()
            if place is None:
                raise no_stream()
            self._locks.note(stream)
        else:
            place.seq += 1
            self._writes.move(stream, place.seq)
        value = make(place.seq)
        event = self._add(stream, type, subject, _encode(value), seq=place.seq)
        self.events.append(_event(event, place))
        return value

    def _add(
        self, stream: str, type: EventType, subject: str, data: bytes, **more: Any
    ) -> PendingEvent:
        at = to_micros(self._clock.now())
        event = PendingEvent(stream, type, subject, at, data, **more)
        self._pending.append(event)
        return event

    async def record_each(
        self, type: EventType, subject: str, shared: Value, own: Mapping[str, Value]
    ) -> None:
        """Record an event in each of several users' streams; what they share is stored once."""
        part = _encode(shared)
        for stream, value in own.items():
            self._add(stream, type, subject, _encode(value), part=part, needed=False)

    async def scrub(self, subject: str, type: EventType, data: Mapping[str, str] | Value) -> None:
        """Replace the data of all events so far about a subject, and delete its tasks."""
        for event in self._pending:
            if event.subject == subject:
                event.scrub(type, _encode(data))
        self._scrubs.append((subject, type, data))

    async def finish(self) -> None:
        """Store events and receipts, in the order of locks: users' streams are the last."""
        for key, receipt in self._claims.items():
            if receipt is None:
                await self._connection.fetch(_DROP_CLAIM, *key)
        await self._write_access_changes()
        if self._scrubs:
            subjects = [storable(subject) for subject, _, _ in self._scrubs]
            await lock_subjects(self._connection, self._pending, subjects)
            for scrub in self._scrubs:
                await super().scrub(*scrub)
        receipts = [each for each in self._claims.values() if each is not None]
        if self._pending or receipts:
            await self._write(receipts)
        await self._writes.flush()

    async def _write(self, receipts: Sequence[PendingReceipt]) -> None:
        written = await write(self._inner, self._writes.take(), self._pending, receipts)
        numbered = {row.place: row for row in written}
        for place, event in enumerate(self._pending):
            row = numbered.get(place)
            if row is not None:
                self.events.append(_event(event, row))
            elif event.seq is None and event.needed:
                raise no_stream()


def _event(event: PendingEvent, place: Any) -> Event:
    """An event as it is delivered."""
    data = event.data if event.part is None else joined(event.part, event.data)
    return Event(
        stream=event.stream,
        epoch=place.epoch,
        seq=place.seq,
        type=event.type,
        at=from_micros(event.at),
        data=msgspec.Raw(data),
    )
