"""The MCP server: one object for all clients, whatever transport they come by."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import structlog
from mcp.server.context import CallNext, HandlerResult
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from basicchat.api.router import Router
from basicchat.mcp.actors import caller_of
from basicchat.mcp.errors import protocol_error
from basicchat.mcp.tool_calls import Tools, tool_table
from basicchat.mcp.visits import Context

Spawn = Callable[[Coroutine[Any, Any, None]], object]
NAME = "basicchat"
TITLE = "BasicChat"
INSTRUCTIONS = (
    "The user's private documents and conversations. To answer a question from them, call `ask`: "
    "its answer cites the documents. To look for evidence yourself, call `search_documents` and "
    "`read_document`. Everything is what this user may see, and nothing else."
)
# What tool calls charge, the method that they call charges: a repetition is free there.
CHARGES_ITSELF = frozenset({"tools/call"})


def build(router: Router, *, spawn: Spawn, uploads: Path) -> "Server[Any]":
    """Make the server.

    Args:
        router: the way to all that the server has; it also knows the services.
        spawn: starts a task that the server owns.
        uploads: a folder for documents that are still coming in.
    """
    tools = Tools(router, tool_table())
    server: Server[Any] = Server(
        NAME,
        title=TITLE,
        version=router.services.version,
        instructions=INSTRUCTIONS,
        get_tool_input_schema=tools.schema,
        on_list_tools=tools.list,
        on_call_tool=tools.call,
    )
    server.middleware[:] = [Guard(router)]
    return server


class Guard:
    """Stands before every handler: charges the rate limit, and puts what goes wrong into words."""

    def __init__(self, router: Router) -> None:
        self._limiter = router.services.limiter

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Let a message through.

        Raises:
            MCPError: what the client is told.
        """
        try:
            if ctx.request_id is not None and ctx.method not in CHARGES_ITSELF:
                self._limiter.message(caller_of(ctx).rate)
            with structlog.contextvars.bound_contextvars(mcp_method=ctx.method):
                return await call_next(ctx)
        except (MCPError, ValidationError):
            raise
        # In either era, the SDK would tell some exceptions' texts.
        except Exception as error:
            raise protocol_error(error) from error
