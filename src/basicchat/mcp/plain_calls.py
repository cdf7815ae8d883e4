"""The short way of a plain tool call: from its parameters to the tool, and its result back.

On the SDK's way, four pydantic models are made of each call and two of its result, which costs as
much as all the rest. A tool that says of itself that it is `plain` asks its client nothing and is
called in the background never: what its calls look like, and what they come to, is known. All that
looks otherwise goes the SDK's way.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import mcp_types as types
import msgspec
import structlog
from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.session import ServerSession
from mcp_types.version import LATEST_MODERN_VERSION

from basicchat.api.router import Router
from basicchat.mcp.actors import known_caller
from basicchat.mcp.clients import UNASKED
from basicchat.mcp.context import Context
from basicchat.mcp.errors import outcome, protocol_error
from basicchat.mcp.exchanges import Exchange, Params
from basicchat.mcp.offers import Offer
from basicchat.mcp.results import ToolResult
from basicchat.mcp.visits import Visit

CALL = "tools/call"
PARAMS = frozenset({"name", "arguments", "_meta"})
# Revisions before these have no structured content, which the SDK takes out.
REVISIONS = frozenset({"2025-06-18", "2025-11-25", LATEST_MODERN_VERSION})


class PlainCall(NamedTuple):
    """A call that may go the short way."""

    offer: Offer
    arguments: Mapping[str, Any]
    meta: types.RequestParamsMeta | None


class PlainCalls:
    """Answers plain calls.

    Args:
        offers: the tools, by name.
        stamp: what each result since 2026-07-28 says of the server, as its `_meta`.
    """

    def __init__(
        self, router: Router, offers: Mapping[str, Offer], stamp: Mapping[str, Any]
    ) -> None:
        self._router = router
        self._offers = {name: offer for name, offer in offers.items() if offer.plain}
        self._stamp = dict(stamp)

    def _call(self, params: Params) -> PlainCall | None:
        """What a request calls, if it may go the short way; it is checked in full."""
        if params is None or not params.keys() <= PARAMS:
            return None
        name, arguments = params.get("name"), params.get("arguments", {})
        offer = self._offers.get(name) if isinstance(name, str) else None
        if offer is None or not isinstance(arguments, dict):
            return None
        if "_meta" not in params:
            return PlainCall(offer, arguments, None)
        meta = _meta(params["_meta"])
        return None if meta is None else PlainCall(offer, arguments, meta)

    async def answer(
        self,
        exchange: Exchange,
        method: str,
        params: Params,
        version: str,
        connection: Callable[[], Connection],
    ) -> ToolResult | None:
        """Call a tool; what goes wrong in it is its result.

        Args:
            version: the revision that is spoken.
            connection: makes, or finds, what the SDK takes for the connection.

        Returns: nothing if the request is for the SDK's way.

        Raises:
            MCPError: the protocol is at fault.
        """
        if method != CALL or version not in REVISIONS:
            return None
        call = self._call(params)
        if call is None:
            return None
        # Each request has a task of its own: there is nothing to put back.
        structlog.contextvars.bind_contextvars(mcp_method=CALL)
        reply = await self._called(call, self._visit(call, exchange, connection))
        if version != LATEST_MODERN_VERSION:
            return reply
        meta = self._stamp if reply.meta is msgspec.UNSET else {**reply.meta, **self._stamp}
        return msgspec.structs.replace(reply, result_type="complete", meta=meta)

    def _visit(
        self, call: PlainCall, exchange: Exchange, connection: Callable[[], Connection]
    ) -> Visit:
        try:
            caller = known_caller(exchange.message_metadata.request_context)
        except Exception as error:
            raise protocol_error(error) from error
        context = partial(_context, call, exchange, connection)
        return Visit(self._router, caller, UNASKED, context=context, charged=False)

    async def _called(self, call: PlainCall, visit: Visit) -> ToolResult:
        try:
            reply = await call.offer.call(visit, call.arguments)
            if not isinstance(reply, ToolResult):
                raise TypeError(f"{call.offer.name} is not plain: it gave {type(reply).__name__}")
            return reply
        except Exception as error:  # noqa: BLE001
            return outcome(error)


def plain_calls_of(server: "Server[Any]") -> PlainCalls | None:
    """How a server answers plain calls, if it has such a way."""
    found: PlainCalls | None = getattr(server, "plain_calls", None)
    return found


def _context(call: PlainCall, exchange: Exchange, connection: Callable[[], Connection]) -> Context:
    """The SDK's context of a call, which few tools ask for."""
    known = connection()
    return ServerRequestContext(
        session=ServerSession(exchange, known, request_meta=call.meta),
        lifespan_context=None,
        protocol_version=known.protocol_version,
        method=CALL,
        request_id=exchange.request_id,
        meta=call.meta,
        request=exchange.message_metadata.request_context,
    )


def _meta(told: Any) -> types.RequestParamsMeta | None:
    """A request's `_meta` as the SDK names it; none if there is something wrong with it."""
    if not isinstance(told, dict):
        return None
    meta = dict(told)
    if "progressToken" in meta:
        token = meta.pop("progressToken")
        if not isinstance(token, str | int) or isinstance(token, bool):
            return None
        meta["progress_token"] = token
    return meta  # type: ignore[return-value]
