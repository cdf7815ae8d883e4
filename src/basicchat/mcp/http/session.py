"""A session of Streamable HTTP before 2026-07-28, and the streams that its messages go by."""

import secrets
from collections.abc import Callable
from functools import partial
from itertools import count

from basicchat.api import delegation
from basicchat.api.calls import Caller, Services
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.event_store import EventStore
from basicchat.mcp.http.post_channel import KIND, PostChannel
from basicchat.mcp.http.session_registry import Owner
from basicchat.mcp.http.sse_stream import SseStream
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.mcp.wire.frames import Batch, Id, Message, Request
from basicchat.mcp.wire.negotiation import ProtocolSession
from basicchat.mcp.wire.request_server import RequestServer

# After which a client whose stream broke comes again.
RETRY_MS = 1000
# Clients before that do not understand an event without data.
PRIMED_SINCE = "2025-11-25"
# A stream of events in this era ends with an answer, to a request that was given up, too.
CANCELLED = -32800
# The number of the stream for what belongs to no request.
OWN = 0


class HttpSession:
    """One client's session. Implements `FrameTransport` for what belongs to no request.

    Args:
        caller: who opened it.
        spawn: starts a task that the server owns.
        max_in_flight: how many requests may be unanswered.
        end: ends it, when its access is lost.

    Attributes:
        active_requests: how many requests are there now.
    """

    def __init__(
        self,
        requests: RequestServer,
        services: Services,
        caller: Caller,
        spawn: Spawn,
        *,
        max_in_flight: int,
        end: "Callable[[HttpSession], None]",
    ) -> None:
        self.id = secrets.token_hex(16)
        self.owner = owner_of(caller)
        self._services = services
        self._note = delegation.noted(caller.known())
        self._end = end
        self.active_requests = 0
        self.spawn = spawn
        self.max_in_flight = max_in_flight
        self._in_flight = 0
        # Every request brings its own caller: a session keeps nobody's token.
        self._dispatcher = FrameDispatcher(self, Caller(), KIND)
        self._session = ProtocolSession(requests, self._dispatcher)
        self._event_store = EventStore()
        self._own = self._stream(OWN)
        self._own.leave()
        self._posts: dict[int, PostChannel] = {}
        self._numbers = count(OWN + 1)

    @property
    def begun(self) -> bool:
        """Whether its handshake was answered well."""
        return self._session.version is not None

    def send(self, frame: bytes) -> None:
        """Send what belongs to no request; never waits."""
        self._own.send(frame)

    async def room(self) -> None:
        """Wait until the client has read enough of that."""
        await self._own.room()

    def begin(self) -> bool:
        """Take a place for a request in flight; false if there is none."""
        if self._in_flight >= self.max_in_flight:
            return False
        self._in_flight += 1
        return True

    def done(self) -> None:
        """Give a place back."""
        self._in_flight -= 1

    def _stream(self, number: int) -> SseStream:
        return SseStream(partial(self._event_store.keep, number), RETRY_MS if self.primed else None)

    @property
    def batches(self) -> bool:
        """Whether its client may send several messages in one."""
        return self._dispatcher.batches

    def take(self, caller: Caller, message: Message) -> PostChannel:
        """Take a message; how it is answered."""
        number = next(self._numbers)
        end = partial(self._answer, number, message.id if isinstance(message, Request) else None)
        post = PostChannel(caller, self._stream(number), end, self._dispatcher.ask)
        if isinstance(message, Request | Batch):
            self._posts[number] = post
            if self.primed:
                post.metadata.close_sse_stream = partial(_part, lambda: post.stream)
                post.metadata.close_standalone_sse_stream = partial(_part, lambda: self._own)
        post.dispatch = self._dispatcher.take(message, post)
        if post.dispatch is None:
            # It was answered already, or nothing in it asks for an answer.
            self._posts.pop(number, None)
        return post

    def _answer(self, number: int, request_id: Id | None, frame: bytes) -> None:
        post = self._posts.pop(number, None)
        if post is not None:
            if not frame:
                # As events: the SDK's client may be closing by now, and breaks then on JSON.
                post.stream.begin()
                if request_id is not None:
                    frame = frames.encode_error(request_id, CANCELLED, "Request cancelled")
            post.stream.finish(frame)

    @property
    def primed(self) -> bool:
        """Whether its client can come again to a stream that told nothing yet."""
        return (self._session.version or "") >= PRIMED_SINCE

    def listen(self) -> SseStream | None:
        """The stream of what belongs to no request; None if somebody reads it already."""
        if self._own.read:
            return None
        self._own = self._stream(OWN)
        self._own.begin()
        return self._own

    def resume(self, event_id: str) -> SseStream:
        """A stream that goes on behind an event; who read it before reads it no more."""
        missed = self._event_store.after(event_id)
        post = self._posts.get(missed.stream) if missed is not None else None
        stream = SseStream()
        if missed is not None and missed.stream == OWN:
            self._own.leave()
            stream = self._own = self._stream(OWN)
        elif missed is not None and post is not None:
            post.stream.leave()
            stream = post.stream = self._stream(missed.stream)
        else:
            # All that there is of it is told.
            stream.over = True
        stream.replay(missed.frames if missed is not None else ())
        stream.begin()
        return stream

    async def recheck(self) -> None:
        """End if whose it is has lost their access; and what was asked with a token that was
        voided, also where nobody waits for the answer any more."""
        try:
            await delegation.actor_again(self._services, self._note)
        except BasicChatError:
            self._end(self)
            return
        for post in tuple(self._posts.values()):
            try:
                await delegation.ask_again(self._services, post.caller)
            except BasicChatError:
                if post.dispatch is not None:
                    post.dispatch.cancel()

    async def close(self) -> None:
        """End all that is done for it."""
        self._dispatcher.lost()
        for stream in (self._own, *(post.stream for post in self._posts.values())):
            stream.close()
        await self._session.close()


async def _part(stream: Callable[[], SseStream]) -> None:
    stream().part()


def owner_of(caller: Caller) -> Owner:
    """Whose the sessions of a caller are."""
    actor = caller.known()
    return Owner(actor.user.id, actor.client_id or actor.key_id or "")
