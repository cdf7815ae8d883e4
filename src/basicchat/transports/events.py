"""Events over plain HTTP for clients without WebSocket: server-sent events and long polling."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import msgspec

from basicchat.api import access, delegation, subscriptions
from basicchat.api.calls import Call, Caller
from basicchat.api.event_encoding import notification
from basicchat.api.subscriptions import StreamState
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable, InvalidInput, NotFound
from basicchat.domain.events import Delivery, Event, Events, Position, user_stream
from basicchat.domain.values import Actor
from basicchat.hub.hub import Subscriber
from basicchat.hub.outbox import Outbox
from basicchat.protocol.codec import encode_notification
from basicchat.transports.draining import reconnect_ms
from basicchat.transports.server_context import ServerContext
from basicchat.transports.token_recheck import TokenRecheckTimer

MAX_BUFFERED_BYTES = 64 * 1024
MAX_STREAMS = 100


class Mailbox:
    """A `Wire` that buffers frames until they are fetched."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._bytes = 0
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._emptied.set()
        self.closed = False

    def ready(self) -> bool:
        """Whether the buffer has room."""
        return self._emptied.is_set()

    def write(self, frame: bytes) -> None:
        """Append a frame."""
        self._frames.append(frame)
        self._bytes += len(frame)
        self._filled.set()
        if self._bytes > MAX_BUFFERED_BYTES:
            self._emptied.clear()

    async def drained(self) -> None:
        """Wait for room."""
        await self._emptied.wait()

    def close(self) -> None:
        """Mark the end; wakes the fetcher."""
        self.closed = True
        self._filled.set()

    async def fetch(self, seconds: float) -> list[bytes]:
        """The buffered frames; waits up to `seconds` for the first, and may return none."""
        try:
            async with asyncio.timeout(seconds):
                await self._filled.wait()
        except TimeoutError:
            return []
        frames, self._frames = self._frames, []
        self._bytes = 0
        if not self.closed:
            self._filled.clear()
        self._emptied.set()
        return frames


