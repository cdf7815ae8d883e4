"""Plain-text tables: values separated by commas, semicolons, tabs or other characters."""

import csv
from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.cleaning import looks_like_text, read_text
from basicchat.documents.csv_dialects import csv_rows, detect_csv_dialect
from basicchat.documents.tables import table_lines
from basicchat.domain.errors import BadDocument
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format


def _read(path: Path) -> Iterator[Page]:
    text = read_text(path)
    rows = csv_rows(text, detect_csv_dialect(text))
    try:
        yield Page(number=None, start=0, text="\n".join(table_lines(rows)))
    except csv.Error as error:
        raise BadDocument(
            "The table cannot be read: one of its values is longer than 128,000 characters.",
            hint="Look for an unclosed quotation mark.",
            reason="table_value_too_long",
            params={"max_characters": 128_000},
        ) from error


FORMAT = Format(
    name="csv",
    suffixes=(".csv", ".tsv", ".tab", ".psv"),
    media_types=("text/csv", "text/tab-separated-values"),
    matches=looks_like_text,
    read=_read,
)
