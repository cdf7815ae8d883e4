"""Documents in Rich Text Format."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.archives import broken
from basicchat.documents.cleaning import clean
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format


def _read(path: Path) -> Iterator[Page]:
    from striprtf.striprtf import rtf_to_text  # noqa: PLC0415

    try:
        # Bytes above 127 are rare: such characters are escaped, with the code page of the file.
        source = path.read_bytes().decode("latin-1")
        text: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    except (ValueError, IndexError, KeyError, LookupError, TypeError) as error:
        raise broken("RTF document") from error
    yield Page(number=None, start=0, text=clean(text).strip())


def _matches(head: bytes) -> bool:
    return head.lstrip().startswith(b"{\\rtf")


FORMAT = Format(
    name="rtf",
    suffixes=(".rtf",),
    media_types=("application/rtf", "text/rtf"),
    matches=_matches,
    read=_read,
)
