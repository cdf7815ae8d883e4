"""Serving one request of 2026-07-28, which says itself who the client is and what it can."""

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import ServerRunner
from mcp.shared.dispatcher import Outbound
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    InboundLadderRejection,
    InboundModernRoute,
    classify_inbound_request,
)

from basicchat.mcp.exchanges import Exchange, Params
from basicchat.mcp.plain_calls import plain_calls_of
from basicchat.mcp.results import Result

MAX_BYTES = 4096


class Envelopes:
    """Serves requests, whichever way they come.

    Clients say the same with every request, and to check it costs as much as the rest of a call:
    so what was said lately is kept.

    Args:
        most: how many different ones are kept.
        lifespan: what the server's lifespan yielded.
    """

    def __init__(self, server: "Server[Any]", lifespan: Any, *, most: int) -> None:
        self._server = server
        self._lifespan = lifespan
        self._most = most
        self._plain_calls = plain_calls_of(server)
        self._known: OrderedDict[bytes, Connection] = OrderedDict()

    async def serve(
        self,
        exchange: Exchange,
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
        route = classify_inbound_request({"method": method, "params": params}, headers=headers)
        if isinstance(route, InboundLadderRejection):
            raise MCPError(route.code, route.message, route.data)
        connection = self._connection(route, outbound)
        if self._plain_calls is not None:
            reply = await self._plain_calls.answer(exchange, method, params, connection)
            if reply is not None:
                return reply
        async with connection.exit_stack:
            runner = ServerRunner(self._server, connection, self._lifespan)
            result: dict[str, Any] = await runner.on_request(exchange, method, params)
            return result

    def _connection(self, route: InboundModernRoute, outbound: Outbound) -> Connection:
        """What the SDK takes for the connection of one request."""
        connection = Connection.__new__(Connection)
        # What `copy.copy` does, which takes its time to find that out.
        vars(connection).update(vars(self._checked(route)))
        connection.outbound = outbound
        connection.state, connection.exit_stack = {}, AsyncExitStack()
        return connection

    def _checked(self, route: InboundModernRoute) -> Connection:
        told = (route.protocol_version, route.client_info, route.client_capabilities)
        try:
            key = msgspec.json.encode(told)
        except (OverflowError, UnicodeEncodeError):
            # Numbers, or halves of characters, that nothing here can keep.
            return Connection.from_envelope(*told)
        known = self._known.get(key)
        if known is None:
            known = Connection.from_envelope(*told)
            if len(key) <= MAX_BYTES:
                self._known[key] = known
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return known
