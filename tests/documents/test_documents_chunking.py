"""Passages are exactly what the document says, where they say it is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicchat.documents.chunking import Chunker, ChunkSettings, chunk
from basicchat.documents.sentences import LONGEST, spans
from basicchat.domain.passages import Page

WORDS = st.text(
    alphabet=st.sampled_from("abc é😀漢\u0301 .!\n\n\t#-`|>*") | st.characters(codec="utf-8"),
    max_size=400,
)


def paged(texts: list[str]) -> list[Page]:
    pages, start = [], 0
    for number, text in enumerate(texts, 1):
        pages.append(Page(number=number, start=start, text=text))
        start += len(text)
    return pages


@settings(max_examples=200, deadline=None)
@given(
    texts=st.lists(WORDS, max_size=4),
    markdown=st.booleans(),
    overlap=st.sampled_from([0, 10]),
)
def test_offsets_lines_and_pages_are_exact(texts: list[str], markdown: bool, overlap: int) -> None:
    whole = "".join(texts)
    pages = paged(texts)
    lengths = ChunkSettings(wanted=40, longest=60, overlap=overlap)
    found = chunk(pages, lengths, markdown=markdown)
    for passage in found:
        assert whole[passage.start : passage.end] == passage.text
        assert passage.text.strip()
        assert passage.line_start == 1 + whole.count("\n", 0, passage.start)
        assert passage.line_end == 1 + whole.count("\n", 0, passage.end)
        page = pages[(passage.page or 1) - 1]
        assert page.start <= passage.start < passage.end <= page.start + len(page.text)
        assert len(passage.text) <= 60
    if not overlap:
        covered = {at for passage in found for at in range(passage.start, passage.end)}
        missing = "".join(whole[at] for at in range(len(whole)) if at not in covered)
        assert not missing.strip()


def test_markdown_is_cut_at_its_headings() -> None:
    text = "# One\n\n" + "first words. " * 30 + "\n\n# Two\n\n" + "second words. " * 30
    found = chunk(paged([text]), ChunkSettings(wanted=400, longest=600), markdown=True)
    assert [passage.text.splitlines()[0] for passage in found] == ["# One", "# Two"]


def test_a_page_of_millions_of_characters_is_cut_in_windows() -> None:
    text = "a sentence of words. " * 40_000
    found = chunk(paged([text]), ChunkSettings())
    assert all(text[passage.start : passage.end] == passage.text for passage in found)
    assert sum(len(passage.text) for passage in found) > len(text) * 0.98
    assert max(len(passage.text) for passage in found) <= 1400


@settings(max_examples=200, deadline=None)
@given(text=WORDS)
def test_sentences_are_in_order_and_leave_out_only_space(text: str) -> None:
    at = 0
    for start, end in spans(text):
        assert start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        assert end - start <= LONGEST
        at = end
    assert not text[at:].strip()


def test_where_sentences_end() -> None:
    text = (
        "Dr. Smith saw 3.5 wings, e.g. of birds. He left! “Why?” she asked.\n\nNew paragraph\n"
        "goes on\n- item one\n- item two\nthe lift is high . the drag is not ."
    )
    assert [text[start:end] for start, end in spans(text)] == [
        "Dr. Smith saw 3.5 wings, e.g. of birds.",
        "He left!",
        "“Why?” she asked.",
        "New paragraph\ngoes on",
        "- item one",
        "- item two\nthe lift is high .",
        "the drag is not .",
    ]


class Recording:
    """A splitter that records what it is given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def chunk_indices(self, text: str) -> list[tuple[int, str]]:
        self.given.append(text)
        return [(0, text)]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 300_000,
        "word " * 60_000,
        "> " * 150_000,
        "漢" * 300_000,
        ("word " * 30_000 + "\n") * 3,
        "short\n" * 20 + "x" * 250_000 + "\nshort" * 20,
    ],
)
def test_the_splitter_never_gets_a_long_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chunker, splitter = Chunker(ChunkSettings()), Recording()
    monkeypatch.setattr(chunker, "_splitter", splitter)
    list(chunker.feed(Page(number=None, start=0, text=text)))
    assert "".join(splitter.given) == text
    assert max(len(line) for given in splitter.given for line in given.split("\n")) <= 4000


def test_short_lines_are_split_together(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ("A line of a paragraph.\n" * 40 + "\n") * 400
    chunker, splitter = Chunker(ChunkSettings()), Recording()
    monkeypatch.setattr(chunker, "_splitter", splitter)
    list(chunker.feed(Page(number=None, start=0, text=text)))
    assert "".join(splitter.given) == text
    assert len(splitter.given) == len(text) // 100_000 + 1
    assert all(given.endswith("\n\n") for given in splitter.given)
