"""Negotiates the protocol era of a connection, and serves it with the SDK's `ServerRunner`.

There are two eras. Up to 2025-11-25 a connection begins with the handshake `initialize`; since
2026-07-28 each request stands alone and names its revision in `_meta`. The first request that shows
its era selects it for the connection, and requests of the other era are refused from then on.
`server/discover` selects none, because clients use it to find out which eras a server supports.
"""

from typing import Any, Literal

from mcp.server.connection import Connection, NotifyOnlyOutbound
from mcp.server.runner import ServerRunner, aclose_shielded
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    INVALID_REQUEST,
    PROTOCOL_VERSION_META_KEY,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import LATEST_MODERN_VERSION, MODERN_PROTOCOL_VERSIONS

from basicchat.mcp.features.results import Result
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params
from basicchat.mcp.wire.dispatcher import FrameDispatcher
from basicchat.mcp.wire.frames import BATCHING
from basicchat.mcp.wire.request_server import RequestServer

HANDSHAKE = "initialize"
DISCOVERY = "server/discover"
# These methods are new in 2026-07-28, so they show the era even without an envelope.
SINCE_2026 = frozenset({DISCOVERY, "subscriptions/listen"})
ENVELOPE = frozenset(
    (PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY)
)
OTHER_ERA = (
    "This connection began with initialize; send requests with the _meta of 2026-07-28 "
    "over another connection"
)


class ProtocolSession:
    """Serves one connection in the era that its first request selects."""

    def __init__(self, requests: RequestServer, dispatcher: FrameDispatcher) -> None:
        self._requests = requests
        self._server = requests.server
        self._dispatcher = dispatcher
        self._era: Literal["legacy", "modern"] | None = None
        self._runner: ServerRunner[Any] | None = None
        self._outbound = NotifyOnlyOutbound(dispatcher)
        self._fast_path = requests.fast_path
        dispatcher.bind(self._on_request, self._on_notification)

    @property
    def version(self) -> str | None:
        """The revision that a handshake has negotiated; None before it, and without one."""
        return self._legacy.connection.protocol_version if self._era == "legacy" else None

    @property
    def _legacy(self) -> "ServerRunner[Any]":
        """The runner of the era of handshakes, created when it is needed first."""
        if self._runner is None:
            connection = Connection.for_loop(self._dispatcher)
            self._runner = ServerRunner(self._server, connection, {})
        return self._runner

    async def _on_request(
        self, dispatch: FrameDispatchContext, method: str, params: Params
    ) -> Result:
        modern = method != HANDSHAKE and _is_modern(method, params)
        if self._era is None and modern and method != DISCOVERY:
            self._era = "modern"
        if self._era == "modern" or (self._era is None and modern):
            return await self._serve_modern(dispatch, method, params)
        if modern:
            raise MCPError(INVALID_REQUEST, OTHER_ERA)
        version = self.version
        if self._fast_path is not None and version is not None:
            reply = await self._fast_path.answer(
                dispatch, method, params, version, lambda: self._legacy.connection
            )
            if reply is not None:
                return reply
        result: dict[str, Any] = await self._legacy.on_request(dispatch, method, params)
        if method == HANDSHAKE:
            self._era = "legacy"
            self._dispatcher.batches = self.version == BATCHING
        return result

    async def _serve_modern(
        self, dispatch: FrameDispatchContext, method: str, params: Params
    ) -> Result:
        dispatch.may_send_requests = False
        if method == HANDSHAKE:
            raise _handshake_refused(params)
        return await self._requests.serve(dispatch, method, params, self._outbound)

    async def _on_notification(
        self, dispatch: FrameDispatchContext, method: str, params: Params
    ) -> None:
        if self._era != "modern":
            await self._legacy.on_notify(dispatch, method, params)
            return
        dispatch.may_send_requests = False
        connection = Connection.from_envelope(
            LATEST_MODERN_VERSION, None, None, outbound=self._outbound
        )
        runner = ServerRunner(self._server, connection, {})
        try:
            await runner.on_notify(dispatch, method, params)
        finally:
            await aclose_shielded(connection)

    async def close(self) -> None:
        """Run the cleanup that handlers have registered for the connection."""
        if self._runner is not None:
            await aclose_shielded(self._runner.connection)


def _is_modern(method: str, params: Params) -> bool:
    """Whether a request is one since 2026-07-28, be its envelope complete or not."""
    meta = params.get("_meta") if params else None
    enveloped = isinstance(meta, dict) and not ENVELOPE.isdisjoint(meta)
    return enveloped or method in SINCE_2026


def _handshake_refused(params: Params) -> MCPError:
    """The refusal, which names the supported revisions (MCP 2026-07-28, basic/versioning)."""
    data: dict[str, Any] = {"supported": list(MODERN_PROTOCOL_VERSIONS)}
    requested = (params or {}).get("protocolVersion")
    if isinstance(requested, str):
        data["requested"] = requested
    text = "This connection speaks 2026-07-28, which has no initialize"
    return MCPError(UNSUPPORTED_PROTOCOL_VERSION, text, data)
