"""Serves requests with the SDK's server, or on the fast path.

A request since 2026-07-28 stands alone: its `_meta` holds an envelope with the protocol revision,
the client's name and its capabilities. Clients repeat the same envelope with every request, and
validating one costs as much as the rest of a call, so recently validated envelopes are cached.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Protocol

import msgspec
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner
from mcp.shared.dispatcher import Outbound
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import InboundLadderRejection, classify_inbound_request
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
)

from basicchat.mcp.features.results import Result, ToolResult
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params

MAX_ENVELOPE_BYTES = 4096
MAX_ENVELOPES = 256


class FastPath(Protocol):
    """Answers the requests that can do without the SDK's models."""

    async def answer(
        self,
        dispatch: FrameDispatchContext,
        method: str,
        params: Params,
        version: str,
        connection: Callable[[], Connection],
    ) -> ToolResult | None:
        """The result of a request; None if the SDK has to serve it."""
        ...


class RequestServer:
    """Serves the requests of all clients, over every transport.

    Args:
        server: the SDK's server with its handlers.
        fast_path: is offered each request first.
        max_envelopes: how many validated envelopes are cached.
    """

    def __init__(
        self,
        server: "Server[Any]",
        fast_path: FastPath | None = None,
        *,
        max_envelopes: int = MAX_ENVELOPES,
    ) -> None:
        self.server = server
        self.fast_path = fast_path
        self._max_envelopes = max_envelopes
        # Connections as the SDK makes them of envelopes, least recently used first.
        self._envelopes: OrderedDict[bytes, Connection] = OrderedDict()

    async def serve(
        self,
        dispatch: FrameDispatchContext,
        method: str,
        params: Params,
        outbound: Outbound,
        headers: Mapping[str, str] | None = None,
    ) -> Result:
        """The result of a request that stands alone.

        Args:
            outbound: takes notifications that belong to no request.
            headers: over HTTP, which must match the body.

        Raises:
            MCPError: the envelope is incomplete, or contradicts the headers.
        """
        known = self._validated(method, params, headers)
        connection = partial(_connection, known, outbound)
        if self.fast_path is not None:
            reply = await self.fast_path.answer(
                dispatch, method, params, known.protocol_version, connection
            )
            if reply is not None:
                return reply
        alone = connection()
        async with alone.exit_stack:
            runner = ServerRunner(self.server, alone, {})
            result: dict[str, Any] = await runner.on_request(dispatch, method, params)
            return result

    def _validated(
        self, method: str, params: Params, headers: Mapping[str, str] | None
    ) -> Connection:
        key = _key(params)
        known = self._envelopes.get(key) if key is not None else None
        # Headers differ from request to request, so they are checked even if the envelope is known.
        if known is None or headers is not None:
            route = classify_inbound_request({"method": method, "params": params}, headers=headers)
            if isinstance(route, InboundLadderRejection):
                raise MCPError(route.code, route.message, route.data)
            if known is None:
                known = Connection.from_envelope(
                    route.protocol_version, route.client_info, route.client_capabilities
                )
        if key is not None:
            self._keep(key, known)
        return known

    def _keep(self, key: bytes, known: Connection) -> None:
        self._envelopes[key] = known
        self._envelopes.move_to_end(key)
        if len(self._envelopes) > self._max_envelopes:
            self._envelopes.popitem(last=False)


def _key(params: Params) -> bytes | None:
    """The envelope of a request, as a cache key; None if it cannot be cached."""
    try:
        meta = params["_meta"]  # type: ignore[index]
        envelope = (
            meta[PROTOCOL_VERSION_META_KEY],
            meta[CLIENT_CAPABILITIES_META_KEY],
            meta.get(CLIENT_INFO_META_KEY),
        )
        key = msgspec.json.encode(envelope)
    # Incomplete, or with numbers or lone surrogates that JSON cannot encode.
    except (KeyError, TypeError, AttributeError, OverflowError, UnicodeEncodeError):
        return None
    return key if len(key) <= MAX_ENVELOPE_BYTES else None


def _connection(known: Connection, outbound: Outbound) -> Connection:
    """A connection for one request, with the data of a cached one."""
    connection = Connection.__new__(Connection)
    # Faster than `copy.copy`.
    vars(connection).update(vars(known))
    connection.outbound = outbound
    connection.state, connection.exit_stack = {}, AsyncExitStack()
    return connection
