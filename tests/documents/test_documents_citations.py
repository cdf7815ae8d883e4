"""Citations: every quotation is in its source, letter for letter, or it is not there at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicchat.documents.citations import MAX_PER_SOURCE, cite, marks
from basicchat.domain.passages import Hit

BEFORE = "Preface\nof two lines\n"
WINGS = (
    "The lift of a wing grows with the square of its speed. Drag grows as well,\n"
    "but more slowly at first. In 1903 the brothers flew 260 metres. Nobody was hurt."
)
BREAD = "Bread needs flour, water and salt. It is baked at 230 degrees for 40 minutes."
TEXTS = {"wings": BEFORE + WINGS + "\nThe end.", "bread": BREAD}


class Texts:
    """Documents by id."""

    def __init__(self, texts: dict[str, str]) -> None:
        self._texts = texts

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        return self._texts.get(document_id, "")[start:end]


HITS = (
    Hit(
        document_id="wings",
        title="Wings",
        text=WINGS,
        score=9.5,
        start=len(BEFORE),
        end=len(BEFORE) + len(WINGS),
        page=4,
        line_start=3,
        line_end=4,
    ),
    Hit(document_id="bread", title="Bread", text=BREAD, score=2.0, start=0, end=len(BREAD)),
)
LIFT = "The lift of a wing grows with the square of its speed."
DRAG = "Drag grows as well,\nbut more slowly at first."
FLOWN = "In 1903 the brothers flew 260 metres."
SALT = "Bread needs flour, water and salt."
BAKED = "It is baked at 230 degrees for 40 minutes."

TABLE: list[tuple[str, str, list[tuple[int, str]], int]] = [
    (
        "paraphrase",
        "Lift increases with the speed squared: the wing's lift grows [1].",
        [(1, LIFT)],
        0,
    ),
    ("after the full stop", "A wing's lift grows with its speed squared. [1]", [(1, LIFT)], 0),
    (
        "sentence of its own",
        "Hello there. The brothers flew 260 metres in 1903 [1]. Bye.",
        [(1, FLOWN)],
        0,
    ),
    (
        "verbatim quotation wins",
        'Speed and lift of the wing matter, but "more slowly at first" is said too [1].',
        [(1, "more slowly at first.")],
        0,
    ),
    (
        "quotation over a line's end",
        "“as well, but more slowly” [1]",
        [(1, "as well,\nbut more slowly")],
        0,
    ),
    ("whole sentence verbatim", f"{LIFT} [1]", [(1, LIFT)], 0),
    (
        "two marks",
        "Bread is of flour, water and salt [2] and wings have lift, growing with speed [1].",
        [(2, SALT), (1, LIFT)],
        0,
    ),
    ("two sources in one mark", "Lift grows with the square of speed [1, 2].", [(1, LIFT)], 1),
    ("two marks together", "Bread needs salt, water and flour [1][2].", [(2, SALT)], 1),
    ("range", "Bread needs salt and flour and water [1-2].", [(2, SALT)], 1),
    ("same quotation twice", f"{LIFT} [1] As said: {LIFT} [1]", [(1, LIFT)], 0),
    ("two quotations of one source", f"{SALT} [2]\n\n{BAKED} [2]", [(2, SALT), (2, BAKED)], 0),
    ("mark first", "[2] says that bread needs flour and salt.", [(2, SALT)], 0),
    (
        "list",
        "- [2] Bread needs flour and salt\n- Lift grows with speed squared [1]",
        [(2, SALT), (1, LIFT)],
        0,
    ),
    ("out of range", "Bread needs flour, water and salt [3]. Also [0] and [99].", [], 3),
    ("no support", "The moon is made of green cheese [1].", [], 1),
    ("one shared word", "The brothers like green cheese from the moon very much [1].", [], 1),
    ("inline code", "Use `a[1]` for bread, or ``b[2] ` c``.", [], 0),
    (
        "code block",
        "See:\n```python\nx[1] = 2\n```\nBread needs flour and salt [2].",
        [(2, SALT)],
        0,
    ),
    ("code block that never ends", "~~~\nlift wing speed [1]\n", [], 0),
    ("markdown link", "Lift of a wing [1](http://x) grows.", [], 0),
    ("no mark", "Bread needs flour.", [], 0),
    ("emphasis", f"**{SALT}** [2]", [(2, SALT)], 0),
    ("empty", "", [], 0),
]


@pytest.mark.parametrize(
    ("answer", "wanted", "dropped"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
async def test_marks_become_quotations(
    answer: str, wanted: list[tuple[int, str]], dropped: int
) -> None:
    cited = await cite(Texts(TEXTS), answer, HITS)
    assert [(c.n, c.quote) for c in cited.citations] == wanted
    assert cited.dropped == dropped
    assert sum(mark < 0 for mark in cited.marks) == dropped


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # The second mark has the number of a valid citation, but nothing supports it.
        (f"{SALT} [2] The moon is made of cheese [2].", (0, -3)),
        (f"{SALT} [2] {BAKED} [2] {SALT} [2]", (0, 1, 0)),
        (f"{LIFT} [1] Bread needs salt, flour and water [1-3].", (0, -2, 1, -4)),
        ("Nothing [0], no source [7].", (-1, -8)),
        ("No mark.", ()),
    ],
)
async def test_each_mark_has_its_citation(answer: str, expected: tuple[int, ...]) -> None:
    cited = await cite(Texts(TEXTS), answer, HITS)
    assert cited.marks == expected
    for citation in cited.citations:
        source = TEXTS[citation.document_id]
        assert source[citation.start : citation.end] == citation.quote


async def test_a_citation_says_where_it_is() -> None:
    (citation,) = (await cite(Texts(TEXTS), f"{DRAG} [1]", HITS)).citations
    assert (citation.title, citation.page, citation.score) == ("Wings", 4, 9.5)
    assert (citation.line_start, citation.line_end) == (3, 4)
    (second,) = (await cite(Texts(TEXTS), f"{FLOWN} [1]", HITS)).citations
    assert (second.line_start, second.line_end) == (4, 4)


async def test_a_source_that_has_changed_is_not_quoted() -> None:
    for texts in ({}, {"wings": "shifted " + TEXTS["wings"]}):
        cited = await cite(Texts(texts), f"{LIFT} [1] {LIFT} [1]", HITS)
        assert (cited.citations, cited.dropped) == ((), 2)


async def test_one_source_is_quoted_a_bounded_number_of_times() -> None:
    text = " ".join(f"Fact number {n} is about thing{n} and item{n}." for n in range(20))
    hit = Hit(document_id="facts", title="F", text=text, score=1.0, start=0, end=len(text))
    answer = " ".join(f"Fact number {n} is about thing{n} and item{n} [1]." for n in range(20))
    cited = await cite(Texts({"facts": text}), answer, (hit,))
    assert len(cited.citations) == MAX_PER_SOURCE
    assert cited.dropped == 0


def test_numbers_of_marks() -> None:
    text = "a [1] b [2,3] c [4; 5] d [7-9] e [3–4] f [12] g [x] h [1234] i [9-1]"
    assert [numbers for _, _, numbers in marks(text)] == [
        (1,), (2, 3), (4, 5), (7, 8, 9), (3, 4), (12,), (9,),
    ]  # fmt: skip


ANSWERS = st.lists(
    st.sampled_from([LIFT, DRAG, SALT, BAKED, "[1]", "[2]", "[1, 2]", "[9]", "`", "```", "\n\n"])
    | st.text(max_size=20),
    max_size=12,
)


@settings(max_examples=200, deadline=None)
@given(pieces=ANSWERS)
async def test_whatever_the_answer_each_quotation_is_in_its_source(pieces: list[str]) -> None:
    cited = await cite(Texts(TEXTS), " ".join(pieces), HITS)
    for citation in cited.citations:
        assert TEXTS[citation.document_id][citation.start : citation.end] == citation.quote
        assert citation.document_id == HITS[citation.n - 1].document_id
    assert cited.dropped >= 0
