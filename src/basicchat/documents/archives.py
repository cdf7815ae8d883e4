"""Checks of office files, which are ZIP archives of XML, before a parser opens them."""

import re
import zipfile
import zlib
from pathlib import Path

from basicchat.domain.errors import BadDocument

MAX_ENTRIES = 5000
MAX_INFLATED_BYTES = 300 * 1024 * 1024
MAX_RATIO = 200
_MIN_BUDGET_BYTES = 10 * 1024 * 1024
_STEP_BYTES = 1 << 16
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0"


def is_zip(head: bytes) -> bool:
    """Whether a file starts like a ZIP archive, or like a password-protected office file."""
    return head.startswith((b"PK\x03\x04", _OLE))


def check_office(path: Path, kind: str, *, may_have_doctype: bool = False) -> None:
    """Check an office file by inflating it completely once, in pieces that are discarded.

    Args:
        path: the file.
        kind: the user's term for such a file.
        may_have_doctype: whether XML may name its document type, without defining entities.

    Raises:
        BadDocument: the file is protected, broken, far too large when unpacked, or defines XML
            entities, which no office program does.
    """
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise BadDocument(
                f"The {kind} is protected by a password, or in a format from before 2007.",
                hint="Open it in an office program and save it without a password in a current "
                "format (.docx, .pptx, .xlsx).",
                reason="file_protected",
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, path.stat().st_size, _ENTITY if may_have_doctype else _DOCTYPE)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise broken(kind) from error


def disguised(kind: str) -> BadDocument:
    """The error for an archive of another kind than its name says."""
    return BadDocument(
        f"The file is not a {kind}: its contents are of another kind.",
        hint="Give it the extension that matches its contents, and upload it again.",
        reason="file_disguised",
    )


def broken(kind: str) -> BadDocument:
    """The error for a file that its parser cannot read."""
    return BadDocument(
        f"The {kind} is damaged and cannot be read.",
        hint="Open it in the program that made it, save it again and upload the new file.",
        reason="file_broken",
    )


def _check_entries(archive: zipfile.ZipFile, packed: int, forbidden: re.Pattern[bytes]) -> None:
    entries = archive.infolist()
    budget = min(MAX_INFLATED_BYTES, max(_MIN_BUDGET_BYTES, packed * MAX_RATIO))
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > budget:
        raise _bomb()
    for entry in entries:
        budget -= _inflate(archive, entry, budget, forbidden)


def _inflate(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int, forbidden: re.Pattern[bytes]
) -> int:
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    total, tail = 0, b""
    with archive.open(entry) as stream:
        while piece := stream.read(_STEP_BYTES):
            total += len(piece)
            if total > budget:
                raise _bomb()
            if is_xml and forbidden.search(_ascii(tail + piece)):
                raise BadDocument(
                    "The file defines XML entities, which office programs never do.",
                    hint="Open it in an office program, save it again and upload the new file.",
                    reason="file_defines_entities",
                )
            tail = piece[-64:]
    return total


def _ascii(piece: bytes) -> bytes:
    """Remove zero bytes, so that the pattern also matches UTF-16."""
    return piece.replace(b"\0", b"")


def _bomb() -> BadDocument:
    return BadDocument(
        "The file would unpack to an enormous size, so it was not opened.",
        hint="If it is a real document, save it again without large embedded objects.",
        reason="file_unpacks_too_large",
    )