class EventFeed:
    """One client's subscription to streams over HTTP."""

    def __init__(
        self, context: ServerContext, actor: Actor, token: str | None, address: str
    ) -> None:
        self._context = context
        self._address: str | None = address
        self._services = context.router.services
        self._cursors: dict[str, Position] = {}
        self._mailbox = Mailbox()
        outbox = Outbox(
            self._mailbox,
            self._encode,
            context.spawn,
            self._mailbox.close,
            limit_bytes=context.limits.max_queue_bytes,
            send_seconds=60.0,
            overflows=context.router.services.metrics.overflows,
        )
        self._outbox = outbox
        subscriber = Subscriber(outbox, actor.user.id, actor.session_id, lingers=True)
        self._caller = Caller(actor=actor, credentials=token, subscriber=subscriber)
        self._user_id = actor.user.id
        self._activations: list[Callable[[], None]] = []

    async def follow(self, streams: list[str], last_ids: list[str]) -> dict[str, StreamState]:
        """Follow streams, each from its cursor among `last_ids`, or else from now on.

        Args:
            last_ids: `epoch:seq` each; an epoch belongs to exactly one stream.

        Raises:
            InvalidInput: no streams, too many streams, or a malformed id.
            NotFound: the actor may not follow one of the streams.
        """
        if not 1 <= len(streams) <= MAX_STREAMS:
            raise InvalidInput(f"stream: must be given 1 to {MAX_STREAMS} times", field="stream")
        cursors = _parse_ids(last_ids)
        call = Call(services=self._services, caller=self._caller)
        states: dict[str, StreamState] = {}
        for stream in dict.fromkeys(streams):
            await self._may_follow(call, stream)
            cursor = await self._cursor(stream, cursors, only=len(streams) == 1)
            state = await subscriptions.follow(call, stream, cursor)
            if state is not None:
                states[stream] = state
                begin = cursor if cursor and state.recovered else None
                self._cursors[stream] = begin or Position(epoch=state.epoch, seq=state.seq)
        self._activations = call.after_reply
        return states

    def _begin(self) -> None:
        self._context.feeds[self._end] = self._is_busy
        self._services.access_revocation.add(self._user_id, self)
        if self._context.draining:
            self._end()
        for activate in self._activations:
            activate()

    async def _may_follow(self, call: Call, stream: str) -> None:
        kind, _, name = stream.partition(":")
        if kind == "room":
            await access.room(call, name, "see")
        elif stream != user_stream(call.actor.user.id):
            raise NotFound(
                "There is no such stream",
                hint="Use room:ROOM_ID, or user: and your own id.",
                reason="resource_not_found",
                params={"resource": "stream"},
            )

    async def _cursor(
        self, stream: str, cursors: Mapping[str, Position], *, only: bool
    ) -> Position | None:
        position = await self._services.store.position(stream)
        cursor = cursors.get(position.epoch) if position else None
        # With a single stream, a cursor of an epoch that no longer exists still belongs to it.
        return cursor or (next(iter(cursors.values()), None) if only else None)

    def _encode(self, item: Delivery) -> bytes:
        name, params = notification(item)
        frame = encode_notification("jsonrpc", name, params)
        if not isinstance(item, Event | Events):
            return b"event: %b\ndata: %b\n\n" % (name.encode(), frame)
        last = item.events[-1] if isinstance(item, Events) else item
        self._cursors[item.stream] = Position(epoch=last.epoch, seq=last.seq)
        return b"id: %b\nevent: events\ndata: %b\n\n" % (self.last_id().encode(), frame)

    def last_id(self) -> str:
        """The cursors of all streams, as `epoch:seq`, joined by commas."""
        return ",".join(f"{cursor.epoch}:{cursor.seq}" for cursor in self._cursors.values())

    async def sse(self, states: dict[str, StreamState]) -> AsyncIterator[bytes]:
        """The feed as an endless stream of server-sent events (WHATWG HTML, 9.2)."""
        first = encode_notification("jsonrpc", "streams", {"streams": states})
        yield b"retry: 250\nid: %b\nevent: streams\ndata: %b\n\n" % (
            self.last_id().encode(),
            first,
        )
        self._begin()
        # Access may have been revoked while the streams were looked up.
        await self.recheck()
        recheck_timer = TokenRecheckTimer(self._context.spawn, self.recheck)
        try:
            closed = False
            while not closed:
                # Frames that arrived before the end are still delivered.
                closed = self._mailbox.closed
                frames = await self._mailbox.fetch(self._context.limits.heartbeat_seconds / 2)
                yield b"".join(frames) or b": still here\n\n"
            if self._context.draining:
                yield b"retry: %d\n\n" % reconnect_ms()
        finally:
            recheck_timer.cancel()
            self.close()

    async def poll(self, states: dict[str, StreamState], seconds: float) -> bytes:
        """The next frames as JSON; returns as soon as one arrives, or after `seconds` without."""
        before = self.last_id()
        self._begin()
        try:
            await self.recheck()
            frames = await self._mailbox.fetch(seconds)
        finally:
            self.close()
        # The outbox may have encoded more events than this response delivers.
        ids = [frame[4 : frame.index(b"\n")] for frame in frames if frame.startswith(b"id: ")]
        return msgspec.json.encode(
            {
                "streams": states,
                "frames": [msgspec.Raw(_data(frame)) for frame in frames],
                "last_id": ids[-1].decode() if ids else before,
            }
        )

    def _end(self) -> None:
        self._mailbox.close()

    def _is_busy(self) -> bool:
        """Whether an answer is in progress in one of the streams."""
        return self._services.live_runs.in_progress(self._cursors)

    async def recheck(self) -> None:
        """Validate the token again; end the feed if it is no longer valid."""
        try:
            await delegation.reauthenticate(self._services, self._caller)
        # The right to stay is unknown while the database is away: whoever asked asks again.
        except DatabaseUnavailable:
            raise
        except BasicChatError:
            self._outbox.shut()
            self._end()

    def close(self) -> None:
        """Unsubscribe, and release the connection slot of the address."""
        if self._address is not None:
            self._services.request_limits.release_connection(self._address)
            self._address = None
        self._context.feeds.pop(self._end, None)
        self._services.access_revocation.remove(self._user_id, self)
        self._outbox.shut()
        if self._caller.subscriber is not None:
            self._services.hub.unsubscribe_all(self._caller.subscriber)


def _data(frame: bytes) -> bytes:
    return frame.rpartition(b"data: ")[2].rstrip(b"\n")


def _parse_ids(last_ids: list[str]) -> dict[str, Position]:
    cursors = {}
    for entry in filter(None, ",".join(last_ids).split(",")):
        epoch, _, seq = entry.strip().partition(":")
        if not epoch or not seq.isdecimal() or len(seq) > 18:
            raise InvalidInput(
                "Last-Event-ID is malformed",
                field="last_event_id",
                hint="Send epoch:seq, or several of them separated by commas.",
            )
        cursors[epoch] = Position(epoch=epoch, seq=int(seq))
    return cursors
