"""JSON documents and lines of JSON: each value after the names that lead to it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from basicchat.documents.cleaning import looks_like_text, one_line, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_MAX_DEPTH = 100


def _read(path: Path) -> Iterator[Page]:
    text = read_text(path)
    try:
        value = json.loads(text)
        lines = list(_lines(value, ""))
    except (ValueError, RecursionError):
        lines = list(_records(text))
    yield Page(number=None, start=0, text="\n".join(lines))


def _records(text: str) -> Iterator[str]:
    """A paragraph for each line; a line that is not JSON remains as it is."""
    for line in text.split("\n"):
        try:
            yield from _lines(json.loads(line), "")
        except (ValueError, RecursionError):
            yield line
        else:
            yield ""


def _lines(value: Any, name: str, depth: int = 0) -> Iterator[str]:
    """`name: value` for each value; the members of a list of objects are paragraphs."""
    if depth > _MAX_DEPTH:
        yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, name, depth + 1)
            if isinstance(inner, dict):
                yield ""
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        shown = text.strip() if "\n" in text else one_line(text, None)
        yield f"{name}: {shown}" if name else shown


FORMAT = Format(
    name="json",
    suffixes=(".json", ".jsonl", ".ndjson", ".geojson"),
    media_types=("application/json", "application/x-ndjson", "application/jsonl"),
    matches=looks_like_text,
    read=_read,
)
