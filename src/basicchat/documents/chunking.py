"""Cutting a document's text into passages for the search index."""

from collections.abc import Iterable, Iterator

import msgspec
from semantic_text_splitter import MarkdownSplitter, TextSplitter

from basicchat.domain.values import Chunk, Page

_WINDOW = 100_000


class ChunkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long passages are, in characters.

    A passage ends at the first good place (paragraph, sentence, word) from `wanted` on, and is
    never longer than `longest`. Passages overlap by at most `overlap`.
    """

    wanted: int = 1000
    longest: int = 1400
    overlap: int = 0


class Chunker:
    """Cuts pages, given in order, into passages; a passage never runs over a page's end.

    Args:
        settings: lengths.
        markdown: cut at Markdown's headings, lists and code blocks.
    """

    def __init__(self, settings: ChunkSettings, *, markdown: bool = False) -> None:
        kind = MarkdownSplitter if markdown else TextSplitter
        self._splitter = kind((settings.wanted, settings.longest), overlap=settings.overlap)
        self._line = 1

    def feed(self, page: Page) -> Iterator[Chunk]:
        """The passages of the next page; its `start` says where in the whole text it begins."""
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
    """Cut all pages; see `Chunker`."""
    chunker = Chunker(settings, markdown=markdown)
    return [passage for page in pages for passage in chunker.feed(page)]


def _window_end(text: str, at: int) -> int:
    """Where the piece that begins at `at` and is given to the splitter at once ends.

    Windows keep the splitter's time and memory in proportion on a page of many millions of
    characters; they end at an empty line, or at least at a line's end, if there is one.
    """
    end = at + _WINDOW
    if end >= len(text):
        return len(text)
    for mark in ("\n\n", "\n", " "):
        found = text.rfind(mark, at + _WINDOW // 2, end)
        if found > 0:
            return found + len(mark)
    return end
