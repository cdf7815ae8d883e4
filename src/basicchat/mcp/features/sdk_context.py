"""The SDK's context of a request, and what of it only private names give."""

from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext

SdkContext = ServerRequestContext[Any, Any]


def connection_of(ctx: SdkContext) -> Connection:
    """The connection that a request came by: one a session, or in the modern era one a request.

    Its state and its exit stack last as long as it does. The SDK has no public name for it.
    """
    return ctx.session._connection
