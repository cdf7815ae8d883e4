"""Our errors in MCP's terms: codes and words."""

from basicchat.protocol.errors import WireError

# JSON-RPC and MCP keep -32768 to -32000 for themselves; what an application defines is outside
# (MCP 2026-07-28, basic, "Error Codes"). Our codes are moved by so much.
RESERVED = range(-32099, -31999)
MOVED = 1000


def message_with_hint(error: WireError) -> str:
    """An error and what to do about it, for a person or a model."""
    return f"{error.message}. {error.data.hint}" if error.data.hint else error.message


def code_of(error: WireError) -> int:
    """An error's code in MCP."""
    return error.code + MOVED if error.code in RESERVED else error.code
