"""Streams between nodes over any wire that carries frames from node to node, and may lose some.

The wires are `node_wire_memory.py`, `node_wire_redis.py` and `node_wire_broker.py`.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Protocol

import msgspec
import structlog

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.node_streams import Handler, NodeGone, NodeStream
from basicchat.domain.ports import Spawn
from basicchat.hub.node_stream import Frame, Kind, WiredNodeStream

log = structlog.get_logger(__name__)
# How often the other ends of open streams are told that this one lives.
ALIVE_SECONDS = 5.0
GONE_SECONDS = 15.0
MAX_STREAMS = 10_000
NODE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The frame that tells of several streams: the frames of their states.
_decode = msgspec.msgpack.Decoder(Frame).decode
_decode_states = msgspec.msgpack.Decoder(list[Frame]).decode
_encode = msgspec.msgpack.Encoder().encode
# By the node that opened it, and its number there.
Key = tuple[str, int]
STATES_PER_FRAME = 500


class NodeWire(Protocol):
    """Carries frames to other nodes, in order."""

    @property
    def node(self) -> str:
        """This node's name."""
        ...

    async def reach(self, node: str, frame: bytes) -> bool:
        """Send a frame; False if the node does not exist.

        Raises:
            UpstreamUnavailable: it could not be sent.
        """
        ...

    def send(self, node: str, frame: bytes) -> None:
        """Send a frame. Never waits."""
        ...

    def listen(self, heard: Callable[[bytes], None]) -> None:
        """Call a function with each frame that comes."""
        ...


class WiredNodeStreams:
    """Implements `domain.node_streams.NodeStreams`.

    Args:
        spawn: starts the tasks that serve other nodes' requests.
    """

    def __init__(
        self,
        wire: NodeWire,
        spawn: Spawn,
        *,
        alive_seconds: float = ALIVE_SECONDS,
        gone_seconds: float = GONE_SECONDS,
    ) -> None:
        self._wire = wire
        self._spawn = spawn
        self._alive_seconds = alive_seconds
        self._gone_seconds = gone_seconds
        self._handlers: dict[str, Handler] = {}
        self._streams: dict[Key, WiredNodeStream] = {}
        self._keys: dict[WiredNodeStream, Key] = {}
        self._numbers = count(1)
        wire.listen(self._heard)

    @property
    def node(self) -> str:
        """This node's name."""
        return self._wire.node

    def serve(self, kind: str, handler: Handler) -> None:
        """Serve a kind of requests from now on."""
        self._handlers[kind] = handler

    @asynccontextmanager
    async def open(self, node: str, kind: str, first: bytes) -> AsyncIterator[NodeStream]:
        """A stream to another node, which is closed at the end."""
        if not NODE_NAME.fullmatch(node) or node == self.node or len(self._streams) >= MAX_STREAMS:
            raise NodeGone
        stream = self._add((self.node, next(self._numbers)), node)
        stream.begin(first)
        try:
            if not await self._wire.reach(node, self._frame(stream, "open", first, kind)):
                raise NodeGone
            yield stream
        finally:
            stream.close()
            self._remove(stream)

    def _add(self, key: Key, peer: str) -> WiredNodeStream:
        stream = WiredNodeStream(peer, self._emit, asyncio.get_running_loop().time())
        self._streams[key], self._keys[stream] = stream, key
        return stream

    def _remove(self, stream: WiredNodeStream) -> None:
        del self._streams[self._keys.pop(stream)]

    def _emit(self, stream: WiredNodeStream, kind: Kind, content: bytes) -> None:
        self._wire.send(stream.peer, self._frame(stream, kind, content))

    def _state(self, stream: WiredNodeStream, kind: Kind) -> Frame:
        opener, number = self._keys[stream]
        is_own = opener == self.node
        return Frame(self.node, is_own, number, kind, stream.sent, stream.bytes_read)

    def _frame(self, stream: WiredNodeStream, kind: Kind, content: bytes, name: str = "") -> bytes:
        frame = self._state(stream, kind)
        frame.name, frame.content = name, content
        return _encode(frame)

    def _heard(self, raw: bytes) -> None:
        try:
            frame = _decode(raw)
            states = _decode_states(frame.content) if frame.kind == "alive" else ()
        # A node of another version sends what this one does not know.
        except msgspec.MsgspecError:
            log.warning("node_frame_unknown")
            return
        for each in states or (frame,):
            self._take(each)

    def _take(self, frame: Frame) -> None:
        key = (frame.sender if frame.opener else self.node, frame.number)
        stream = self._streams.get(key)
        if stream is not None and stream.peer == frame.sender:
            stream.heard_at = asyncio.get_running_loop().time()
            stream.take(frame)
        elif frame.kind == "open" and frame.opener:
            self._accept(key, frame)
        elif frame.kind in ("alive", "data"):
            self._refuse(frame)

    def _refuse(self, frame: Frame) -> None:
        answer = Frame(self.node, not frame.opener, frame.number, "broken")
        self._wire.send(frame.sender, _encode(answer))

    def _accept(self, key: Key, frame: Frame) -> None:
        handler = self._handlers.get(frame.name)
        if handler is None or len(self._streams) >= MAX_STREAMS:
            self._refuse(frame)
            return
        stream = self._add(key, frame.sender)
        stream.take(frame)
        stream.task = self._spawn(self._serve(handler, stream))

    async def _serve(self, handler: Handler, stream: WiredNodeStream) -> None:
        try:
            await handler(stream)
            stream.close()
        # The other node has closed the stream, or is gone.
        except NodeGone:
            stream.close()
        except Exception as error:
            log.error("node_request_failed", exc_info=error)
            stream.fail()
        finally:
            stream.close()
            self._remove(stream)

    async def run(self) -> None:
        """Watch the nodes at the other ends of open streams, until cancelled."""
        while True:
            await asyncio.sleep(self._alive_seconds)
            try:
                await self._watch()
            except Exception as error:
                log.error("node_streams_not_watched", exc_info=error)

    async def _watch(self) -> None:
        now = asyncio.get_running_loop().time()
        by_peer: defaultdict[str, list[WiredNodeStream]] = defaultdict(list)
        for stream in self._streams.values():
            by_peer[stream.peer].append(stream)
        for peer, streams in by_peer.items():
            is_there = await self._tell(peer, streams)
            for stream in streams:
                silent = now - stream.heard_at > self._gone_seconds
                if (silent or not is_there) and stream in self._keys:
                    stream.fail()

    async def _tell(self, peer: str, streams: list[WiredNodeStream]) -> bool:
        """Tell a node that streams are still open; False if the node no longer exists."""
        for start in range(0, len(streams), STATES_PER_FRAME):
            some = [each for each in streams[start : start + STATES_PER_FRAME] if each.live]
            states = [self._state(each, "alive") for each in some if each in self._keys]
            frame = Frame(self.node, True, 0, "alive", content=_encode(states))
            try:
                if states and not await self._wire.reach(peer, _encode(frame)):
                    return False
            # Those that it does not reach for long are given up one by one.
            except UpstreamUnavailable:
                return True
        return True
