"""What a model server says about an error, short enough to show, and without secrets."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

import msgspec

MAX_CHARACTERS = 240
EXAMINED_CHARACTERS = 2000
MAX_DEPTH = 5
MIN_SECRET_CHARACTERS = 4
MASK = "…"
# Where servers put their message; the first that is there counts.
_FIELDS = (
    "message", "error", "detail", "errors", "msg", "reason", "error_description", "title",
    "error parsing tool call",
)  # fmt: skip
_HTML = re.compile(r"<(?:!doctype|html|head|body|h1|center)\b", re.IGNORECASE)
# Keys, tokens, and other long words that are no words; credentials within URLs.
_SECRETS = re.compile(
    r"(?:bearer|basic)\s+[\w.~+/=-]{6,}"
    r"|\b(?:sk|pk|rk|gsk|xai|hf|nvapi|ghp|glpat|r8|AIza|eyJ)[-_A-Za-z0-9.*]{6,}"
    r"|(?<=://)[^/\s@]+@"
    r"|(?i:(?<=key=)|(?<=token=)|(?<=secret=)|(?<=password=))[^&\s'\"]+"
    r"|\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}",
    re.IGNORECASE,
)


def reason_in(body: bytes, secrets: Collection[str] = ()) -> str:
    """The reason in an error's body; empty if there is none.

    Args:
        body: JSON in any of the usual forms, or plain text. A page in HTML is no reason.
        secrets: texts that must not be shown.
    """
    text = _text(body)
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= MIN_SECRET_CHARACTERS:
            text = text.replace(secret, MASK)
    text = _SECRETS.sub(MASK, " ".join(text.split())[:EXAMINED_CHARACTERS])
    if len(text) > MAX_CHARACTERS:
        text = text[: MAX_CHARACTERS - 1].rstrip() + "…"
    return text.rstrip(" .")


def _text(body: bytes) -> str:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        text = body.decode(errors="replace").strip()
        return "" if _HTML.search(text) or text.startswith(("{", "[")) else text
    return next(_messages(decoded), "")


def _messages(value: Any, depth: int = 0) -> Iterator[str]:
    """The messages in an error, the most specific first."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        if value.strip():
            yield from _inner(value, depth)
    elif isinstance(value, list):
        for each in value:
            yield from _messages(each, depth + 1)
    elif isinstance(value, dict):
        metadata = value.get("metadata")
        # OpenRouter's own message is only "Provider returned error".
        if isinstance(metadata, dict):
            yield from _messages(metadata.get("raw"), depth + 1)
        for field in _FIELDS:
            yield from _messages(value.get(field), depth + 1)
        for field in ("type", "code"):
            if depth and isinstance(value.get(field), str):
                yield value[field]


def _inner(text: str, depth: int) -> Iterator[str]:
    """A message, or the message within it if it is JSON itself."""
    if text.lstrip().startswith("{"):
        with suppress(msgspec.DecodeError, RecursionError):
            yield from _messages(msgspec.json.decode(text), depth + 1)
    yield text
