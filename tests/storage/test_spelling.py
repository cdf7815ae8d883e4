"""Finding the word that was meant by a misspelt one."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from basicchat.storage import spelling

LATIN, CYRILLIC = "abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщыьэюя"


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("lease", "lease", 0),
        ("leaes", "lease", 1),
        ("lese", "lease", 1),
        ("leease", "lease", 1),
        ("leise", "lease", 1),
        ("house", "lease", 3),
    ],
)
def test_errors_between_words(word: str, other: str, expected: int) -> None:
    assert spelling.errors(word, other, 2) == expected
    assert spelling.errors(other, word, 2) == expected
    assert spelling.errors(word, other + "xyz", 2, as_prefix=True) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *[("dog", 0), ("dogs", 1), ("kennels", 1), ("kennells", 2), ("квартира", 2)],
        *[("2024", 0), ("a4b5", 0), ("蜜蜂在秋天", 0), ("x" * 50, 0)],
    ],
)
def test_long_words_may_have_more_errors(word: str, expected: int) -> None:
    assert spelling.max_errors(word) == expected
    assert bool(spelling.beginnings(word)) == bool(expected)


@given(st.data())
def test_a_word_with_one_error_is_found_by_its_beginning(data: st.DataObject) -> None:
    alphabet = data.draw(st.sampled_from((LATIN, CYRILLIC)))
    meant = data.draw(st.text(alphabet, min_size=4, max_size=12))
    at = data.draw(st.integers(0, len(meant) - 1))
    letter = data.draw(st.sampled_from(alphabet))
    before, its, after = meant[:at], meant[at], meant[at + 1 :]
    wrong, missing, added = before + letter + after, before + after, before + letter + its + after
    word = data.draw(st.sampled_from((wrong, missing, added, before + after[:1] + its + after[1:])))
    assume(len(word) >= 4)
    assert meant.startswith(tuple(spelling.beginnings(word)))
    assert spelling.closest(word, [meant, "0"]) == [meant]


def test_the_words_with_the_fewest_errors_come_first() -> None:
    vocabulary = ["deposed", "deposits", "deposit", "position"]
    assert spelling.closest("depositt", vocabulary) == ["deposit", "deposits"]
    beginning = ["deposed", "deposit", "deposits"]
    assert spelling.closest("depo", vocabulary, as_prefix=True) == beginning


@pytest.mark.parametrize(
    ("word", "expected"), [("Zoë", "zoe"), ("MÜLLER", "muller"), ("Йод", "йод")]
)
def test_words_are_folded_as_in_the_index(word: str, expected: str) -> None:
    assert spelling.fold(word) == expected
