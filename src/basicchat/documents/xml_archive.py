"""Opens archives of XML files, such as office documents and electronic books."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from basicchat.documents.archives import broken, check_office
from basicchat.documents.xml_tree import XmlError

DAMAGE = (
    XmlError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    IndexError,
    RecursionError,
    EOFError,
)
"""What reading a damaged archive raises."""


@contextmanager
def open_xml_archive(
    path: Path, kind: str, *, may_have_doctype: bool = False
) -> Iterator[zipfile.ZipFile]:
    """Check and open an archive; damage that is found within the block is reported as such.

    Args:
        path: the file.
        kind: the user's term for such a file.
        may_have_doctype: see `check_office`.

    Raises:
        BadDocument: it is damaged or dangerous.
    """
    check_office(path, kind, may_have_doctype=may_have_doctype)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DAMAGE as error:
        raise broken(kind) from error
