"""Dispatches the messages of one connection to the SDK's handlers, as its `Dispatcher`.

Theory of operation
-------------------
Below is a transport, which hands over frames with `received`, or messages of an HTTP request with
`accept`, and takes frames to send (`FrameTransport`, `Channel`). Above are the two handlers that
`negotiation.py` binds. The SDK's own dispatcher moves each message through memory streams and twice
through pydantic, which more than doubles the cost of a call; this one decodes a frame once
(`frames.py`) and starts a task for it.

Invariants:
- Neither `received` nor `accept` waits or raises. Whatever a handler raises becomes an error
  response, in `handlers.py` alone.
- A request is answered exactly once, through the channel that it came by: with a result, an error,
  or, if it was cancelled, with an empty frame that sends nothing and still completes a batch or an
  HTTP response.
- No two requests in flight have the same id. A request takes one of the transport's places
  (`begin`, `done`) from its acceptance to its answer; without a free place it is refused, and a
  notification is dropped.
- While `initialize` is being answered, later frames are held, since the revision decides how they
  are read. No more are held than may be in flight.
- After the connection is lost nothing is sent, every handler is cancelled, and every request to the
  client fails.

State is kept in three places: the requests in flight here, by id; the life of each one in its
`FrameDispatchContext` (accepted, started, closed or cancelled); and the requests that the server
has sent to the client in `OutgoingRequests`. A batch is a channel of its own (`BatchReply`), which
collects the answers of its parts.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import anyio
import anyio.abc
import structlog
from mcp.shared.dispatcher import CallOptions, Dispatcher, OnNotifyIntercept
from mcp.shared.jsonrpc_dispatcher import cancelled_request_id_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from basicchat.api.calls import Caller
from basicchat.domain.errors import RateLimited
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatch_context import BatchReply, Channel, FrameDispatchContext, Params
from basicchat.mcp.wire.frames import Batch, Broken, Id, Message, Notification, Reply, Request
from basicchat.mcp.wire.handlers import (
    EncodedReply,
    NotificationHandler,
    RequestHandler,
    run_handler,
)
from basicchat.mcp.wire.outgoing_requests import OutgoingRequests

log = structlog.get_logger(__name__)
# After so many notifications a handler yields, since one that only notifies would never do so.
NOTIFICATIONS_PER_YIELD = 64


class FrameTransport(Protocol):
    """Sends frames to one client, and limits what it may use."""

    @property
    def max_in_flight(self) -> int:
        """How many requests may be in flight."""
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame; never waits."""
        ...

    async def room(self) -> None:
        """Wait until the client has read enough of what was sent to it."""
        ...

    def begin(self) -> bool:
        """Reserve a place for a request in flight; false if none is free."""
        ...

    def done(self) -> None:
        """Release a place."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that the server owns."""
        ...


