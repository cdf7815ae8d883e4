"""Jupyter notebooks, as Markdown: their texts, code and outputs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from basicchat.documents.archives import broken
from basicchat.documents.cleaning import clean, looks_like_text, read_text
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format


def _read(path: Path) -> Iterator[Page]:
    try:
        notebook = json.loads(read_text(path))
        blocks = [block for cell in _cells(notebook) for block in _cell(cell)]
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise broken("notebook") from error
    yield Page(number=None, start=0, text=clean("\n\n".join(blocks)))


def _cells(notebook: Any) -> Iterator[Any]:
    """The cells; before version 4 of the format they were in worksheets."""
    yield from notebook.get("cells", ())
    for sheet in notebook.get("worksheets", ()):
        yield from sheet.get("cells", ())


def _cell(cell: Any) -> Iterator[str]:
    text = _joined(cell.get("source", cell.get("input", ""))).strip()
    if cell.get("cell_type") == "code":
        if text:
            yield f"```\n{text}\n```"
        for output in cell.get("outputs", ()):
            if shown := _output(output).strip():
                yield f"```\n{shown}\n```"
    elif text:
        yield text


def _output(output: Any) -> str:
    """The text of an output; pictures have none."""
    if "traceback" in output or "ename" in output:
        return f"{output.get('ename', '')}: {output.get('evalue', '')}"
    data = output.get("data", output)
    return _joined(data.get("text/plain", data.get("text", data.get("text/markdown", ""))))


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(str(line) for line in text)


FORMAT = Format(
    name="ipynb",
    suffixes=(".ipynb",),
    media_types=("application/x-ipynb+json",),
    matches=looks_like_text,
    read=_read,
    markdown=True,
)
