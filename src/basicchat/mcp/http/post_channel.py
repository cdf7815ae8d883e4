"""The channel of one POST, which carries the answer and what is sent before it."""

from collections.abc import Awaitable, Callable
from typing import Any

from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from basicchat.api.calls import Caller
from basicchat.mcp.http.sse_stream import SseStream
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatch_context import BatchReply, FrameDispatchContext, Params

KIND = "streamable-http"
TWO_WAY = TransportContext(kind=KIND, can_send_request=True)
ONE_WAY = TransportContext(kind=KIND, can_send_request=False)
# Sends the client a request, by the function that is given, and waits for its response.
Ask = Callable[
    [Callable[[bytes], None], str, Params, CallOptions | None], Awaitable[dict[str, Any]]
]


class PostChannel:
    """Implements `Channel` for the requests of one POST.

    Args:
        end: sends the answer; see `Channel`.
        ask: sends the client a request; None if none may be sent.

    Attributes:
        caller: the authenticated caller.
        stream: carries the messages now; a client that reconnects gets a new one.
        dispatch: the request or batch, if it was accepted.
    """

    two_way = TWO_WAY
    one_way = ONE_WAY

    def __init__(
        self,
        caller: Caller,
        stream: SseStream,
        end: Callable[[bytes], None],
        ask: Ask | None = None,
    ) -> None:
        self.caller = caller
        self.stream = stream
        self.dispatch: FrameDispatchContext | BatchReply | None = None
        self.end = end
        self._ask = ask
        self.metadata = ServerMessageMetadata(request_context=caller)

    def send(self, frame: bytes) -> None:
        """Send a message; never waits."""
        self.stream.send(frame)

    async def send_raw_request(
        self, method: str, params: Params, opts: CallOptions | None = None
    ) -> dict[str, Any]:
        """Send the client a request and wait for its response."""
        if self._ask is None:
            raise NoBackChannelError(method)
        return await self._ask(self.send, method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Send the client a notification; waits while it reads too slowly."""
        self.stream.send(frames.encode_notification(method, params))
        await self.stream.room()
