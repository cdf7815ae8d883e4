"""What the server asks a client, until it is answered (sampling, elicitation, roots, ping)."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from mcp.shared.dispatcher import CallOptions, ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INTERNAL_ERROR, REQUEST_TIMEOUT

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Reply

# A person may have to be asked; nobody is waited for longer.
ANSWER_SECONDS = 600.0
CLOSED = Reply(0, error={"code": CONNECTION_CLOSED, "message": "Connection closed"})


Send = Callable[[bytes], None]


class _PendingRequest:
    """One of them."""

    __slots__ = ("answer", "on_progress")

    def __init__(self, on_progress: ProgressFnT | None) -> None:
        self.answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.on_progress = on_progress


class OutgoingRequests:
    """All open questions of one connection."""

    def __init__(self) -> None:
        self._open: dict[Id, _PendingRequest] = {}
        self._ids = count(1)
        self._lost = False

    async def ask(
        self, send: Send, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None
    ) -> dict[str, Any]:
        """Ask something and wait for the answer.

        Args:
            send: sends a frame; never waits.
            opts: `timeout` in seconds, `on_progress`; see the SDK.

        Raises:
            MCPError: the client answered with an error, or not in time, or is gone.
        """
        opts = opts or {}
        if self._lost:
            raise _error(CLOSED.error or {})
        number = next(self._ids)
        pending = self._open[number] = _PendingRequest(opts.get("on_progress"))
        send(frames.encode_request(number, method, _told(params, pending, number)))
        try:
            async with asyncio.timeout(opts.get("timeout") or ANSWER_SECONDS):
                reply = await pending.answer
        except TimeoutError:
            self._take_back(number, opts, send)
            raise MCPError(REQUEST_TIMEOUT, f"Request {method!r} timed out") from None
        except asyncio.CancelledError:
            self._take_back(number, opts, send)
            raise
        finally:
            del self._open[number]
        if reply.error is not None:
            raise _error(reply.error)
        return reply.result or {}

    def _take_back(self, number: Id, opts: CallOptions, send: Send) -> None:
        if opts.get("cancel_on_abandon", True) and not self._lost:
            told = {"requestId": number, "reason": "no longer waited for"}
            send(frames.encode_notification("notifications/cancelled", told))

    def settle(self, reply: Reply) -> None:
        """Take an answer; one that nobody waits for any more is none."""
        pending = self._open.get(reply.id)
        if pending is not None and not pending.answer.done():
            pending.answer.set_result(reply)

    async def progressed(self, params: Mapping[str, Any]) -> None:
        """Pass on progress that the client reports, if somebody wants it."""
        token, progress = params.get("progressToken"), params.get("progress")
        pending = self._open.get(token) if isinstance(token, int | str) else None
        if pending is None or pending.on_progress is None:
            return
        if isinstance(progress, int | float):
            total, message = params.get("total"), params.get("message")
            await pending.on_progress(
                float(progress),
                float(total) if isinstance(total, int | float) else None,
                message if isinstance(message, str) else None,
            )

    def lost(self) -> None:
        """The client is gone: nothing will be answered."""
        self._lost = True
        for number in tuple(self._open):
            self.settle(Reply(number, error=CLOSED.error))


def _told(
    params: Mapping[str, Any] | None, pending: _PendingRequest, number: int
) -> dict[str, Any] | None:
    """The parameters, with the question's number as the token of its progress."""
    if pending.on_progress is None:
        return dict(params) if params else None
    told = dict(params or {})
    return {**told, "_meta": {**(told.get("_meta") or {}), "progressToken": number}}


def _error(error: Mapping[str, Any]) -> MCPError:
    code, message = error.get("code"), error.get("message")
    return MCPError(
        code if isinstance(code, int) else INTERNAL_ERROR,
        message if isinstance(message, str) else "The client answered with an error",
        error.get("data"),
    )
