"""Codes and messages of errors in MCP."""

from basicchat.protocol.errors import WireError

# JSON-RPC and MCP reserve -32768 to -32000; codes of an application must be outside of that range
# (MCP 2026-07-28, basic, "Error Codes"). Our codes within it are shifted by this offset.
RESERVED = range(-32099, -31999)
OFFSET = 1000


def message_with_hint(error: WireError) -> str:
    """An error's message with what to do and when, for a person or a model."""
    text = f"{error.message}. {error.data.hint}" if error.data.hint else error.message
    if not error.data.retry_after_ms:
        return text
    seconds = -(-error.data.retry_after_ms // 1000)
    end = "" if text.endswith(".") else "."
    return f"{text}{end} Try again in {seconds} second{'' if seconds == 1 else 's'}."


def code_of(error: WireError) -> int:
    """An error's code in MCP."""
    return error.code + OFFSET if error.code in RESERVED else error.code
