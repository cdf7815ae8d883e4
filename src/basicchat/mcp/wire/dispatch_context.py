"""One message of a client, as its handler sees it: our `DispatchContext` of the SDK."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

import anyio
from mcp.shared.dispatcher import CallOptions, DispatchContext
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from basicchat.protocol.jsonrpc import encode_batch

Params = Mapping[str, Any] | None
RequestId = int | str


class Channel(Protocol):
    """Takes the answer to a request, and what is sent while it is served: a connection, or a POST.

    Attributes:
        metadata: holds the authenticated caller; see `features/sdk_context.py`.
        two_way: describes the channel to handlers that may send requests to the client.
        one_way: describes it to those that may not.
    """

    metadata: ServerMessageMetadata
    two_way: TransportContext
    one_way: TransportContext

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send the client a request and wait for its response."""
        ...

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Send the client a notification."""
        ...

    def end(self, frame: bytes) -> None:
        """Send the answer; the frame is empty if the client cancelled the request."""
        ...


class FrameDispatchContext(DispatchContext[TransportContext]):
    """A request until it is answered, or a notification.

    Attributes:
        may_send_requests: the handler may send requests to the client; false since 2026-07-28,
            where servers send none (basic/transports).
        task: runs the handler.
    """

    __slots__ = (
        "_cancelled",
        "_channel",
        "_id",
        "_open",
        "_started",
        "_token",
        "may_send_requests",
        "task",
    )

    def __init__(self, channel: Channel, request_id: RequestId | None, params: Params) -> None:
        self._channel = channel
        self._id = request_id
        self._token = progress_token_from_params(params) if request_id is not None else None
        self._open = True
        self._started = False
        self._cancelled: anyio.Event | None = None
        self.may_send_requests = True
        self.task: asyncio.Task[None] | None = None

    @property
    def request_id(self) -> RequestId | None:
        """The request's id; None for a notification."""
        return self._id

    @property
    def transport(self) -> TransportContext:
        """Describes the transport to the handler."""
        return self._channel.two_way if self.may_send_requests else self._channel.one_way

    @property
    def message_metadata(self) -> ServerMessageMetadata:
        """The authenticated caller; see `features/sdk_context.py`."""
        return self._channel.metadata

    @property
    def can_send_request(self) -> bool:
        """Whether the handler may send a request to the client now."""
        return self.may_send_requests and self._open

    @property
    def cancel_requested(self) -> anyio.Event:
        """Set when the client cancels the request."""
        if self._cancelled is None:
            self._cancelled = anyio.Event()
        return self._cancelled

    @property
    def open(self) -> bool:
        """Whether it is neither answered nor cancelled."""
        return self._open

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send the client a request and wait for its response. Raises MCPError."""
        if not self.can_send_request:
            raise NoBackChannelError(method)
        return await self._channel.send_raw_request(method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Send the client a notification; nothing is sent after the answer."""
        if self._open:
            await self._channel.notify(method, params)

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Send a progress notification, if the client asked for them."""
        if self._token is None:
            return
        params: dict[str, Any] = {"progressToken": self._token, "progress": progress}
        if total is not None:
            params["total"] = total
        if message is not None:
            params["message"] = message
        await self.notify("notifications/progress", params)

    def start(self) -> bool:
        """Mark the handler as started; false if the request was cancelled before."""
        self._started = True
        return self._open

    def cancel(self) -> None:
        """Cancel the handler; nothing more is sent."""
        self._open = False
        self.cancel_requested.set()
        # A task that is cancelled before its first step would not run its cleanup.
        if self.task is not None and self._started:
            self.task.cancel()

    def close(self) -> bool:
        """Mark the request as answered; false if it was cancelled before."""
        was_open, self._open = self._open, False
        return was_open


class BatchReply:
    """Collects the answers to a batch, and sends them as one array (JSON-RPC 2.0, 6).

    Implements `Channel`.

    Args:
        channel: takes the array.
        expected: how many of its messages are answered; cancelled ones count.
    """

    def __init__(self, channel: Channel, expected: int) -> None:
        self._channel = channel
        self._left = expected
        self._answers: list[bytes] = []
        self.dispatches: list[FrameDispatchContext] = []
        self.metadata = channel.metadata
        self.two_way, self.one_way = channel.two_way, channel.one_way

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send the client a request, for one of the batch."""
        return await self._channel.send_raw_request(method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Send the client a notification, for one of the batch."""
        await self._channel.notify(method, params)

    def end(self, frame: bytes) -> None:
        """Add an answer; the last one sends them all."""
        self._left -= 1
        if frame:
            self._answers.append(frame)
        if not self._left:
            self._channel.end(encode_batch(self._answers) if self._answers else b"")

    def cancel(self) -> None:
        """Cancel those that are not answered yet."""
        for dispatch in self.dispatches:
            dispatch.cancel()
