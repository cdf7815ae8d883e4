"""Serving one request of 2026-07-28, which says itself who the client is and what it can."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

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

from basicchat.mcp.features.results import Result
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext, Params
from basicchat.mcp.wire.fast_tool_calls import fast_tool_calls_of

MAX_BYTES = 4096
MAX_KNOWN = 256


class EnvelopeServer:
    """Serves requests, whichever way they come; a server has one for all its clients.

    Clients say the same with every request, and each other's as well where they are the same
    program; to check it costs as much as the rest of a call: so what was said lately is kept.

    Args:
        lifespan: what the server's lifespan yielded.
        most: how many different ones are kept.
    """

    def __init__(self, server: "Server[Any]", lifespan: Any, *, most: int = MAX_KNOWN) -> None:
        self._server = server
        self._lifespan = lifespan
        self._most = most
        self._fast_tool_calls = fast_tool_calls_of(server)
        self._known: OrderedDict[bytes, Connection] = OrderedDict()

    async def serve(
        self,
        dispatch: FrameDispatchContext,
        method: str,
        params: Params,
        outbound: Outbound,
        headers: Mapping[str, str] | None = None,
    ) -> Result:
        """The result of a request.

        Args:
            outbound: where goes what belongs to no request.
            headers: over HTTP, which must say the same as the body.

        Raises:
            MCPError: the envelope is incomplete, or contradicts the headers.
        """
        known = self._checked(method, params, headers)
        connection = partial(_connection, known, outbound)
        if self._fast_tool_calls is not None:
            reply = await self._fast_tool_calls.answer(
                dispatch, method, params, known.protocol_version, connection
            )
            if reply is not None:
                return reply
        alone = connection()
        async with alone.exit_stack:
            runner = ServerRunner(self._server, alone, self._lifespan)
            result: dict[str, Any] = await runner.on_request(dispatch, method, params)
            return result

    def _checked(
        self, method: str, params: Params, headers: Mapping[str, str] | None
    ) -> Connection:
        key = _key(params)
        known = self._known.get(key) if key is not None else None
        # Headers may contradict what was found in order before.
        if known is None or headers is not None:
            route = classify_inbound_request({"method": method, "params": params}, headers=headers)
            if isinstance(route, InboundLadderRejection):
                raise MCPError(route.code, route.message, route.data)
            if known is None:
                told = (route.protocol_version, route.client_info, route.client_capabilities)
                known = Connection.from_envelope(*told)
        if key is not None:
            self._keep(key, known)
        return known

    def _keep(self, key: bytes, known: Connection) -> None:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)


def envelopes_of(server: "Server[Any]") -> EnvelopeServer:
    """What serves a server's requests of this era; the SDK's own server knows none."""
    found: EnvelopeServer | None = getattr(server, "envelopes", None)
    return found or EnvelopeServer(server, {})


def _key(params: Params) -> bytes | None:
    """What a client says of itself, and nothing else of the request; none if it is not kept."""
    try:
        meta = params["_meta"]  # type: ignore[index]
        told = (
            meta[PROTOCOL_VERSION_META_KEY],
            meta[CLIENT_CAPABILITIES_META_KEY],
            meta.get(CLIENT_INFO_META_KEY),
        )
        key = msgspec.json.encode(told)
    # Incomplete, or with numbers, or halves of characters, that nothing here can keep.
    except (KeyError, TypeError, AttributeError, OverflowError, UnicodeEncodeError):
        return None
    return key if len(key) <= MAX_BYTES else None


def _connection(known: Connection, outbound: Outbound) -> Connection:
    """What the SDK takes for the connection of one request."""
    connection = Connection.__new__(Connection)
    # What `copy.copy` does, which takes its time to find that out.
    vars(connection).update(vars(known))
    connection.outbound = outbound
    connection.state, connection.exit_stack = {}, AsyncExitStack()
    return connection
