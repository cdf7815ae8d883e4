"""Errors as MCP says them: of the protocol, or as the result of a tool."""

from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.errors import to_wire
from basicchat.mcp.features.error_codes import code_of, message_with_hint
from basicchat.mcp.features.results import Text, ToolResult

# Where a tool's result tells a program what went wrong.
ERROR_META = "basicchat/error"


def protocol_error(error: BaseException) -> MCPError:
    """What a request that is no tool call is answered with; never an exception's own text."""
    wire = to_wire(error)
    return MCPError(code_of(wire), message_with_hint(wire), msgspec.to_builtins(wire.data))


def outcome(error: Exception) -> ToolResult:
    """What a tool call comes to that raised something: one broken tool must not end the connection.

    Raises:
        MCPError: it is the protocol's own, which is no result.
    """
    if isinstance(error, MCPError):
        raise error
    return tool_error(error)


def tool_error(error: BaseException) -> ToolResult:
    """What a tool call is answered with, so that the model can react to it."""
    wire = to_wire(error)
    told: dict[str, Any] = {"code": code_of(wire), **msgspec.to_builtins(wire.data)}
    return ToolResult(
        content=[Text(message_with_hint(wire))], is_error=True, meta={ERROR_META: told}
    )
