"""What waits to be sent on one connection: bounded, with a policy for slow readers.

An idle connection is written to at once. While the socket is full, deltas of a part merge into
one; past the limit, ephemerals go first, then the texts of waiting deltas (the client notices by
their offset and asks for the run); if what must not be dropped alone is too much, the connection
is closed, to resume from its cursor.
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
    """One connection's way out, as its transport provides it."""

    def ready(self) -> bool:
        """Whether the peer takes more without delay."""
        ...

    def write(self, frame: bytes) -> None:
        """Hand a frame to the socket; never waits."""
        ...

    async def drained(self) -> None:
        """Wait until `ready`. Raises ConnectionError when the peer is gone."""
        ...


class Broadcast:
    """Something to deliver to many, encoded once for each way of encoding."""

    __slots__ = ("_encoded", "item")

    def __init__(self, item: Delivery) -> None:
        self.item = item
        self._encoded: dict[Encode, bytes] = {}

    def encoded(self, encode: Encode) -> bytes:
        """The bytes, the same object for every connection that encodes alike."""
        frame = self._encoded.get(encode)
        if frame is None:
            frame = self._encoded[encode] = encode(self.item)
        return frame


class _Waiting(msgspec.Struct, eq=False):
    """A queued frame; a delta keeps its item so that it can grow, and where its text ends."""

    frame: bytes
    droppable: bool = False
    delta: Delta | None = None
    end: int = 0
    more: list[str] = []

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return len(self.frame) + sum(map(_bytes, self.more))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


class Outbox:
    """The one queue and the one writer of a connection.

    Args:
        wire: the way out.
        encode: how deliveries become frames; the same function for all that encode alike.
        spawn: starts the writer, which lives only while something waits.
        on_slow: called once when the peer is too slow; it closes the connection.
        limit_bytes: how much may wait.
        send_seconds: how long the peer may take nothing.
        overflows: where it is counted how often `signals` were dropped, and `deltas` emptied.
    """

    __slots__ = (
        "_broken",
        "_bytes",
        "_encode",
        "_growing",
        "_limit",
        "_lower",
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
        self._queue: deque[_Waiting] = deque()
        self._growing: dict[tuple[str, int], _Waiting] = {}
        self._bytes = 0
        self._writing = False
        self._broken = False
        self._lower: asyncio.Event | None = None
        self._overflows = Counter() if overflows is None else overflows

    def speak(self, encode: Encode) -> None:
        """Say how deliveries are encoded, once the client has chosen."""
        self._encode = encode

    @property
    def waiting_bytes(self) -> int:
        """How much is queued."""
        return self._bytes

    def reply(self, frame: bytes) -> None:
        """Send a reply; it is never dropped."""
        if self._broken:
            return
        if not self._queue and self._wire.ready():
            self._wire.write(frame)
        else:
            self._enqueue(_Waiting(frame))

    async def room(self) -> None:
        """Wait until at most half of what may wait does, for senders that can be slowed down."""
        while self._bytes * 2 > self._limit:
            if self._lower is None:
                self._lower = asyncio.Event()
            await self._lower.wait()

    def deliver(self, broadcast: Broadcast) -> None:
        """Send what the hub delivers."""
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
            self._enqueue(_Waiting(broadcast.encoded(self._encode), droppable))

    def _grow(self, item: Delta, broadcast: Broadcast) -> None:
        key = item.run, item.part
        waiting = self._growing.get(key)
        # A subscription that began anew may repeat text, or leave a gap that the reader knows of.
        if (
            waiting is None
            or waiting.delta is None
            or not (waiting.delta.off <= item.off <= waiting.end)
        ):
            end = item.off + len(item.text)
            entry = _Waiting(broadcast.encoded(self._encode), delta=item, end=end)
            self._growing[key] = entry
            self._enqueue(entry)
            return
        text = item.text[waiting.end - item.off :]
        waiting.end += len(text)
        waiting.more.append(text)
        self._bytes += _bytes(text)
        self._enforce()

    def _enqueue(self, entry: _Waiting) -> None:
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
            self._empty(entry)
        self._recount()
        if self._bytes > self._limit:
            self.shut()
            self._on_slow()

    def _empty(self, entry: _Waiting) -> None:
        """Keep only where the text would end: a receiver that has less asks for the run."""
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
        """Write what waits, to its end."""
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
        if self._lower is not None and self._bytes * 2 <= self._limit:
            self._lower.set()
            self._lower = None

    def shut(self) -> None:
        """Forget what waits and take nothing more: the connection is gone."""
        self._broken = True
        self._queue.clear()
        self._growing.clear()
        self._bytes = 0
        self._signal_room()
