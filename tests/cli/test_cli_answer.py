"""A run is put together from deltas and events as PROTOCOL, section 4, demands."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.cli.answer import Answer, citation_lines, place

Note = tuple[str, dict[str, Any]]


def delta(text: str, off: int, *, part: int = 0, kind: str = "answer", run: str = "r") -> Note:
    return "delta", {"run": run, "part": part, "kind": kind, "off": off, "text": text}


def ended(*texts: str, kind: str = "run.completed", run: str = "r") -> Note:
    parts = [{"part": i, "kind": "answer", "text": t, "off": len(t)} for i, t in enumerate(texts)]
    data = {"run_id": run, "status": kind.removeprefix("run."), "parts": parts}
    return "events", {"stream": "room:x", "epoch": "e", "events": [{"type": kind, "data": data}]}


@pytest.mark.parametrize(
    ("notes", "shown"),
    [
        ([delta("He", 0), delta("llo", 2), ended("Hello")], ["He", "llo", ""]),
        ([delta("Hello", 0), delta("llo you", 2)], ["Hello", " you"]),
        ([delta("Hello", 0), delta("ell", 1)], ["Hello", ""]),
        ([delta("He", 0), delta("o", 4), ended("Hello")], ["He", "", "llo"]),
        ([ended("Hello")], ["Hello"]),
        ([delta("Hullo", 0), ended("Hello")], ["Hullo", "\n\nHello"]),
        ([delta("x", 0, run="other"), ended("y", run="other")], ["", ""]),
        ([delta("hm", 0, kind="reasoning"), delta("Yes", 0, part=1)], ["", "Yes"]),
        ([delta("a", 0), delta("b", 0, part=1), ended("a", "b")], ["a", "\n\nb", ""]),
        ([("signal", {"type": "typing"}), delta("é€𝄞", 0), delta("!", 3)], ["", "é€𝄞", "!"]),
    ],
)
def test_text_is_shown_once_and_in_full(notes: list[Note], shown: list[str]) -> None:
    answer = Answer("r")
    assert [answer.feed(*note) for note in notes] == shown


@pytest.mark.parametrize("kind", ["completed", "failed", "cancelled", "interrupted"])
def test_a_run_ends_in_four_ways(kind: str) -> None:
    answer = Answer("r")
    answer.feed(*ended("text", kind=f"run.{kind}"))
    assert answer.run is not None
    assert (answer.run["status"], answer.text) == (kind, "text")


@given(text=st.text(max_size=60), seed=st.integers(0, 1 << 16))
def test_any_overlapping_or_missing_deltas_end_in_the_final_text(text: str, seed: int) -> None:
    chance, answer, notes, off = random.Random(seed), Answer("r"), [], 0
    while off < len(text):
        end = chance.randint(off + 1, len(text))
        start = chance.randint(0, off)
        if chance.random() < 0.8:
            notes.append(delta(text[start:end], start))
        off = end
    shown = "".join(answer.feed(*note) for note in [*notes, ended(text)])
    assert shown == text


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({"page": 3, "line_start": 1}, ", page 3"),
        ({"line_start": 4, "line_end": 9}, ", lines 4-9"),
        ({"line_start": 4, "line_end": 4}, ", line 4"),
        ({"line_start": 4}, ", line 4"),
        ({}, ""),
    ],
)
def test_places_are_pages_or_lines(found: dict[str, int], text: str) -> None:
    assert place(found) == text


def test_citations_are_numbered_with_their_quotation() -> None:
    citation = {"n": 2, "title": "Bees", "page": 7, "quote": "A hive\n holds  one queen."}
    assert citation_lines([citation]) == ["[2] Bees, page 7", '    "A hive holds one queen."']
