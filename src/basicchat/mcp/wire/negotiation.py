"""Which of the two eras of MCP a connection speaks, and serving it with the SDK's `ServerRunner`.

The first request that tells decides: `initialize` opens the era of handshakes (2025-11-25 and
before), a request with its protocol version and the like in `_meta` that of 2026-07-28, in which
every request stands for itself. What belongs to the other era is refused from then on.
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
# Neither was there before 2026-07-28; a client may have left out what else would tell.
SINCE_2026 = frozenset({"server/discover", "subscriptions/listen"})
ENVELOPE = frozenset(
    (PROTOCOL_VERSION_META_KEY, CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY)
)
OTHER_ERA = (
    "This connection began with an initialize; requests with the _meta of 2026-07-28 "
    "need a connection of their own"
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
        """The revision that a handshake agreed upon, once it has."""
        return self._legacy.connection.protocol_version if self._era == "legacy" else None

    @property
    def _legacy(self) -> "ServerRunner[Any]":
        """The handshake's connection; nothing is kept for those who never need it."""
        if self._runner is None:
            connection = Connection.for_loop(self._dispatcher)
            self._runner = ServerRunner(self._server, connection, {})
        return self._runner

    async def _on_request(
        self, dispatch: FrameDispatchContext, method: str, params: Params
    ) -> Result:
        modern = method != HANDSHAKE and _is_modern(method, params)
        if self._era is None and modern:
            self._era = "modern"
        if self._era == "modern":
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
        dispatch.may_ask = False
        if method == HANDSHAKE:
            raise _handshake_refused(params)
        return await self._requests.serve(dispatch, method, params, self._outbound)

    async def _on_notification(
        self, dispatch: FrameDispatchContext, method: str, params: Params
    ) -> None:
        if self._era != "modern":
            await self._legacy.on_notify(dispatch, method, params)
            return
        dispatch.may_ask = False
        connection = Connection.from_envelope(
            LATEST_MODERN_VERSION, None, None, outbound=self._outbound
        )
        runner = ServerRunner(self._server, connection, {})
        try:
            await runner.on_notify(dispatch, method, params)
        finally:
            await aclose_shielded(connection)

    async def close(self) -> None:
        """Undo what handlers keep for the connection."""
        if self._runner is not None:
            await aclose_shielded(self._runner.connection)


def _is_modern(method: str, params: Params) -> bool:
    """Whether a request says of itself what only requests since 2026-07-28 do, in full or not."""
    meta = params.get("_meta") if params else None
    told = isinstance(meta, dict) and not ENVELOPE.isdisjoint(meta)
    return told or method in SINCE_2026


def _handshake_refused(params: Params) -> MCPError:
    """Names what is served, as MCP 2026-07-28, basic/versioning, asks for."""
    data: dict[str, Any] = {"supported": list(MODERN_PROTOCOL_VERSIONS)}
    requested = (params or {}).get("protocolVersion")
    if isinstance(requested, str):
        data["requested"] = requested
    text = "This connection speaks 2026-07-28, which has no initialize"
    return MCPError(UNSUPPORTED_PROTOCOL_VERSION, text, data)
