"""Requests of the server to a client (sampling, elicitation, roots, ping) and their responses."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from mcp.shared.dispatcher import CallOptions, ProgressFnT
from mcp.shared.exceptions import MCPError
from mcp_types import CONNECTION_CLOSED, INTERNAL_ERROR, REQUEST_TIMEOUT

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Id, Reply

# Long, because the client may have to ask its user.
CLIENT_ANSWER_SECONDS = 600.0
CLOSED = Reply(0, error={"code": CONNECTION_CLOSED, "message": "Connection closed"})
Send = Callable[[bytes], None]


class _PendingRequest:
    """A request that waits for its response."""

    __slots__ = ("answer", "on_progress")

    def __init__(self, on_progress: ProgressFnT | None) -> None:
        self.answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self.on_progress = on_progress


class OutgoingRequests:
    """The unanswered requests to one client."""

    def __init__(self) -> None:
        self._open: dict[Id, _PendingRequest] = {}
        self._ids = count(1)
        self._lost = False

    async def ask(
        self, send: Send, method: str, params: Mapping[str, Any] | None, opts: CallOptions | None
    ) -> dict[str, Any]:
        """Send a request and wait for its response.

        Args:
            send: sends a frame; never waits.
            opts: `timeout` in seconds, `on_progress`; see the SDK.

        Raises:
            MCPError: the client answered with an error, or not in time, or the connection is lost.
        """
        opts = opts or {}
        if self._lost:
            raise _error(CLOSED.error or {})
        number = next(self._ids)
        pending = self._open[number] = _PendingRequest(opts.get("on_progress"))
        send(frames.encode_request(number, method, _with_progress_token(params, pending, number)))
        try:
            async with asyncio.timeout(opts.get("timeout") or CLIENT_ANSWER_SECONDS):
                reply = await pending.answer
        except TimeoutError:
            self._withdraw(number, opts, send)
            raise MCPError(REQUEST_TIMEOUT, f"Request {method!r} timed out") from None
        except asyncio.CancelledError:
            self._withdraw(number, opts, send)
            raise
        finally:
            del self._open[number]
        if reply.error is not None:
            raise _error(reply.error)
        return reply.result or {}

    def _withdraw(self, number: Id, opts: CallOptions, send: Send) -> None:
        if opts.get("cancel_on_abandon", True) and not self._lost:
            params = {"requestId": number, "reason": "The server no longer waits for it"}
            send(frames.encode_notification("notifications/cancelled", params))

    def settle(self, reply: Reply) -> None:
        """Take a response; one that nobody waits for any more is ignored."""
        pending = self._open.get(reply.id)
        if pending is not None and not pending.answer.done():
            pending.answer.set_result(reply)

    async def progressed(self, params: Mapping[str, Any]) -> None:
        """Pass the client's progress on to the handler that waits for the response."""
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
        """Fail all requests, since the connection is lost."""
        self._lost = True
        for number in tuple(self._open):
            self.settle(Reply(number, error=CLOSED.error))


def _with_progress_token(
    params: Mapping[str, Any] | None, pending: _PendingRequest, number: int
) -> dict[str, Any] | None:
    """The parameters of a request, with its id as progress token if progress is wanted."""
    if pending.on_progress is None:
        return dict(params) if params else None
    given = dict(params or {})
    return {**given, "_meta": {**(given.get("_meta") or {}), "progressToken": number}}


def _error(error: Mapping[str, Any]) -> MCPError:
    code, message = error.get("code"), error.get("message")
    return MCPError(
        code if isinstance(code, int) else INTERNAL_ERROR,
        message if isinstance(message, str) else "The client answered with an error",
        error.get("data"),
    )
