"""Splitting of a document's text into passages for the search index."""

from collections.abc import Iterable, Iterator

import msgspec
from semantic_text_splitter import MarkdownSplitter, TextSplitter

from basicchat.domain.values import Chunk, Page

_WINDOW = 100_000


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

    Windows keep the splitter's time and memory linear for pages of many millions of characters.
    They end at an empty line if there is one, else at a line end or a space.
    """
    end = at + _WINDOW
    if end >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, at + _WINDOW // 2, end)
        if found > 0:
            return found + len(mark)
    return end
