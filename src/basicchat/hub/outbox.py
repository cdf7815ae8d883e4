"""Bounded outbound queue of one connection, with a policy for slow readers.

Theory of operation
-------------------
Above: replies from the router, and broadcasts from the hub's fan-outs; none of them ever waits.
Below: a `Wire`, the transport's end of the connection, which tells whether it accepts more data
without delay.

A frame is written at once while nothing is queued and the wire is ready. Otherwise it is queued,
and a writer task drains the queue; it lives only while something is queued. While the peer is slow,
the queue is kept within `limit_bytes`, in steps that lose as little as possible:

1. Deltas of one part merge into one queued delta, which is encoded when it is taken.
2. Past the limit, queued signals are dropped: the next one of their kind replaces them.
3. If that is not enough, the texts of queued deltas are emptied. The client sees from the offset
   that text is missing, and requests the run.
4. If that is not enough, only replies and durable events are left, which are never dropped: the
   connection is closed, and the client resumes from its cursor.

Invariants:

- Frames are sent in the order in which they were delivered, except that a merged delta takes the
  place of its first piece.
- `_bytes` is the size of everything queued. `_growing` holds the queued delta of each part that may
  still grow, and none that was taken by the writer.
- Once broken (by `shut`, a deadline or a lost peer) it accepts nothing, and is empty.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from basicchat.domain.events import Delivery, Delta, Signal
from basicchat.domain.ports import Spawn

Encode = Callable[[Delivery], bytes]


class Wire(Protocol):
    """The transport's end of one connection."""

    def ready(self) -> bool:
        """True if the peer accepts more data without delay."""
        ...

    def write(self, frame: bytes) -> None:
        """Hand a frame to the socket; never waits."""
        ...

    async def drained(self) -> None:
        """Wait until `ready`. Raises ConnectionError when the peer is gone."""
        ...


class Broadcast:
    """A delivery to many connections, encoded once for each encoding."""

    __slots__ = ("_encoded", "item")

    def __init__(self, item: Delivery) -> None:
        self.item = item
        self._encoded: dict[Encode, bytes] = {}

    def encoded(self, encode: Encode) -> bytes:
        """The encoded bytes; the same object for all connections with this encoding."""
        frame = self._encoded.get(encode)
        if frame is None:
            frame = self._encoded[encode] = encode(self.item)
        return frame


class _QueuedFrame(msgspec.Struct, eq=False):
    """A frame in the queue.

    A delta keeps its item so that it can grow: `more` is the text after it, up to offset `end`.
    """

    frame: bytes
    droppable: bool = False
    delta: Delta | None = None
    end: int = 0
    more: list[str] = []

    @property
    def size(self) -> int:
        """The approximate size in bytes."""
        return len(self.frame) + sum(map(_bytes, self.more))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


