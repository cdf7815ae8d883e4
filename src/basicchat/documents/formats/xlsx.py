"""Excel workbooks; a page is a sheet."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from basicchat.documents.archives import broken, check_office, is_zip, require_office_extra
from basicchat.documents.cleaning import clean
from basicchat.documents.tables import table_lines
from basicchat.domain.errors import BadDocument
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MAX_CELLS = 5_000_000


def _read(path: Path) -> Iterator[Page]:
    check_office(path, "xl/workbook.xml", "workbook")
    with require_office_extra("workbooks"):
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415
    try:
        workbook = CalamineWorkbook.from_path(path)
        for number, name in enumerate(workbook.sheet_names, 1):
            yield Page(number=number, start=0, text=_sheet(workbook.get_sheet_by_name(name)))
    except (CalamineError, ValueError, OSError) as error:
        raise broken("workbook") from error


def _sheet(sheet: "CalamineSheet") -> str:
    if sheet.height * sheet.width > MAX_CELLS:
        raise BadDocument(
            f"The sheet “{sheet.name}” has {sheet.height:,} rows and {sheet.width:,} columns; "
            f"at most {MAX_CELLS:,} cells can be read.",
            hint="Delete empty rows and columns, or split the sheet.",
        )
    rows = ([_cell(value) for value in row] for row in sheet.iter_rows())
    lines = [line for line in table_lines(rows) if line]
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
    name="xlsx",
    suffixes=(".xlsx", ".xlsm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    matches=is_zip,
    read=_read,
)
