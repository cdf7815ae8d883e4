"""Translates names of method parameters in errors to the names of tool arguments.

MCP clients know only the tools, whose arguments have other names than the methods' parameters.
"""

import re

from basicchat.domain.errors import BasicChatError, InvalidInput

WORDS = {
    "client_msg_id": "idempotency_key",
    "reasoning_mode": "mode",
    "room_id": "conversation_id",
}
# Field names that are also common words are replaced only at the start of a message.
FIELDS = {**WORDS, "data": "data_base64"}
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")


def translate(error: BasicChatError) -> None:
    """Replace parameter names in a method's error with the argument names of tools."""
    error.message = _translated(error.message)
    if error.hint is not None:
        error.hint = _translated(error.hint)
    if isinstance(error, InvalidInput) and error.field in FIELDS:
        error.message = re.sub(rf"^{error.field}(?=:)", FIELDS[error.field], error.message)
        error.field = FIELDS[error.field]


def _translated(text: str) -> str:
    return _WORD.sub(lambda found: WORDS[found[0]], text)
