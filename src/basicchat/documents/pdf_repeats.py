"""Refuses PDF files whose pages show the same content very often.

A small file can refer to one content stream thousands of times, or draw forms that draw forms that
draw others (ISO 32000-1, 7.8.2 and 8.10), so that interpreting its pages takes hours. How much
content there is to interpret is counted without interpreting it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from basicchat.documents.pdf_pages import pages_of
from basicchat.domain.errors import BadDocument

if TYPE_CHECKING:
    from pypdf import PdfReader

# Content that is interpreted again: a page's heading on each page, for example.
BASE_BYTES = 2_000_000
BYTES_PER_FILE_BYTE = 20

_SHOWS_TEXT = re.compile(rb"T[jJ]|['\"]|Do")
_DRAWN_FORM = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")


def check_repeats(reader: "PdfReader", file_size: int, damage: tuple[type[Exception], ...]) -> None:
    """Check how much content the pages of a file repeat.

    Args:
        damage: what is raised for content that is damaged, which counts as empty.

    Raises:
        BadDocument: they repeat too much.
    """
    streams = _Streams(damage)
    interpreted = 0
    limit = BASE_BYTES + BYTES_PER_FILE_BYTE * file_size
    for page in pages_of(reader):
        interpreted += streams.interpreted_bytes(page)
        if interpreted - streams.distinct_bytes > limit:
            raise BadDocument(
                "The pages of the PDF file repeat the same content too often.",
                hint="Print it to a new PDF file, and upload that.",
                reason="file_repeats_content",
            )


class _Streams:
    """The sizes of content streams, including the forms that they draw.

    Attributes:
        distinct_bytes: the sizes of all streams so far, each counted once.
    """

    def __init__(self, damage: tuple[type[Exception], ...]) -> None:
        self._damage = damage
        self._sizes: dict[object, int] = {}
        self.distinct_bytes = 0

    def interpreted_bytes(self, page: Any) -> int:
        """How much content is interpreted for a page."""
        try:
            contents = page.raw_get("/Contents") if "/Contents" in page else None
            parts = _parts(contents)
            return sum(self._size(part, page.get("/Resources")) for part in parts)
        except self._damage:
            return 0

    def _size(self, reference: Any, resources: Any) -> int:
        key = getattr(reference, "idnum", None) or id(reference)
        if key not in self._sizes:
            # A form that draws itself counts once.
            self._sizes[key] = 0
            self._sizes[key] = self._measured(reference.get_object(), resources)
        return self._sizes[key]

    def _measured(self, stream: Any, resources: Any) -> int:
        try:
            data: bytes = stream.get_data()
        except self._damage:
            return 0
        if _SHOWS_TEXT.search(data) is None:
            return 0
        self.distinct_bytes += len(data)
        resources = stream.get("/Resources") or resources
        return len(data) + sum(self._size(form, resources) for form in _forms(data, resources))


def _parts(contents: Any) -> list[Any]:
    """The content streams of a page: one, or the members of an array."""
    if contents is None:
        return []
    resolved = contents.get_object()
    return list(resolved) if isinstance(resolved, list) else [contents]


def _forms(data: bytes, resources: Any) -> Iterator[Any]:
    """References to the forms that a content stream draws, in order."""
    objects = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return
    objects = objects.get_object()
    for name in _DRAWN_FORM.findall(data):
        plain = _ESCAPED.sub(lambda code: bytes((int(code[1], 16),)), name)
        key = "/" + plain.decode("latin-1")
        if key in objects:
            reference = objects.raw_get(key)
            if reference.get_object().get("/Subtype") == "/Form":
                yield reference
