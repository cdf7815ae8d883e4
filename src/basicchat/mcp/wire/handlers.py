"""Runs the handler of a request, and encodes what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp_types import INTERNAL_ERROR, ErrorData

from basicchat.mcp.features.results import Result
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params
from basicchat.mcp.wire.frames import Request

log = structlog.get_logger(__name__)
RequestHandler = Callable[[Any, str, Params], Awaitable[Result]]
NotificationHandler = Callable[[Any, str, Params], Awaitable[None]]


class EncodedReply(NamedTuple):
    """The encoded answer to a request; empty if the client cancelled it.

    Attributes:
        code: the code of an error.
    """

    frame: bytes = b""
    code: int | None = None


async def run_handler(
    dispatch: FrameDispatchContext, request: Request, on_request: RequestHandler
) -> EncodedReply:
    """Run the handler of a request; whatever it raises becomes an error response."""
    try:
        if not dispatch.start():
            return EncodedReply()
        result = await on_request(dispatch, request.method, request.params)
        return EncodedReply(frames.encode_result(request.id, result))
    except asyncio.CancelledError as error:
        if not dispatch.open:
            return EncodedReply()
        # If this task was not cancelled itself, something that it awaited was.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return _refusal(request, error)
    # The one place where exceptions of handlers become responses.
    except Exception as error:  # noqa: BLE001
        return _refusal(request, error)


def _refusal(request: Request, error: BaseException) -> EncodedReply:
    data = _error_data(error)
    frame = frames.encode_error(request.id, data.code, data.message, data.data)
    return EncodedReply(frame, data.code)


def _error_data(error: BaseException) -> ErrorData:
    data = handler_exception_to_error_data(error)
    if data is None:
        log.error("mcp_request_failed", exc_info=error)
        data = ErrorData(code=INTERNAL_ERROR, message="Internal server error")
    return data
