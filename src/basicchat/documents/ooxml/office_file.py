"""A kind of office file, whose readers are imported when one is read."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from basicchat.documents.ooxml.package import Package


class OfficeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of office file.

    Attributes:
        usual: the usual name of its main part.
        root: the name of the main part's root element.
        kind: the user's term for such a file.
    """

    usual: str
    root: str
    kind: str

    def open(self, path: Path) -> "AbstractContextManager[Package]":
        """Check and open a file; see `open_package`."""
        from basicchat.documents.ooxml.package import open_package  # noqa: PLC0415

        return open_package(path, self.usual, self.root, self.kind)

    def title(self, path: Path) -> str | None:
        """The title among a file's properties."""
        with self.open(path) as package:
            return package.title()
