"""PowerPoint presentations; a page is a slide with its notes."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basicchat.documents.archives import broken, check_office, is_zip, require_office_extra
from basicchat.documents.cleaning import clean, one_line
from basicchat.documents.tables import table_lines
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

_MAX_GROUPS = 20


def _read(path: Path) -> Iterator[Page]:
    presentation = _open(path)
    try:
        for number, slide in enumerate(presentation.slides, 1):
            yield Page(number=number, start=0, text=clean("\n\n".join(_texts(slide))))
    except (KeyError, ValueError, AttributeError, IndexError, TypeError) as error:
        raise broken("presentation") from error


def _open(path: Path) -> "Presentation":
    check_office(path, "ppt/presentation.xml", "presentation")
    with require_office_extra("presentations"):
        from pptx import Presentation  # noqa: PLC0415
        from pptx.exc import PythonPptxError  # noqa: PLC0415
    try:
        with path.open("rb") as file:
            return Presentation(file)
    except (PythonPptxError, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise broken("presentation") from error


def _texts(slide: "Slide") -> Iterator[str]:
    yield from _shapes(slide.shapes, 0)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        notes = frame.text.strip()
        if notes:
            yield f"Notes: {notes}"


def _shapes(shapes: Iterable[Any], depth: int) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _MAX_GROUPS:
            yield from _shapes(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            rows = ([cell.text for cell in row.cells] for row in shape.table.rows)
            yield "\n".join(table_lines(rows))
        elif getattr(shape, "has_text_frame", False) and shape.text_frame.text.strip():
            yield shape.text_frame.text.strip()


def _title(path: Path) -> str | None:
    title = one_line(clean(_open(path).core_properties.title or ""))
    return title if title and title != "PowerPoint Presentation" else None


FORMAT = Format(
    name="pptx",
    suffixes=(".pptx",),
    media_types=("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
    matches=is_zip,
    read=_read,
    title=_title,
)
