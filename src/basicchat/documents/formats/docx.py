"""Word documents, as Markdown: headings, paragraphs, lists and tables in their order."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.archives import broken, check_office, is_zip, require_office_extra
from basicchat.documents.cleaning import clean, one_line
from basicchat.documents.tables import table_lines
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph


def _read(path: Path) -> Iterator[Page]:
    document = _open(path)
    try:
        blocks = [_block(block) for block in document.iter_inner_content()]
    except (KeyError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise broken("Word document") from error
    yield Page(number=None, start=0, text=clean("\n\n".join(block for block in blocks if block)))


def _open(path: Path) -> "Document":
    check_office(path, "word/document.xml", "Word document")
    with require_office_extra("Word documents"):
        from docx import Document  # noqa: PLC0415
        from docx.opc.exceptions import OpcError  # noqa: PLC0415
    try:
        with path.open("rb") as file:
            return Document(file)
    except (OpcError, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise broken("Word document") from error


def _block(block: "Paragraph | Table") -> str:
    if hasattr(block, "rows"):
        return "\n".join(table_lines([cell.text for cell in row.cells] for row in block.rows))
    text = block.text.strip()
    style = (block.style.name or "") if block.style is not None else ""
    level = style.removeprefix("Heading ")
    if text and (level.isdigit() or style == "Title"):
        return f"{'#' * min(int(level) if level.isdigit() else 1, 6)} {one_line(text)}"
    return f"- {text}" if text and style.startswith("List") else text


def _title(path: Path) -> str | None:
    return one_line(clean(_open(path).core_properties.title or "")) or None


FORMAT = Format(
    name="docx",
    suffixes=(".docx",),
    media_types=("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    matches=is_zip,
    read=_read,
    title=_title,
    markdown=True,
)
