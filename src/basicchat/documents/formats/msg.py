"""Messages that Outlook saves (.msg), with their senders, dates, subjects and attached messages."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import clean
from basicchat.documents.ole.compound_file import is_compound, open_compound
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = "message"


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ole.outlook import OutlookMessage  # noqa: PLC0415

    with open_compound(path, _KIND) as file:
        texts = [text for text in OutlookMessage(file).texts() if text.strip()]
    yield Page(number=None, start=0, text=clean("\n\n".join(texts)))


def _title(path: Path) -> str | None:
    from basicchat.documents.ole.outlook import OutlookMessage  # noqa: PLC0415

    with open_compound(path, _KIND) as file:
        return OutlookMessage(file).subject or None


FORMAT = Format(
    name="msg",
    suffixes=(".msg", ".oft"),
    media_types=("application/vnd.ms-outlook",),
    matches=is_compound,
    read=_read,
    title=_title,
)
