"""The result of a statement, fetched."""

from collections.abc import Iterator, Sequence
from typing import Any


class Rows:
    """Implements `storage.database.Result` with rows that have been fetched."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: Sequence[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def first(self) -> Any:
        """The first row, if any."""
        return self._rows[0] if self._rows else None

    def all(self) -> Sequence[Any]:
        """All rows."""
        return self._rows

    def scalar(self) -> Any:
        """The first column of the first row; None if there is no row."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> list[Any]:
        """Every row's first column."""
        return [row[0] for row in self._rows]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)
