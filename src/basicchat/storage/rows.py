"""Queries that need one connection, used within transactions and outside, and how rows are read."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row, Select, bindparam, select

from basicchat.domain.events import Position
from basicchat.domain.rooms import Message
from basicchat.domain.runs import Run
from basicchat.domain.store import Receipt
from basicchat.domain.values import Document, Task, User, UserStatus, Value
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared

V = TypeVar("V", bound=Value)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The time in UTC."""
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
    select(t.streams.c.epoch, t.streams.c.seq).where(
        t.streams.c.stream == bindparam("of"), t.streams.c.epoch != t.DELETED_EPOCH
    )
)


async def one(
    connection: Connection, query: Select[Any] | Prepared, kind: type[V], parameters: Any = None
) -> V | None:
    """Decode the first row's only column, a value as JSON."""
    data = (await connection.execute(query, parameters)).scalar()
    return None if data is None else msgspec.json.decode(data, type=kind)


async def many(
    connection: Connection, query: Select[Any] | Prepared, kind: type[V], parameters: Any = None
) -> tuple[V, ...]:
    """Decode every row's only column."""
    rows = (await connection.execute(query, parameters)).scalars()
    return tuple(msgspec.json.decode(data, type=kind) for data in rows)


async def user(connection: Connection, *where: Any) -> User | None:
    """The oldest user that meets the conditions."""
    query = select(t.users).where(*where).order_by(t.users.c.created_at).limit(1)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    return user_of(row)


def user_of(row: Row[Any]) -> User:
    """A user from their row."""
    # The constant itself: msgspec omits a default only if it is the same object.
    status: UserStatus = "active" if row.status == "active" else row.status
    return User(id=row.user_id, name=row.name, role=row.role, status=status)


async def message(connection: Connection, message_id: str) -> Message | None:
    """A message."""
    return await one(connection, MESSAGE, Message, {"of": message_id})


async def messages(
    connection: Connection, room_id: str, before: int | None, limit: int
) -> tuple[Message, ...]:
    """The latest messages before a seq, in ascending order."""
    values: dict[str, Any] = {"of": room_id, "limit": limit}
    if before is not None:
        values["before"] = before
    latest = await many(connection, _messages(before is not None), Message, values)
    return tuple(reversed(latest))


@cache
def _messages(bounded: bool) -> Prepared:
    query = select(t.messages.c.data).where(t.messages.c.room_id == bindparam("of"))
    if bounded:
        query = query.where(t.messages.c.seq < bindparam("before"))
    return Prepared(query.order_by(t.messages.c.seq.desc()).limit(bindparam("limit")))


async def run(connection: Connection, run_id: str) -> Run | None:
    """A run."""
    return await one(connection, RUN, Run, {"of": run_id})


async def document(connection: Connection, *where: Any) -> Document | None:
    """A document that meets the conditions."""
    return await one(connection, select(t.documents.c.data).where(*where), Document)


async def task(connection: Connection, task_id: str) -> Task | None:
    """A task."""
    return await one(connection, TASK, Task, {"of": task_id})


async def receipt(connection: Connection, user_id: str, client_msg_id: str) -> Receipt | None:
    """The reply that was given to a client's message id."""
    values = {"user_id": user_id, "client_msg_id": client_msg_id}
    row = (await connection.execute(RECEIPT, values)).first()
    return None if row is None else Receipt(body_hash=row.body_hash, reply=row.reply)


async def position(connection: Connection, stream: str) -> Position | None:
    """A stream's position."""
    row = (await connection.execute(POSITION, {"of": stream})).first()
    return None if row is None else Position(epoch=row.epoch, seq=row.seq)