class FrameDispatcher(Dispatcher[TransportContext]):
    """Implements the SDK's `Dispatcher` over frames.

    Args:
        transport: sends the frames.
        caller: the authenticated caller, for requests whose channel has none of its own.
        kind: the transport's name, for handlers.

    Attributes:
        batches: the negotiated revision has batches.
    """

    def __init__(self, transport: FrameTransport, caller: Caller, kind: str) -> None:
        self._transport = transport
        self._outgoing = OutgoingRequests()
        self.batches = False
        self.metadata = ServerMessageMetadata(request_context=caller)
        self.two_way = TransportContext(kind=kind, can_send_request=True)
        self.one_way = TransportContext(kind=kind, can_send_request=False)
        self._in_flight: dict[Id, FrameDispatchContext] = {}
        self._notified = 0
        self._on_request: RequestHandler | None = None
        self._on_notification: NotificationHandler | None = None
        # Frames that came after an `initialize` that is not answered yet.
        self._held: list[bytes | str] | None = None
        self._closed = asyncio.Event()

    def bind(self, on_request: RequestHandler, on_notification: NotificationHandler) -> None:
        """Set the handlers; called once, before the first frame."""
        self._on_request, self._on_notification = on_request, on_notification

    async def run(
        self,
        on_request: RequestHandler,
        on_notify: NotificationHandler,
        on_notify_intercept: OnNotifyIntercept | None = None,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Run until the connection is lost; see the SDK. A server intercepts no notifications."""
        self.bind(on_request, on_notify)
        task_status.started()
        await self._closed.wait()

    def received(self, data: bytes | str) -> None:
        """Accept a frame of the connection; never waits or raises."""
        if self._held is not None:
            self._hold(data, self._held)
            return
        self.accept(frames.decode(data), self)

    def accept(
        self, message: Message, channel: Channel
    ) -> FrameDispatchContext | BatchReply | None:
        """Accept a message; never waits or raises.

        Args:
            channel: takes the answer.

        Returns: the request or batch, if it was accepted and will be answered.
        """
        if isinstance(message, Request):
            return self._start_request(message, channel)
        if isinstance(message, Notification):
            self._start_notification(message, channel)
        elif isinstance(message, Reply):
            self._outgoing.settle(message)
        elif isinstance(message, Batch) and self.batches:
            return self._start_batch(message, channel)
        elif isinstance(message, Broken):
            channel.end(frames.encode_error(message.id, message.code, message.message))
        return None

    def _start_batch(self, batch: Batch, channel: Channel) -> BatchReply | None:
        parts = batch.parts(self._transport.max_in_flight)
        answers = sum(isinstance(part, Request | Broken) for part in parts)
        reply = BatchReply(channel, answers)
        for part in parts:
            begun = self.accept(part, reply)
            if isinstance(begun, FrameDispatchContext):
                reply.dispatches.append(begun)
        return reply if answers else None

    def _hold(self, data: bytes | str, held: list[bytes | str]) -> None:
        if len(held) < self._transport.max_in_flight:
            held.append(data)
            return
        message = frames.decode(data)
        if isinstance(message, Request):
            self._refuse(message, self)

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for data in held:
            self.received(data)

    def _start_request(self, request: Request, channel: Channel) -> FrameDispatchContext | None:
        if request.id in self._in_flight:
            fault = "Invalid request: a request with this id is still in flight"
            channel.end(frames.encode_error(None, frames.INVALID_REQUEST, fault))
            return None
        if not self._transport.begin():
            self._refuse(request, channel)
            return None
        dispatch = FrameDispatchContext(channel, request.id, request.params)
        self._in_flight[request.id] = dispatch
        if request.method == "initialize":
            self._held = []
        dispatch.task = self._transport.spawn(self._answer(dispatch, request, channel))
        return dispatch

    def _refuse(self, request: Request, channel: Channel) -> None:
        limit = self._transport.max_in_flight
        error = protocol_error(
            RateLimited(
                f"{limit} requests are already in flight on this connection",
                retry_after_ms=100,
                hint="Wait for replies before sending more.",
                reason="too_many_in_flight",
                params={"max_requests": limit},
            )
        ).error
        channel.end(frames.encode_error(request.id, error.code, error.message, error.data))

    async def _answer(
        self, dispatch: FrameDispatchContext, request: Request, channel: Channel
    ) -> None:
        assert self._on_request is not None
        answer = EncodedReply()
        try:
            answer = await run_handler(dispatch, request, self._on_request)
        finally:
            del self._in_flight[request.id]
            self._transport.done()
            channel.end(answer.frame if dispatch.close() else b"")
        if request.method == "initialize":
            self._release()

    def _start_notification(self, message: Notification, channel: Channel) -> None:
        if message.method == "notifications/cancelled":
            number = cancelled_request_id_from_params(message.params)
            dispatch = None if number is None else self._in_flight.get(number)
            if dispatch is not None:
                dispatch.cancel()
        # Notifications are not answered, so one over the limit can only be dropped.
        elif self._transport.begin():
            self._transport.spawn(
                self._handle_notification(message.method, message.params, channel)
            )

    async def _handle_notification(self, method: str, params: Params, channel: Channel) -> None:
        assert self._on_notification is not None
        try:
            if method == "notifications/progress":
                await self._outgoing.progressed(params or {})
            else:
                await self._on_notification(
                    FrameDispatchContext(channel, None, None), method, params
                )
        # Notifications are not answered, so the log alone can tell of a fault.
        except Exception as error:
            log.error("mcp_notification_failed", method=method[:100], exc_info=error)
        finally:
            self._transport.done()

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send the client a request and wait for its response; see `OutgoingRequests`."""
        return await self.ask(self._transport.send, method, params, opts)

    async def ask(
        self,
        send: Callable[[bytes], None],
        method: str,
        params: Params,
        opts: CallOptions | None = None,
    ) -> dict[str, Any]:
        """Send the client a request by another function than the transport's."""
        return await self._outgoing.ask(send, method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Send a notification; waits while the client reads too slowly."""
        if self._closed.is_set():
            return
        self._transport.send(frames.encode_notification(method, params))
        self._notified += 1
        if self._notified % NOTIFICATIONS_PER_YIELD == 0:
            await asyncio.sleep(0)
        await self._transport.room()

    def end(self, frame: bytes) -> None:
        """Send an answer; an empty frame sends nothing."""
        if frame:
            self._transport.send(frame)

    def lost(self) -> None:
        """End everything, since the connection is lost."""
        self._closed.set()
        self._held = None
        for dispatch in tuple(self._in_flight.values()):
            dispatch.cancel()
        self._outgoing.lost()
