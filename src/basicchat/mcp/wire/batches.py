"""Several messages in one, as the revision 2025-03-26 has them, and no other."""

from typing import Any

from mcp.shared.dispatcher import CallOptions

from basicchat.mcp.wire.dispatch_context import Channel, FrameDispatchContext, Params


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
            self._channel.end(b"[%b]" % b",".join(self._answers) if self._answers else b"")

    def cancel(self) -> None:
        """Stop what is not answered yet."""
        for dispatch in self.dispatches:
            dispatch.cancel()
