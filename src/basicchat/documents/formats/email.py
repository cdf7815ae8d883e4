"""E-mail: messages (.eml) and mailboxes (.mbox), with their senders, dates and subjects."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32, default
from pathlib import Path
from typing import Any

from basicchat.documents.cleaning import clean, decode_text, looks_like_text, one_line
from basicchat.documents.formats.html import page_text
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_SHOWN_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_MESSAGE_START = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_MAX_PARTS = 1000
# To parse longer headers takes long, and nobody wants to read them.
_MAX_HEADER = 4000
_BROKEN_HEADER = (ValueError, IndexError, TypeError, AttributeError, LookupError, RecursionError)


class _ShortHeaders(Compat32):
    """Keeps the beginning of each header, and parses none before it is asked for."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name and the value of a header, of these lines."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_MAX_HEADER]


_POLICY = _ShortHeaders()


def _read(path: Path) -> Iterator[Page]:
    data = path.read_bytes().replace(b"\r\n", b"\n")
    is_mailbox = data.startswith(b"From ")
    messages = _MESSAGE_START.split(data) if is_mailbox else [data]
    texts = ("\n\n".join(_message(_parse(each))) for each in messages if each.strip())
    yield Page(number=None, start=0, text=clean("\n\n".join(texts)))


def _parse(data: bytes) -> Message:
    return message_from_bytes(data, policy=_POLICY)


def _message(message: Message) -> Iterator[str]:
    """The headers, then the text of each part; a part in several forms is read once."""
    headers = (f"{name}: {_header(message, name)}" for name in _SHOWN_HEADERS)
    yield "\n".join(line for line in headers if not line.endswith(": "))
    for number, part in enumerate(_parts(message)):
        if number == _MAX_PARTS:
            return
        if name := _file_name(part):
            yield f"Attachment: {name}"
        if text := _text(part).strip():
            yield text


def _parts(message: Message) -> Iterator[Message]:
    """The innermost parts, with the first readable one of alternatives."""
    payload: Any = message.get_payload()
    inner = payload if isinstance(payload, list) else []
    if message.get_content_type() == "multipart/alternative":
        found = (list(_parts(part)) for part in inner)
        yield from next((p for p in found if any(_text(each).strip() for each in p)), [])
    elif message.is_multipart():
        for part in inner:
            yield from _parts(part)
    else:
        yield message


def _text(part: Message) -> str:
    if part.get_content_maintype() != "text":
        return ""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        text = decode_text(data, part.get_content_charset())
    except BadDocument:
        return ""
    return page_text(text) if part.get_content_subtype() == "html" else text


def _header(message: Message, name: str) -> str:
    values = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return _parsed(name, next(values, ""))


def _file_name(part: Message) -> str:
    """The name of an attachment; old programs encode it as words (RFC 2047)."""
    try:
        name = part.get_filename() or ""
    except _BROKEN_HEADER:
        return ""
    return _parsed("Subject", name)


def _parsed(name: str, value: str) -> str:
    """The text of a header, without encoded words and comments."""
    try:
        return one_line(str(default.header_fetch_parse(name, value)), 2000) if value else ""
    except _BROKEN_HEADER:
        return ""


def _title(path: Path) -> str | None:
    data = path.read_bytes()
    return None if data.startswith(b"From ") else _header(_parse(data), "Subject") or None


FORMAT = Format(
    name="email",
    suffixes=(".eml", ".mbox"),
    media_types=("message/rfc822", "application/mbox"),
    matches=looks_like_text,
    read=_read,
    title=_title,
)
