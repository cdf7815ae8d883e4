"""Detects how a plain-text table separates and quotes its values."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

import msgspec

_SAMPLE_CHARACTERS = 50_000
_SAMPLE_ROWS = 60
_DELIMITERS = ",;\t|\x1f^~"
_USUAL = _DELIMITERS[:4]
"""These delimiters are usual; the others must fit better."""
_DOUBLED = re.compile(r'\w""|""\w')
_SEPARATING_COMMA = re.compile(r"(?<!\d),|,(?!\d)")


class CsvDialect(msgspec.Struct, frozen=True, kw_only=True):
    """The dialect of a table.

    Attributes:
        skip: the number of characters before the table, which only declare the separator.
        escape: the character that makes a quotation mark part of a value, if it is not doubled.
    """

    delimiter: str
    quote: str = '"'
    escape: str | None = None
    skip: int = 0


def detect_csv_dialect(text: str) -> CsvDialect:
    """Detect the dialect from the beginning of a table; titles above it do not count.

    A first line `sep=;`, with which Excel declares the separator, is obeyed.
    """
    first, _, _ = text.partition("\n")
    declared = first.strip().strip('"')
    if declared.lower().startswith("sep=") and len(declared) <= 5:
        delimiter = declared[4:] or ("\t" if first.rstrip("\r").endswith("\t") else ",")
        return _with_quotes(text[len(first) + 1 :], delimiter, skip=len(first) + 1)
    sample = text[:_SAMPLE_CHARACTERS]
    candidates = [_with_quotes(sample, delimiter) for delimiter in _DELIMITERS]
    return max(candidates, key=lambda each: _fit(sample, each))


def _with_quotes(text: str, delimiter: str, skip: int = 0) -> CsvDialect:
    sample = text[:_SAMPLE_CHARACTERS]
    single = sum(sample.count(mark) for mark in (f"{delimiter}'", f"'{delimiter}"))
    double = sum(sample.count(mark) for mark in (f'{delimiter}"', f'"{delimiter}'))
    return CsvDialect(
        delimiter=delimiter,
        quote="'" if single > double and single > 3 else '"',
        escape="\\" if _is_escaped(sample) else None,
        skip=skip,
    )


def _is_escaped(sample: str) -> bool:
    """Whether a backslash precedes quotation marks within values, rather than another mark."""
    return '\\"' in sample and _DOUBLED.search(sample.replace('\\"', "")) is None


def csv_rows(text: str, dialect: CsvDialect) -> "csv._reader":  # type: ignore[name-defined]
    """The rows of a table; they raise csv.Error for a value that is too long."""
    stream = io.StringIO(text, newline="")
    stream.seek(dialect.skip)
    return csv.reader(
        stream,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
        skipinitialspace=True,
    )


def _fit(sample: str, dialect: CsvDialect) -> tuple[float, int]:
    """How well a delimiter divides rows into the same number of values."""
    rows: list[Sequence[str]] = []
    try:
        for row in csv_rows(sample, dialect):
            if any(cell.strip() for cell in row):
                rows.append(row)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        return (0.0, 0)
    sizes = Counter(len(row) for row in rows if len(row) > 1)
    if not sizes:
        return (0.0, 0)
    size, count = max(sizes.items(), key=lambda item: (item[1], item[0]))
    share = count / len(rows)
    is_doubtful = dialect.delimiter not in _USUAL or (
        # Between digits only, a comma may be a decimal point.
        dialect.delimiter == "," and not _SEPARATING_COMMA.search(sample)
    )
    return (share * 0.5 if is_doubtful else share, size)
