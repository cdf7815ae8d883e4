"""Values for tests of a store: two users, a room, and what is said and kept in it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import msgspec

from basicchat.domain.events import Position, room_stream
from basicchat.domain.rooms import Message
from basicchat.domain.runs import Run, RunPart
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Author, Document, Task, User
from basicchat.testing.clock import FakeClock

ANN = User(id="ann", name="Ann", role="owner")
BEN = User(id="ben", name="Ben", role="member")
ROOM, STREAM = "c1", room_stream("c1")
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
Check = Callable[[Store, FakeClock], Awaitable[None]]


class Boom(Exception):
    """What a test raises."""


def message(message_id: str, seq: int, said: str = "hello", author: str = "ann") -> Message:
    return Message(
        message_id=message_id,
        room_id=ROOM,
        seq=seq,
        author=Author(id=author, name=author.title(), kind="user"),
        text=said,
        created_at=START,
    )


def a_run(run_id: str = "r1", status: str = "running", room_id: str = ROOM) -> Run:
    return Run(
        run_id=run_id,
        room_id=room_id,
        message_id=f"{run_id}_m",
        status=status,  # type: ignore[arg-type]
        reasoning_mode="standard",
        model="m",
        provider="p",
        parts=(RunPart(part=0, kind="answer", text="é😀", off=2),),
        steps=(),
        started_at=START,
        user_id="ann",
        parent_id="m1",
    )


def document(
    document_id: str,
    sha256: str = "a" * 64,
    owner: str = "ann",
    at: int = 0,
    collection: str | None = None,
) -> Document:
    return Document(
        document_id=document_id,
        title=document_id,
        media_type="text/plain",
        bytes=3,
        status="ready",
        created_at=START + timedelta(seconds=at),
        owner_id=owner,
        sha256=sha256,
        source=f"/notes/{document_id}",
        collection_id=collection,
    )


def task(task_id: str, status: str = "pending", at: int = 0) -> Task:
    return Task(
        task_id=task_id,
        kind="ingest",
        status=status,  # type: ignore[arg-type]
        progress=0.0,
        message="Waiting",
        user_id="ann",
        created_at=START + timedelta(seconds=at),
    )


async def say(change: Transaction, message_id: str, said: str = "hello") -> Message:
    """Record a message with its event, as the program does."""
    new = await change.record(
        STREAM, "message.created", message_id, lambda seq: message(message_id, seq, said)
    )
    await change.put_message(new)
    return new


async def populate(store: Store) -> None:
    async with store.transaction() as change:
        for user in (ANN, BEN):
            await change.put_user(user, START)
        await change.put_room(ROOM, "Room", START)
        await change.put_member(ROOM, "ann", "owner")
        await change.put_member(ROOM, "ben", "viewer")


async def begin(store: Store, stream: str = STREAM) -> Position:
    position = await store.position(stream)
    assert position is not None
    return position


async def replayed(store: Store, cursor: Position, limit: int = 100) -> list[tuple[int, str]]:
    replay = await store.replay(STREAM, cursor, limit)
    assert replay is not None
    assert replay.recovered
    return [(event.seq, msgspec.json.decode(event.data)["text"]) for event in replay.events]
