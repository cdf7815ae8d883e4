"""Plain-text tables: values separated by commas, semicolons or tabs."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, read_text
from basicchat.documents.tables import table_lines
from basicchat.domain.errors import BadDocument
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page


def _read(path: Path) -> Iterator[Page]:
    text = read_text(path)
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        yield Page(number=None, start=0, text="\n".join(table_lines(rows)))
    except csv.Error as error:
        raise BadDocument(
            "The table cannot be read: one of its values is longer than 128,000 characters.",
            hint="Look for an unclosed quotation mark.",
        ) from error


def _delimiter(text: str) -> str:
    """The most frequent separator in the first line; a comma if it has none."""
    line = text[:10_000].partition("\n")[0]
    return max(",;\t|", key=line.count)


FORMAT = Format(
    name="csv",
    suffixes=(".csv", ".tsv"),
    media_types=("text/csv", "text/tab-separated-values"),
    matches=looks_like_text,
    read=_read,
)