class Outbox:
    """The queue and the writer of one connection.

    Args:
        wire: the connection that frames are written to.
        encode: makes frames of deliveries; one function for all connections with the encoding.
        spawn: starts the writer.
        on_slow: called once when the peer is too slow; it closes the connection.
        limit_bytes: the maximum size of the queue.
        send_seconds: the maximum time that the peer may accept nothing.
        overflows: counts how often `signals` were dropped and `deltas` emptied.
    """

    __slots__ = (
        "_broken",
        "_bytes",
        "_encode",
        "_growing",
        "_has_room",
        "_limit",
        "_on_slow",
        "_overflows",
        "_queue",
        "_send_seconds",
        "_spawn",
        "_wire",
        "_writing",
    )

    def __init__(
        self,
        wire: Wire,
        encode: Encode,
        spawn: Spawn,
        on_slow: Callable[[], None],
        *,
        limit_bytes: int,
        send_seconds: float,
        overflows: Counter[str] | None = None,
    ) -> None:
        self._wire = wire
        self._encode = encode
        self._spawn = spawn
        self._on_slow = on_slow
        self._limit = limit_bytes
        self._send_seconds = send_seconds
        self._queue: deque[_QueuedFrame] = deque()
        self._growing: dict[tuple[str, int], _QueuedFrame] = {}
        self._bytes = 0
        self._writing = False
        self._broken = False
        self._has_room: asyncio.Event | None = None
        self._overflows = Counter() if overflows is None else overflows

    def speak(self, encode: Encode) -> None:
        """Set the encoding, once the client has chosen one."""
        self._encode = encode

    @property
    def waiting_bytes(self) -> int:
        """The number of queued bytes."""
        return self._bytes

    def reply(self, frame: bytes) -> None:
        """Send a reply; it is never dropped."""
        if self._broken:
            return
        if not self._queue and self._wire.ready():
            self._wire.write(frame)
        else:
            self._enqueue(_QueuedFrame(frame))

    async def room(self) -> None:
        """Wait until at most half of the limit is queued, for senders that can wait."""
        while self._bytes * 2 > self._limit:
            if self._has_room is None:
                self._has_room = asyncio.Event()
            await self._has_room.wait()

    def deliver(self, broadcast: Broadcast) -> None:
        """Send a delivery of the hub."""
        if self._broken:
            return
        if not self._queue and self._wire.ready():
            self._wire.write(broadcast.encoded(self._encode))
            return
        item = broadcast.item
        if isinstance(item, Delta):
            self._grow(item, broadcast)
        else:
            droppable = isinstance(item, Signal)
            self._enqueue(_QueuedFrame(broadcast.encoded(self._encode), droppable))

    def _grow(self, item: Delta, broadcast: Broadcast) -> None:
        key = item.run, item.part
        waiting = self._growing.get(key)
        # A renewed subscription may repeat text, or leave a gap, which the client notices.
        if (
            waiting is None
            or waiting.delta is None
            or not (waiting.delta.off <= item.off <= waiting.end)
        ):
            end = item.off + len(item.text)
            entry = _QueuedFrame(broadcast.encoded(self._encode), delta=item, end=end)
            self._growing[key] = entry
            self._enqueue(entry)
            return
        if item.kind != waiting.delta.kind:
            waiting.delta = msgspec.structs.replace(waiting.delta, kind=item.kind)
        text = item.text[waiting.end - item.off :]
        waiting.end += len(text)
        waiting.more.append(text)
        self._bytes += _bytes(text)
        self._enforce()

    def _enqueue(self, entry: _QueuedFrame) -> None:
        self._queue.append(entry)
        self._bytes += entry.size
        self._enforce()
        if self._queue and not self._writing:
            self._writing = True
            self._spawn(self._write())

    def _enforce(self) -> None:
        if self._bytes <= self._limit:
            return
        self._overflows["signals"] += 1
        self._queue = deque(entry for entry in self._queue if not entry.droppable)
        self._recount()
        if self._bytes <= self._limit:
            return
        self._overflows["deltas"] += 1
        for entry in self._queue:
            self._drop_text(entry)
        self._recount()
        if self._bytes > self._limit:
            self.shut()
            self._on_slow()

    def _drop_text(self, entry: _QueuedFrame) -> None:
        """Drop a delta's text and keep its end offset: the client then requests the run."""
        if entry.delta is None:
            return
        entry.delta = msgspec.structs.replace(entry.delta, off=entry.end, text="")
        entry.frame = self._encode(entry.delta)
        entry.more = []

    def _recount(self) -> None:
        self._bytes = sum(entry.size for entry in self._queue)

    def _take(self) -> bytes:
        entry = self._queue.popleft()
        self._bytes -= entry.size
        delta = entry.delta
        if delta is None:
            return entry.frame
        if self._growing.get((delta.run, delta.part)) is entry:
            del self._growing[delta.run, delta.part]
        if not entry.more:
            return entry.frame
        text = delta.text + "".join(entry.more)
        return self._encode(msgspec.structs.replace(delta, text=text))

    async def _write(self) -> None:
        """Write the queue until it is empty."""
        try:
            while self._queue:
                async with asyncio.timeout(self._send_seconds):
                    await self._wire.drained()
                if self._queue:
                    self._wire.write(self._take())
                    self._signal_room()
        except TimeoutError:
            self.shut()
            self._on_slow()
        except ConnectionError:
            self.shut()
        finally:
            self._writing = False

    def _signal_room(self) -> None:
        if self._has_room is not None and self._bytes * 2 <= self._limit:
            self._has_room.set()
            self._has_room = None

    def shut(self) -> None:
        """Drop the queue and accept nothing more: the connection is gone."""
        self._broken = True
        self._queue.clear()
        self._growing.clear()
        self._bytes = 0
        self._signal_room()
