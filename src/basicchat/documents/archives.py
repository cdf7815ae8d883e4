"""Looking into office files, which are ZIP archives of XML, before a parser does."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basicchat.domain.errors import BadDocument

MAX_ENTRIES = 5000
MAX_INFLATED = 300 * 1024 * 1024
MAX_RATIO = 200
_FREE = 10 * 1024 * 1024
_STEP = 1 << 16
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0"


def is_zip(head: bytes) -> bool:
    """Whether a file begins like a ZIP archive, or like a password-protected office file."""
    return head.startswith((b"PK\x03\x04", _OLE))


def check_office(path: Path, part: str, kind: str) -> None:
    """Check an office file by inflating all of it once, piece by piece, keeping nothing.

    Args:
        path: the file.
        part: the entry that such a file must have, `word/document.xml` say.
        kind: what the user calls such a file.

    Raises:
        BadDocument: it is protected, broken, no such file, would take up far more than it should
            when unpacked, or has XML entities, which no office program writes.
    """
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise BadDocument(
                f"The {kind} is protected by a password, or in the format of before 2007.",
                hint="Open it in an office program and save it without a password in today's "
                "format (.docx, .pptx, .xlsx).",
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _check_entries(archive, path.stat().st_size)
            if part not in archive.namelist():
                raise BadDocument(
                    f"The file is no {kind}: its contents are of another kind.",
                    hint="Give it the file ending that fits its contents and upload it again.",
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise broken(kind) from error


def broken(kind: str) -> BadDocument:
    """The error for a file that its parser cannot read."""
    return BadDocument(
        f"The {kind} is broken and cannot be read.",
        hint="Open it in the program that made it, save it again and upload the new file.",
    )


@contextmanager
def office_extra(what: str) -> Iterator[None]:
    """Import an office parser inside; a missing one becomes an error that says how to get it."""
    try:
        yield
    except ImportError as error:
        raise BadDocument(
            f"Reading {what} needs an extra part of BasicChat.",
            hint="Install it with `pip install 'basicchat[office]'` and upload the file again.",
        ) from error


def _check_entries(archive: zipfile.ZipFile, packed: int) -> None:
    entries = archive.infolist()
    budget = min(MAX_INFLATED, max(_FREE, packed * MAX_RATIO))
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > budget:
        raise _bomb()
    for entry in entries:
        budget -= _inflate(archive, entry, budget)


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: int) -> int:
    is_xml = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    total, tail = 0, b""
    with archive.open(entry) as stream:
        while piece := stream.read(_STEP):
            total += len(piece)
            if total > budget:
                raise _bomb()
            if is_xml and _DOCTYPE.search(_ascii(tail + piece)):
                raise BadDocument(
                    "The file defines XML entities, as harmful files do and office programs never.",
                    hint="Open it in an office program, save it again and upload the new file.",
                )
            tail = piece[-64:]
    return total


def _ascii(piece: bytes) -> bytes:
    """UTF-16 hides nothing from the pattern once its zero bytes are gone."""
    return piece.replace(b"\0", b"")


def _bomb() -> BadDocument:
    return BadDocument(
        "The file is small but would unpack to an enormous size, so it was not opened.",
        hint="If it is a real document, save it again without large embedded objects.",
    )
