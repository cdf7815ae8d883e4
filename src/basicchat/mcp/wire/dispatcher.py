"""Dispatches the messages of one connection to the SDK's handlers, as its `Dispatcher`.

Theory of operation
-------------------
Below is a transport, which hands over frames with `received`, or messages of an HTTP request with
`take`, and takes frames to send (`FrameTransport`, `Channel`). Above are the two handlers that
`negotiation.py` binds. The SDK's own dispatcher moves each message through memory streams and twice
through pydantic, which more than doubles the cost of a call; this one decodes a frame once
(`frames.py`) and starts a task for it.

Invariants:
- Neither `received` nor `take` waits or raises. What a handler raises becomes an error response.
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
`FrameDispatchContext`; and the requests that the server has sent to the client in
`OutgoingRequests`. A batch is a channel of its own (`BatchReply`), which collects the answers of
its parts.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, Protocol

import anyio
import anyio.abc
import structlog
from mcp.shared.dispatcher import CallOptions, Dispatcher, OnNotifyIntercept
from mcp.shared.jsonrpc_dispatcher import (
    cancelled_request_id_from_params,
    handler_exception_to_error_data,
)
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types import INTERNAL_ERROR, ErrorData

from basicchat.api.calls import Caller
from basicchat.domain.errors import RateLimited
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.features.results import Result
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatch_context import BatchReply, Channel, FrameDispatchContext, Params
from basicchat.mcp.wire.frames import Batch, Broken, Id, Message, Notification, Reply, Request
from basicchat.mcp.wire.outgoing_requests import OutgoingRequests

log = structlog.get_logger(__name__)
# A handler that only notifies would never let anybody else have the loop.
NOTES_AT_ONCE = 64

RequestHandler = Callable[[Any, str, Params], Awaitable[Result]]
NotificationHandler = Callable[[Any, str, Params], Awaitable[None]]


class FrameTransport(Protocol):
    """How frames go out, and how much one client may use."""

    @property
    def max_in_flight(self) -> int:
        """How many requests may be unanswered."""
        ...

    def send(self, frame: bytes) -> None:
        """Send a frame; never waits."""
        ...

    async def room(self) -> None:
        """Wait until the client has read enough of what was sent."""
        ...

    def begin(self) -> bool:
        """Take a place for a request in flight; false if there is none."""
        ...

    def done(self) -> None:
        """Give a place back."""
        ...

    def spawn(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that the server owns."""
        ...


