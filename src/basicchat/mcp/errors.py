"""Errors as MCP says them: of the protocol, or as the result of a tool."""

from typing import Any

import mcp_types as types
import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.errors import to_wire
from basicchat.protocol.errors import WireError

# Where a tool's result tells a program what went wrong.
ERROR_META = "basicchat/error"


def said(error: WireError) -> str:
    """An error and what to do about it, for a person or a model."""
    return f"{error.message}. {error.data.hint}" if error.data.hint else error.message


def protocol_error(error: BaseException) -> MCPError:
    """What a request that is no tool call is answered with; never an exception's own text."""
    wire = to_wire(error)
    return MCPError(wire.code, said(wire), msgspec.to_builtins(wire.data))


def tool_error(error: BaseException) -> types.CallToolResult:
    """What a tool call is answered with, so that the model can react to it."""
    wire = to_wire(error)
    told: dict[str, Any] = {"code": wire.code, **msgspec.to_builtins(wire.data)}
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=said(wire))],
        is_error=True,
        _meta={ERROR_META: told},
    )
