"""Errors in MCP's two forms: protocol errors, and tool results with `isError`."""

from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.errors import to_wire
from basicchat.domain.errors import InvalidInput
from basicchat.mcp.features.error_codes import code_of, message_with_hint
from basicchat.mcp.features.results import Text, ToolResult

# The member of a result's `_meta` that holds the error for programs.
ERROR_META = "basicchat/error"


def protocol_error(error: BaseException) -> MCPError:
    """An exception as a protocol error; an unexpected one does not reveal its text."""
    wire = to_wire(error)
    return MCPError(code_of(wire), message_with_hint(wire), msgspec.to_builtins(wire.data))


def outcome(error: Exception) -> ToolResult:
    """The result of a tool call that raised an exception.

    Raises:
        MCPError: it is a protocol error, which is not a result.
    """
    if isinstance(error, MCPError):
        raise error
    return tool_error(error)


def invalid_cursor() -> InvalidInput:
    """The error for a cursor that this server did not issue."""
    return InvalidInput(
        "cursor: is not one that this server returned",
        field="cursor",
        hint="Start again without a cursor.",
        reason="cursor_invalid",
    )


def tool_error(error: BaseException) -> ToolResult:
    """An exception as the result of a tool call, so that the model can react to it."""
    wire = to_wire(error)
    data: dict[str, Any] = {"code": code_of(wire), **msgspec.to_builtins(wire.data)}
    return ToolResult(
        content=[Text(message_with_hint(wire))], is_error=True, meta={ERROR_META: data}
    )