class FrameDispatcher(Dispatcher[TransportContext]):
    """Implements the SDK's `Dispatcher` over frames.

    Args:
        transport: where frames go.
        caller: whose requests these are.
        kind: names the transport to handlers.
    """

    def __init__(self, transport: FrameTransport, caller: Caller, kind: str) -> None:
        self._transport = transport
        self._outgoing = OutgoingRequests()
        # Whether the revision that was agreed upon has batches.
        self.batches = False
        self.metadata = ServerMessageMetadata(request_context=caller)
        self.asking = TransportContext(kind=kind, can_send_request=True)
        self.silent = TransportContext(kind=kind, can_send_request=False)
        self._in_flight: dict[Id, FrameDispatchContext] = {}
        self._notes = 0
        self._on_request: RequestHandler | None = None
        self._on_notification: NotificationHandler | None = None
        # Frames behind an `initialize` that is being answered; they may depend on it.
        self._held: list[bytes | str] | None = None
        self._gone = asyncio.Event()

    def bind(self, on_request: RequestHandler, on_notification: NotificationHandler) -> None:
        """Say who serves what comes."""
        self._on_request, self._on_notification = on_request, on_notification

    async def run(
        self,
        on_request: RequestHandler,
        on_notify: NotificationHandler,
        on_notify_intercept: OnNotifyIntercept | None = None,
        *,
        task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until the connection is lost; see the SDK. A server intercepts nothing."""
        self.bind(on_request, on_notify)
        task_status.started()
        await self._gone.wait()

    def received(self, data: bytes | str) -> None:
        """Take a frame; never waits, never raises."""
        if self._held is not None:
            self._hold(data, self._held)
            return
        self.take(frames.decode(data), self)

    def take(self, message: Message, channel: Channel) -> FrameDispatchContext | BatchReply | None:
        """Take a message; never waits, never raises.

        Args:
            channel: what it came by, which its answer goes back by.

        Returns: what it began, if it is a request that is let in.
        """
        if isinstance(message, Request):
            return self._take(message, channel)
        if isinstance(message, Notification):
            self._take_notification(message, channel)
        elif isinstance(message, Reply):
            self._outgoing.settle(message)
        elif isinstance(message, Batch) and self.batches:
            return self._take_batch(message, channel)
        elif isinstance(message, Broken):
            channel.end(frames.encode_error(message.id, message.code, message.message))
        return None

    def _take_batch(self, batch: Batch, channel: Channel) -> BatchReply | None:
        parts = batch.parts(self._transport.max_in_flight)
        answers = sum(isinstance(part, Request | Broken) for part in parts)
        reply = BatchReply(channel, answers)
        for part in parts:
            begun = self.take(part, reply)
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

    def _take(self, request: Request, channel: Channel) -> FrameDispatchContext | None:
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
        told = protocol_error(
            RateLimited(
                f"{limit} requests are in flight on this connection already",
                retry_after_ms=100,
                hint="Wait for replies before sending more.",
            )
        ).error
        channel.end(frames.encode_error(request.id, told.code, told.message, told.data))

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

    def _take_notification(self, message: Notification, channel: Channel) -> None:
        if message.method == "notifications/cancelled":
            number = cancelled_request_id_from_params(message.params)
            dispatch = None if number is None else self._in_flight.get(number)
            if dispatch is not None:
                dispatch.cancel()
        # Nobody waits for a notification: one too many is dropped.
        elif self._transport.begin():
            self._transport.spawn(self._listen(message.method, message.params, channel))

    async def _listen(self, method: str, params: Params, channel: Channel) -> None:
        assert self._on_notification is not None
        try:
            if method == "notifications/progress":
                await self._outgoing.progressed(params or {})
            else:
                await self._on_notification(
                    FrameDispatchContext(channel, None, None), method, params
                )
        except Exception as error:
            log.error("mcp_notification_failed", method=method[:100], exc_info=error)
        finally:
            self._transport.done()

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client something and wait for the answer; see `OutgoingRequests`."""
        return await self.ask(self._transport.send, method, params, opts)

    async def ask(
        self,
        send: Callable[[bytes], None],
        method: str,
        params: Params,
        opts: CallOptions | None = None,
    ) -> dict[str, Any]:
        """Ask by a way of its own; see `OutgoingRequests`."""
        return await self._outgoing.ask(send, method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Tell the client something; waits while it does not keep up."""
        if self._gone.is_set():
            return
        self._transport.send(frames.encode_notification(method, params))
        self._notes += 1
        if self._notes % NOTES_AT_ONCE == 0:
            await asyncio.sleep(0)
        await self._transport.room()

    def end(self, frame: bytes) -> None:
        """Send an answer, if there is one."""
        if frame:
            self._transport.send(frame)

    def lost(self) -> None:
        """The connection is gone: nobody waits for what is being done."""
        self._gone.set()
        self._held = None
        for dispatch in tuple(self._in_flight.values()):
            dispatch.cancel()
        self._outgoing.lost()


class EncodedReply(NamedTuple):
    """What a request is answered with: no frame if the client gave it up.

    Attributes:
        code: of the error, if it is one.
    """

    frame: bytes = b""
    code: int | None = None


async def run_handler(
    dispatch: FrameDispatchContext, request: Request, on_request: RequestHandler
) -> EncodedReply:
    """Have a request served; whatever its handler raises becomes an answer."""
    try:
        if not dispatch.start():
            return EncodedReply()
        result = await on_request(dispatch, request.method, request.params)
        return EncodedReply(frames.encode_result(request.id, result))
    except asyncio.CancelledError as error:
        if not dispatch.open:
            return EncodedReply()
        # By the server's end? If nobody cancelled this task, what it waited for was.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return _refusal(request, error)
    # The one place where what a handler raises becomes an answer.
    except Exception as error:  # noqa: BLE001
        return _refusal(request, error)


def _refusal(request: Request, error: BaseException) -> EncodedReply:
    told = _told(error)
    frame = frames.encode_error(request.id, told.code, told.message, told.data)
    return EncodedReply(frame, told.code)


def _told(error: BaseException) -> ErrorData:
    told = handler_exception_to_error_data(error)
    if told is None:
        log.error("mcp_request_failed", exc_info=error)
        told = ErrorData(code=INTERNAL_ERROR, message="Internal server error")
    return told
