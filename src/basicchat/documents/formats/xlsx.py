"""Excel workbooks; a page is a sheet."""

from collections.abc import Iterator
from pathlib import Path

from basicchat.documents.archives import is_zip
from basicchat.documents.cleaning import clean
from basicchat.documents.ooxml.office_file import OfficeFile
from basicchat.domain.passages import Page
from basicchat.domain.plugins import Format

_KIND = OfficeFile(usual="xl/workbook.xml", root="workbook", kind="workbook")


def _read(path: Path) -> Iterator[Page]:
    from basicchat.documents.ooxml.sheet_text import Workbook  # noqa: PLC0415

    with _KIND.open(path) as package:
        workbook = Workbook(package)
        for number, sheet in enumerate(workbook.sheets, 1):
            yield Page(number=number, start=0, text=clean(workbook.text(sheet)))


FORMAT = Format(
    name="xlsx",
    suffixes=(".xlsx", ".xlsm", ".xltx", ".xltm"),
    media_types=("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    matches=is_zip,
    read=_read,
    title=_KIND.title,
)
