"""Excel workbooks in formats from before 2007 (.xls) and in binary form (.xlsb)."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.archives import broken, is_zip
from basicchat.documents.cleaning import clean
from basicchat.documents.tables import check_cells, table_lines
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

if TYPE_CHECKING:
    from python_calamine import CalamineSheet


def _read(path: Path) -> Iterator[Page]:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415

    try:
        workbook = CalamineWorkbook.from_path(path)
        for number, name in enumerate(workbook.sheet_names, 1):
            yield Page(number=number, start=0, text=_sheet(workbook.get_sheet_by_name(name)))
    except (CalamineError, ValueError, OSError) as error:
        raise broken("workbook") from error


def _sheet(sheet: "CalamineSheet") -> str:
    check_cells(sheet.height * sheet.width, sheet.name)
    lines = list(table_lines([_cell(value) for value in row] for row in sheet.iter_rows()))
    return clean("\n".join([f"Sheet: {sheet.name}", *lines])) if lines else ""


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


FORMAT = Format(
    name="xls",
    suffixes=(".xls", ".xlsb"),
    media_types=("application/vnd.ms-excel",),
    matches=is_zip,
    read=_read,
    also=((b"<?xml", "xml"), (b"<", "html"), (b"MIME-Version:", "email"), (b"", "csv")),
)
