"""One request or notification of a client, as its handler sees it: the SDK's `DispatchContext`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import anyio
from mcp.server.connection import Connection
from mcp.shared.dispatcher import CallOptions, DispatchContext
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.jsonrpc_dispatcher import progress_token_from_params
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from basicchat.mcp.features.results import ToolResult
from basicchat.mcp.wire.frames import Id
from basicchat.protocol.jsonrpc import encode_batch

Params = Mapping[str, Any] | None


class Channel(Protocol):
    """What a request came by: a connection, or a POST."""

    metadata: ServerMessageMetadata
    asking: TransportContext
    silent: TransportContext

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client."""
        ...

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Tell the client."""
        ...

    def end(self, frame: bytes) -> None:
        """Send the answer; nothing if the client gave the request up."""
        ...


class FastPath(Protocol):
    """Answers the requests that can do without the SDK's models."""

    async def answer(
        self,
        dispatch: "FrameDispatchContext",
        method: str,
        params: Params,
        version: str,
        connection: Callable[[], Connection],
    ) -> ToolResult | None:
        """The result of a request; None if the SDK has to serve it."""
        ...


class FrameDispatchContext(DispatchContext[TransportContext]):
    """A request until it is answered, or a notification.

    Attributes:
        may_ask: the client may be asked something; not in the era of 2026, in which servers send
            no requests (MCP 2026-07-28, basic/transports).
        task: what answers it.
    """

    __slots__ = ("_cancelled", "_channel", "_id", "_open", "_started", "_token", "may_ask", "task")

    def __init__(self, channel: Channel, request_id: Id | None, params: Params) -> None:
        self._channel = channel
        self._id = request_id
        self._token = progress_token_from_params(params) if request_id is not None else None
        self._open = True
        self._started = False
        self._cancelled: anyio.Event | None = None
        self.may_ask = True
        self.task: asyncio.Task[None] | None = None

    @property
    def request_id(self) -> Id | None:
        """The request's id, none for a notification."""
        return self._id

    @property
    def transport(self) -> TransportContext:
        """What carries it."""
        return self._channel.asking if self.may_ask else self._channel.silent

    @property
    def message_metadata(self) -> ServerMessageMetadata:
        """Who asks; see `actors`."""
        return self._channel.metadata

    @property
    def can_send_request(self) -> bool:
        """Whether the client may be asked something now."""
        return self.may_ask and self._open

    @property
    def cancel_requested(self) -> anyio.Event:
        """Set when the client cancels the request."""
        if self._cancelled is None:
            self._cancelled = anyio.Event()
        return self._cancelled

    @property
    def open(self) -> bool:
        """Whether something may still be sent for it."""
        return self._open

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client something and wait for the answer. Raises MCPError."""
        if not self.can_send_request:
            raise NoBackChannelError(method)
        return await self._channel.send_raw_request(method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Tell the client something; nothing after the answer."""
        if self._open:
            await self._channel.notify(method, params)

    async def progress(
        self, progress: float, total: float | None = None, message: str | None = None
    ) -> None:
        """Report progress, if the client wants it."""
        if self._token is None:
            return
        told: dict[str, Any] = {"progressToken": self._token, "progress": progress}
        if total is not None:
            told["total"] = total
        if message is not None:
            told["message"] = message
        await self.notify("notifications/progress", told)

    def start(self) -> bool:
        """Say that its handler begins; false if it was cancelled before."""
        self._started = True
        return self._open

    def cancel(self) -> None:
        """Stop the handler; nothing more is sent."""
        self._open = False
        self.cancel_requested.set()
        # A task that is cancelled before its first step would not even clean up.
        if self.task is not None and self._started:
            self.task.cancel()

    def close(self) -> bool:
        """Say that its handler is done; false if nobody waits for the answer."""
        was_open, self._open = self._open, False
        return was_open


class BatchReply:
    """The way back of a batch: one array of all answers, once there is the last (JSON-RPC 2.0, 6).

    Implements `Channel`.

    Args:
        channel: what the batch came by.
        expected: how many answers there will be; those given up are none, but count.
    """

    def __init__(self, channel: Channel, expected: int) -> None:
        self._channel = channel
        self._left = expected
        self._answers: list[bytes] = []
        self.dispatches: list[FrameDispatchContext] = []
        self.metadata = channel.metadata
        self.asking, self.silent = channel.asking, channel.silent

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Ask the client, for one of them."""
        return await self._channel.send_raw_request(method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Tell the client, for one of them."""
        await self._channel.notify(method, params)

    def end(self, frame: bytes) -> None:
        """Take an answer; send them all behind the last."""
        self._left -= 1
        if frame:
            self._answers.append(frame)
        if not self._left:
            self._channel.end(encode_batch(self._answers) if self._answers else b"")

    def cancel(self) -> None:
        """Stop what is not answered yet."""
        for dispatch in self.dispatches:
            dispatch.cancel()
