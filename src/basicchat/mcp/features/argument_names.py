"""What tools call things that methods call otherwise: clients know the words of tools alone."""

import re

from basicchat.domain.errors import BasicChatError, InvalidInput

WORDS = {
    "client_msg_id": "idempotency_key",
    "reasoning_mode": "mode",
    "room_id": "conversation_id",
}
# Fields whose names are words of the language, too: only where they begin what is said of them.
FIELDS = {**WORDS, "data": "data_base64"}
_WORD = re.compile(rf"\b({'|'.join(WORDS)})\b")


def translate(error: BasicChatError) -> None:
    """Put what a method says into the words of tools."""
    error.message = _said(error.message)
    if error.hint is not None:
        error.hint = _said(error.hint)
    if isinstance(error, InvalidInput) and error.field in FIELDS:
        error.message = re.sub(rf"^{error.field}(?=:)", FIELDS[error.field], error.message)
        error.field = FIELDS[error.field]


def _said(text: str) -> str:
    return _WORD.sub(lambda found: WORDS[found[0]], text)
