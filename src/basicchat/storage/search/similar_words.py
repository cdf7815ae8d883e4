"""Words of the indexed passages that resemble the misspelt words of a query.

The index has stems ("retir" of "retirement"), so a word is first compared with stems, loosely, and
then with the words of a passage in which the stem occurs.
"""

from collections.abc import Iterable

from basicchat.storage import spelling

MAX_WORDS = 8
"""How many words of a query are looked up."""
MAX_PASSAGES = 3
"""In how many passages with a stem its words are looked for."""

_MAX_STEMS = 20


def stems_like(word: str, stems: Iterable[str]) -> list[str]:
    """The stems of which a word may be a misspelt form.

    Args:
        word: as `spelling.fold` returns it.
        stems: those of the index with one of the word's `spelling.beginnings`.
    """
    most = spelling.max_errors(word)
    counted = sorted((_errors(word, stem, most), -len(stem), stem) for stem in stems)
    return [stem for errors, _, stem in counted if errors <= most][:_MAX_STEMS]


def words_like(word: str, passages: Iterable[Iterable[str]]) -> list[str]:
    """The words that resemble a word.

    Args:
        word: as `spelling.fold` returns it.
        passages: the words of each of some passages with a similar stem.
    """
    found: dict[str, None] = {}
    for words in passages:
        candidates = dict.fromkeys(map(spelling.fold, words))
        found |= dict.fromkeys(spelling.closest(word, candidates, as_prefix=True))
    return list(found)


def _errors(word: str, stem: str, most: int) -> int:
    """The errors by which the stem is the beginning of the word, or the word that of the stem."""
    return min(
        spelling.errors(stem, word, most, as_prefix=True),
        spelling.errors(word, stem, most, as_prefix=True),
    )
