"""The text of PDF pages by PDFium, which is fast and knows all predefined encodings."""

import re
from itertools import islice
from pathlib import Path
from typing import Any

# What PDFium writes for a hyphen at the end of a line.
_LINE_END_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_MAX_RIGHT_TO_LEFT_SHARE = 0.1
# How many objects of a page are looked at.
_MAX_OBJECTS = 1000


class PdfiumText:
    """The texts of a file's pages, as far as PDFium can read them.

    Args:
        path: the file.
        page_count: the number of its pages; PDFium is not used if it finds another one.
    """

    def __init__(self, path: Path, page_count: int) -> None:
        import pypdfium2  # noqa: PLC0415

        self._error = pypdfium2.PdfiumError
        self._text_type = pypdfium2.raw.FPDF_PAGEOBJ_TEXT
        self._document: Any = None
        try:
            document = pypdfium2.PdfDocument(path)
        except self._error:
            return
        if len(document) == page_count:
            self._document = document

    def page(self, index: int) -> str | None:
        """The text of a page; None if PDFium finds none, or may get its order wrong."""
        if self._document is None:
            return None
        try:
            page = self._document[index]
            text_page = page.get_textpage()
            text: str = text_page.get_text_bounded()
            text_page.close()
            page.close()
        except self._error:
            return None
        text = _LINE_END_HYPHEN.sub("-\n", text).replace("\r\n", "\n")
        # PDFium often reverses the words of a line that is written from right to left.
        if len(_RIGHT_TO_LEFT.findall(text)) > len(text) * _MAX_RIGHT_TO_LEFT_SHARE:
            return None
        return text if text.strip() else None

    def draws(self, index: int) -> bool:
        """Whether a page shows anything but text, such as a scanned image; true if unknown."""
        if self._document is None:
            return True
        try:
            objects = islice(self._document[index].get_objects(max_depth=1), _MAX_OBJECTS)
            return any(each.type != self._text_type for each in objects)
        except self._error:
            return True
