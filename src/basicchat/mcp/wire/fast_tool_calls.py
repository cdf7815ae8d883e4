"""Fast path for simple tool calls, which skips the SDK's models.

The SDK builds four pydantic models for each call and two for its result, which costs as much as
everything else together. A tool with `fast_path` set sends its client no requests and never runs as
a task, so the shape of its calls and results is known in advance. Every other call goes through the
SDK.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import mcp_types as types
import msgspec
import structlog
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp_types.version import LATEST_MODERN_VERSION

from basicchat.api.router import Router
from basicchat.domain.errors import Unauthenticated
from basicchat.mcp.features.client_input import NO_CLIENT
from basicchat.mcp.features.errors import outcome, protocol_error
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.results import ToolResult
from basicchat.mcp.features.sdk_context import SdkContext, authenticated
from basicchat.mcp.features.tool_types import McpTool
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params

CALL = "tools/call"
PARAMS = frozenset({"name", "arguments", "_meta"})
# Earlier revisions have no structured content; the SDK removes it from results.
REVISIONS = frozenset({"2025-06-18", "2025-11-25", LATEST_MODERN_VERSION})


class FastToolCall(NamedTuple):
    """A call that can take the fast path."""

    tool: McpTool
    arguments: Mapping[str, Any]
    meta: types.RequestParamsMeta | None


class FastToolCalls:
    """Implements `FastPath` for calls of tools with `fast_path` set.

    Args:
        tools: the tools, by name.
        stamp: the server's identity, which is put into `_meta` of each result since 2026-07-28.
    """

    def __init__(
        self, router: Router, tools: Mapping[str, McpTool], stamp: Mapping[str, Any]
    ) -> None:
        self._router = router
        self._tools = {name: tool for name, tool in tools.items() if tool.fast_path}
        self._stamp = dict(stamp)

    def _call(self, params: Params) -> FastToolCall | None:
        """The call of a request, fully validated; None if it cannot take the fast path."""
        if params is None or not params.keys() <= PARAMS:
            return None
        name, arguments = params.get("name"), params.get("arguments", {})
        tool = self._tools.get(name) if isinstance(name, str) else None
        if tool is None or not isinstance(arguments, dict):
            return None
        if "_meta" not in params:
            return FastToolCall(tool, arguments, None)
        meta = _meta(params["_meta"])
        return None if meta is None else FastToolCall(tool, arguments, meta)

    async def answer(
        self,
        dispatch: FrameDispatchContext,
        method: str,
        params: Params,
        version: str,
        connection: Callable[[], Connection],
    ) -> ToolResult | None:
        """Call a tool; its errors become results.

        Args:
            version: the negotiated revision.
            connection: returns the SDK's connection of the request.

        Returns: the result; None if the SDK has to serve the request.

        Raises:
            MCPError: an error of the protocol, which is not a result.
        """
        if method != CALL or version not in REVISIONS:
            return None
        call = self._call(params)
        if call is None:
            return None
        # Each request has its own task, so the binding needs no reset.
        structlog.contextvars.bind_contextvars(mcp_method=CALL)
        reply = await self._called(call, self._context_of(call, dispatch, connection))
        if version != LATEST_MODERN_VERSION:
            return reply
        meta = self._stamp if reply.meta is msgspec.UNSET else {**reply.meta, **self._stamp}
        return msgspec.structs.replace(reply, result_type="complete", meta=meta)

    def _context_of(
        self,
        call: FastToolCall,
        dispatch: FrameDispatchContext,
        connection: Callable[[], Connection],
    ) -> RequestContext:
        try:
            caller = authenticated(dispatch.message_metadata.request_context)
        except Unauthenticated as error:
            raise protocol_error(error) from error
        sdk_context = partial(_sdk_context, call, dispatch, connection)
        return RequestContext(
            self._router, caller, NO_CLIENT, sdk_context=sdk_context, charged=False
        )

    async def _called(self, call: FastToolCall, context: RequestContext) -> ToolResult:
        try:
            reply = await call.tool.call(context, call.arguments)
            if not isinstance(reply, ToolResult):
                raise TypeError(
                    f"{call.tool.name} has fast_path set, but returned {type(reply).__name__}"
                )
            return reply
        # Whatever a tool raises is its result, as with `Tools.call`.
        except Exception as error:  # noqa: BLE001
            return outcome(error)


def _sdk_context(
    call: FastToolCall, dispatch: FrameDispatchContext, connection: Callable[[], Connection]
) -> SdkContext:
    """The SDK's context of a call, which few tools need."""
    known = connection()
    return ServerRequestContext(
        session=ServerSession(dispatch, known, request_meta=call.meta),
        lifespan_context=None,
        protocol_version=known.protocol_version,
        method=CALL,
        request_id=dispatch.request_id,
        meta=call.meta,
        request=dispatch.message_metadata.request_context,
    )


def _meta(given: Any) -> types.RequestParamsMeta | None:
    """A request's `_meta` with the SDK's names; None if it is invalid."""
    if not isinstance(given, dict):
        return None
    meta = dict(given)
    if "progressToken" in meta:
        token = meta.pop("progressToken")
        if not isinstance(token, str | int) or isinstance(token, bool):
            return None
        meta["progress_token"] = token
    return meta  # type: ignore[return-value]
