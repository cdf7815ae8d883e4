"""Passages of documents: extracted text, search hits and citations."""

from basicchat.domain.values import DocumentNote, Value


class Citation(Value, frozen=True, kw_only=True):
    """A quotation that is in its source verbatim.

    `n` is the number used in the answer's `[n]`; `start` and `end` are code-point offsets of
    `quote` in the document's extracted text; lines are counted from 1.
    """

    n: int
    document_id: str
    title: str
    quote: str
    score: float
    start: int
    end: int
    page: int | None = None
    line_start: int | None = None
    line_end: int | None = None


class Page(Value, frozen=True, kw_only=True):
    """A page of a document's extracted text. `start` is its code-point offset in the whole text.

    `number` is the number of the page, slide or sheet, from 1. A format without pages has a single
    Page whose number is None.
    """

    number: int | None
    start: int
    text: str


class Chunk(Value, frozen=True, kw_only=True):
    """A passage to index: `text` is the document's text[start:end]."""

    start: int
    end: int
    text: str
    line_start: int
    line_end: int
    page: int | None = None


class Extracted(Value, frozen=True, kw_only=True):
    """The content of a document: text by page, passages to index, and what could not be read."""

    title: str | None
    pages: tuple[Page, ...]
    chunks: tuple[Chunk, ...]
    page_count: int | None = None
    notes: tuple[DocumentNote, ...] = ()


class Hit(Value, frozen=True, kw_only=True):
    """A passage that matches a query. Offsets are code points in the document's text."""

    document_id: str
    title: str
    text: str
    score: float
    start: int
    end: int
    page: int | None = None
    line_start: int | None = None
    line_end: int | None = None
