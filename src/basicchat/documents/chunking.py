"""Splitting of a document's text into passages for the search index."""

import re
from collections.abc import Iterable, Iterator

import msgspec
from semantic_text_splitter import MarkdownSplitter, TextSplitter

from basicchat.domain.passages import Chunk, Page

_WINDOW = 100_000
_LONG_LINE = 4000
# One or more lines that are not long; the last line of a text has no line break.
_SHORT_LINES = re.compile(rf"(?:[^\n]{{0,{_LONG_LINE}}}+\n)++(?:[^\n]{{0,{_LONG_LINE}}}\Z)?")


class ChunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The lengths of passages, in characters.

    A passage ends at the first boundary (paragraph, sentence, word) after `wanted` characters, and
    is never longer than `longest`. Passages overlap by at most `overlap`.
    """

    wanted: int = 1000
    longest: int = 1400
    overlap: int = 0


class Chunker:
    """Splits pages, given in order, into passages; a passage never crosses the end of a page.

    Args:
        settings: the lengths of passages.
        markdown: split at Markdown's headings, lists and code blocks.
    """

    def __init__(self, settings: ChunkSettings, *, markdown: bool = False) -> None:
        kind = MarkdownSplitter if markdown else TextSplitter
        self._splitter = kind((settings.wanted, settings.longest), overlap=settings.overlap)
        self._line = 1

    def feed(self, page: Page) -> Iterator[Chunk]:
        """The passages of the next page, whose `start` is its offset in the whole text."""
        at = 0
        while at < len(page.text):
            end = _window_end(page.text, at)
            yield from self._window(page, at, page.text[at:end])
            at = end

    def _window(self, page: Page, at: int, text: str) -> Iterator[Chunk]:
        line, seen = self._line, 0
        for offset, passage in self._splitter.chunk_indices(text):
            line += (
                text.count("\n", seen, offset)
                if offset >= seen
                else -text.count("\n", offset, seen)
            )
            seen = offset
            if not passage.strip():
                continue
            yield Chunk(
                start=page.start + at + offset,
                end=page.start + at + offset + len(passage),
                text=passage,
                line_start=line,
                line_end=line + passage.count("\n"),
                page=page.number,
            )
        self._line += text.count("\n")


def chunk(pages: Iterable[Page], settings: ChunkSettings, *, markdown: bool = False) -> list[Chunk]:
    """Split all pages; see `Chunker`."""
    chunker = Chunker(settings, markdown=markdown)
    return [passage for page in pages for passage in chunker.feed(page)]


def _window_end(text: str, at: int) -> int:
    """The end of the window that starts at `at` and is passed to the splitter in one piece.

    The splitter's time grows with the square of the text between two line breaks. Windows keep it
    linear: they are small within a long line, and else contain whole lines, many of them. They end
    at an empty line, a line end or a space, if there is one.
    """
    end = at + _WINDOW
    lines = _SHORT_LINES.match(text, at, end)
    if lines is None:
        end = at + _LONG_LINE
        return _boundary(text, at, end, (" ",)) if end < len(text) else len(text)
    if lines.end() >= len(text):
        return len(text)
    # Before a long line, the window ends with the last short one.
    is_full = lines.end() > end - _LONG_LINE
    return _boundary(text, at, lines.end(), ("\n\n", "\n")) if is_full else lines.end()


def _boundary(text: str, at: int, end: int, marks: tuple[str, ...]) -> int:
    """Where the last of these marks in the second half of text[at:end] ends; else `end`."""
    for mark in marks:
        found = text.rfind(mark, (at + end) // 2, end)
        if found > 0:
            return found + len(mark)
    return end
