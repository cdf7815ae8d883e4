"""A session of Streamable HTTP before 2026-07-28, with the streams that carry its messages."""

import secrets
from collections.abc import Callable
from functools import partial
from itertools import count

from basicchat.api import delegation
from basicchat.api.calls import Caller, Services
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.event_store import EventStore
from basicchat.mcp.http.post_channel import KIND, PostChannel
from basicchat.mcp.http.session_registry import Owner
from basicchat.mcp.http.sse_stream import SseStream
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.mcp.wire.frames import Batch, Message, Request
from basicchat.mcp.wire.negotiation import ProtocolSession
from basicchat.mcp.wire.request_server import RequestServer

# When a client whose stream broke should reconnect.
RETRY_MS = 1000
# Earlier clients do not understand an event without data.
RESUMABLE_SINCE = "2025-11-25"
# The number of the stream for messages that belong to no request.
STANDALONE = 0


class HttpSession:
    """One client's session. Implements `FrameTransport` for messages that belong to no request.

    Args:
        prefix: what its id begins with.
        caller: opened the session.
        spawn: starts a task that the server owns.
        max_in_flight: how many requests may be in flight.
        end: ends the session when its user loses access.

    Attributes:
        active_requests: how many HTTP requests of the session are being served.
    """

    def __init__(
        self,
        requests: RequestServer,
        services: Services,
        caller: Caller,
        spawn: Spawn,
        *,
        prefix: str,
        max_in_flight: int,
        end: "Callable[[HttpSession], None]",
    ) -> None:
        self.id = prefix + secrets.token_hex(16)
        self.owner = owner_of(caller)
        self._services = services
        self._delegation = delegation.serialize_actor(caller.require_actor())
        self._end = end
        self.active_requests = 0
        self.spawn = spawn
        self.max_in_flight = max_in_flight
        self._in_flight = 0
        # Each request has its own caller: a session keeps no token.
        self._dispatcher = FrameDispatcher(self, Caller(), KIND)
        self._session = ProtocolSession(requests, self._dispatcher)
        self._event_store = EventStore()
        self._standalone = self._stream(STANDALONE)
        self._standalone.detach()
        self._posts: dict[int, PostChannel] = {}
        self._numbers = count(STANDALONE + 1)

    @property
    def negotiated(self) -> bool:
        """Whether its handshake has succeeded."""
        return self._session.version is not None

    def send(self, frame: bytes) -> None:
        """Send a message that belongs to no request; never waits."""
        self._standalone.send(frame)

    async def room(self) -> None:
        """Wait until the client has read enough of these messages."""
        await self._standalone.room()

    def begin(self) -> bool:
        """Reserve a place for a request in flight; false if none is free."""
        if self._in_flight >= self.max_in_flight:
            return False
        self._in_flight += 1
        return True

    def done(self) -> None:
        """Release a place."""
        self._in_flight -= 1

    def _stream(self, number: int) -> SseStream:
        return SseStream(
            partial(self._event_store.keep, number), RETRY_MS if self.resumable else None
        )

    @property
    def batches(self) -> bool:
        """Whether the negotiated revision has batches."""
        return self._dispatcher.batches

    def take(self, caller: Caller, message: Message) -> PostChannel:
        """Accept a message; returns the channel of its answer."""
        number = next(self._numbers)
        end = partial(self._answer, number)
        post = PostChannel(caller, self._stream(number), end, self._dispatcher.ask)
        if isinstance(message, Request | Batch):
            self._posts[number] = post
            if self.resumable:
                post.metadata.close_sse_stream = partial(_close_response, lambda: post.stream)
                post.metadata.close_standalone_sse_stream = partial(
                    _close_response, lambda: self._standalone
                )
        post.dispatch = self._dispatcher.accept(message, post)
        if post.dispatch is None:
            # It was answered already, or it needs no answer.
            self._posts.pop(number, None)
        return post

    def _answer(self, number: int, frame: bytes) -> None:
        post = self._posts.pop(number, None)
        if post is not None:
            if not frame:
                # The stream of a cancelled request ends without a response.
                post.stream.start_streaming()
            post.stream.finish(frame)

    @property
    def resumable(self) -> bool:
        """Whether clients can resume a stream from which they have received no message yet."""
        return (self._session.version or "") >= RESUMABLE_SINCE

    def listen(self) -> SseStream | None:
        """The stream of messages that belong to no request; None if it is already being read."""
        if self._standalone.attached:
            return None
        self._standalone = self._stream(STANDALONE)
        self._standalone.start_streaming()
        return self._standalone

    def resume(self, event_id: str) -> SseStream:
        """A stream that continues after an event; an earlier response of it ends."""
        missed = self._event_store.after(event_id)
        post = self._posts.get(missed.stream) if missed is not None else None
        stream = SseStream()
        if missed is not None and missed.stream == STANDALONE:
            self._standalone.detach()
            stream = self._standalone = self._stream(STANDALONE)
        elif missed is not None and post is not None:
            post.stream.detach()
            stream = post.stream = self._stream(missed.stream)
        else:
            # Nothing is left of the stream.
            stream.finished = True
        stream.replay(missed.frames if missed is not None else ())
        stream.start_streaming()
        return stream

    async def recheck(self) -> None:
        """End the session if its user has lost access; cancel requests whose token was revoked."""
        try:
            await delegation.restore_actor(self._services, self._delegation)
        # The right to stay is unknown while the database is away: whoever asked asks again.
        except DatabaseUnavailable:
            raise
        except BasicChatError:
            self._end(self)
            return
        for post in tuple(self._posts.values()):
            try:
                await delegation.reauthenticate(self._services, post.caller)
            except DatabaseUnavailable:
                raise
            except BasicChatError:
                if post.dispatch is not None:
                    post.dispatch.cancel()

    async def close(self) -> None:
        """End everything that belongs to the session."""
        self._dispatcher.lost()
        for stream in (self._standalone, *(post.stream for post in self._posts.values())):
            stream.close()
        await self._session.close()


async def _close_response(stream: Callable[[], SseStream]) -> None:
    stream().close_response()


def owner_of(caller: Caller) -> Owner:
    """The owner of a caller's sessions."""
    actor = caller.require_actor()
    return Owner(actor.user.id, actor.client_id or actor.key_id or "")
