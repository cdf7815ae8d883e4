"""Errors as MCP says them: of the protocol, or as the result of a tool."""

from typing import Any

import msgspec
from mcp.shared.exceptions import MCPError

from basicchat.api.errors import to_wire
from basicchat.mcp.results import Text, ToolResult
from basicchat.protocol.errors import WireError

# JSON-RPC and MCP keep -32768 to -32000 for themselves; what an application defines is outside
# (MCP 2026-07-28, basic, "Error Codes"). Our codes are moved by so much.
RESERVED = range(-32099, -31999)
MOVED = 1000
# Where a tool's result tells a program what went wrong.
ERROR_META = "basicchat/error"


def said(error: WireError) -> str:
    """An error and what to do about it, for a person or a model."""
    return f"{error.message}. {error.data.hint}" if error.data.hint else error.message


def code_of(error: WireError) -> int:
    """An error's code in MCP."""
    return error.code + MOVED if error.code in RESERVED else error.code


def protocol_error(error: BaseException) -> MCPError:
    """What a request that is no tool call is answered with; never an exception's own text."""
    wire = to_wire(error)
    return MCPError(code_of(wire), said(wire), msgspec.to_builtins(wire.data))


def tool_error(error: BaseException) -> ToolResult:
    """What a tool call is answered with, so that the model can react to it."""
    wire = to_wire(error)
    told: dict[str, Any] = {"code": code_of(wire), **msgspec.to_builtins(wire.data)}
    return ToolResult(content=[Text(said(wire))], is_error=True, meta={ERROR_META: told})
