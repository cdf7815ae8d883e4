"""One POST, as what belongs to its request sees it: the `Channel` of an exchange."""

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
ASKING = TransportContext(kind=KIND, can_send_request=True)
SILENT = TransportContext(kind=KIND, can_send_request=False)
# Asks the client something by a way of sending, and waits for the answer.
Ask = Callable[
    [Callable[[bytes], None], str, Params, CallOptions | None], Awaitable[dict[str, Any]]
]


class PostChannel:
    """A request's way back.

    Args:
        end: sends the answer; see `Channel`.
        ask: asks the client; None if it cannot be asked.

    Attributes:
        caller: whose request it is.
        stream: what is on its way now; a client that comes again gets another.
        dispatch: what is being answered, if it was let in.
    """

    asking = ASKING
    silent = SILENT

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
        """Ask the client."""
        if self._ask is None:
            raise NoBackChannelError(method)
        return await self._ask(self.send, method, params, opts)

    async def notify(self, method: str, params: Params, opts: CallOptions | None = None) -> None:
        """Tell the client; waits while it does not keep up."""
        self.stream.send(frames.encode_notification(method, params))
        await self.stream.room()
