"""Streamable HTTP since 2026-07-28: every POST stands alone."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from mcp.server.connection import NotifyOnlyOutbound
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    decode_header_value,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
    validate_mcp_param_headers,
    x_mcp_header_map,
)
from mcp_types import HEADER_MISMATCH

from basicchat.api.calls import Caller
from basicchat.domain.ports import Spawn
from basicchat.mcp.features.results import Result
from basicchat.mcp.http.post_channel import PostChannel
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import PING_SECONDS, Refusal, Response
from basicchat.mcp.http.sse_stream import SseStream
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params
from basicchat.mcp.wire.frames import Notification, Request
from basicchat.mcp.wire.handlers import run_handler
from basicchat.mcp.wire.request_server import RequestServer

# Requests of the tasks extension put the task id into the `mcp-name` header (SEP-2663).
TASK_METHODS = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})


class StatelessHttp:
    """Serves requests without sessions."""

    def __init__(self, requests: RequestServer, spawn: Spawn) -> None:
        self._requests = requests
        self._spawn = spawn
        # By tool, whether headers repeat some of its arguments.
        self._has_header_arguments: dict[str, bool] = {}

    async def serve(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        """Serve one request.

        Raises:
            Refusal: it is not a valid request.
        """
        if request.method != "POST":
            raise Refusal(405, frames.INVALID_REQUEST, "POST requests here", {"allow": "POST"})
        request.expect_accepts()
        message = frames.decode(request.body)
        if isinstance(message, Notification):
            await self._accept_notification(request, response)
        elif isinstance(message, Request):
            await self._answer(caller, message, request, response)
        else:
            raise request.broken(message)

    async def _accept_notification(self, request: HttpRequest, response: Response) -> None:
        """Accept a notification; this revision has none that the server acts upon."""
        version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER, "")
        wrong = unsupported_protocol_version_rejection(version)
        if wrong is not None:
            await response.json(
                frames.encode_error(None, wrong.code, wrong.message, wrong.data), 400
            )
        else:
            await response.json(b"", 202)

    async def _answer(
        self, caller: Caller, message: Request, request: HttpRequest, response: Response
    ) -> None:
        stream = SseStream()
        post = PostChannel(caller, stream, stream.finish)
        dispatch = FrameDispatchContext(post, message.id, message.params)
        dispatch.may_send_requests = False
        dispatch.task = self._spawn(self._run(dispatch, message, post, request))
        try:
            await response.deliver(stream, dispatch.cancel, first_message_seconds=PING_SECONDS)
        finally:
            # The client disconnected, its access was revoked, or the server stops.
            if not stream.finished:
                dispatch.cancel()

    async def _run(
        self,
        dispatch: FrameDispatchContext,
        message: Request,
        post: PostChannel,
        request: HttpRequest,
    ) -> None:
        serve = partial(self._serve, post, request)
        answer = await run_handler(dispatch, message, serve)
        status = 200 if answer.code is None else ERROR_CODE_HTTP_STATUS.get(answer.code, 200)
        dispatch.close()
        post.stream.finish(answer.frame, status)

    async def _serve(
        self,
        post: PostChannel,
        request: HttpRequest,
        dispatch: FrameDispatchContext,
        method: str,
        params: Params,
    ) -> Result:
        self._check(request, method, params or {})
        outbound = NotifyOnlyOutbound(post)
        return await self._requests.serve(dispatch, method, params, outbound, request.headers)

    def _check(self, request: HttpRequest, method: str, params: Mapping[str, Any]) -> None:
        """Check that the headers, by which load balancers route, match the body (SEP-2243).

        Raises:
            MCPError: they contradict each other.
        """
        twice = find_duplicated_routing_header(request.pairs)
        if twice is not None:
            raise MCPError(HEADER_MISMATCH, f"{twice} header appears more than once")
        if method in TASK_METHODS:
            named = request.headers.get(MCP_NAME_HEADER)
            if named is not None and decode_header_value(named) != params.get("taskId"):
                raise MCPError(HEADER_MISMATCH, "mcp-name header does not match the taskId")
        if method == "tools/call":
            self._check_arguments(request, params.get("name"), params.get("arguments") or {})

    def _check_arguments(self, request: HttpRequest, name: Any, arguments: Any) -> None:
        lookup = self._requests.server.get_tool_input_schema
        schema = lookup(name) if lookup is not None and isinstance(name, str) else None
        if schema is None or not isinstance(arguments, Mapping):
            return
        if name not in self._has_header_arguments:
            self._has_header_arguments[name] = bool(x_mcp_header_map(schema))
        if self._has_header_arguments[name]:
            wrong = validate_mcp_param_headers(schema, arguments, request.every_header())
            if wrong is not None:
                raise MCPError(wrong.code, wrong.message, wrong.data)
