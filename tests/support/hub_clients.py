"""What the hub's tests share."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import msgspec

from basicchat.domain.events import Delivery
from basicchat.domain.values import User
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Outbox
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore

OpenStore = Callable[[], AbstractAsyncContextManager[SqlStore]]
USERS = (User(id="ann", name="Ann", role="owner"), User(id="ben", name="Ben", role="member"))


def encode(item: Delivery) -> bytes:
    """One way of encoding."""
    return msgspec.json.encode(item)


class Open:
    """A wire that takes all."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.wrote = asyncio.Event()

    def ready(self) -> bool:
        return True

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)
        self.wrote.set()

    async def drained(self) -> None:
        return


def subscriber(spawn: Supervisor, user_id: str = "ann") -> tuple[Subscriber, Open]:
    """A connection that keeps up, and its wire."""
    wire = Open()
    outbox = Outbox(wire, encode, spawn, lambda: None, limit_bytes=10**6, send_seconds=60)
    return Subscriber(outbox, user_id, "s"), wire


async def turns(count: int) -> None:
    """Let the other tasks have their turns."""
    for _ in range(count):
        await asyncio.sleep(0)
