"""Words of an index that resemble a misspelt one.

An index has too many words to compare them all. Most misspelt words begin like the intended one,
and the others have an error right there, which is undone in every possible way (P. Norvig, "How to
write a spelling corrector", 2007). So only the words of the index with one of a few beginnings are
compared.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from basicchat.language.script_runs import runs

MAX_COMPARED = 4000
"""How many words of an index are compared with one misspelt word."""
MAX_SIMILAR = 40
"""How many similar words take the place of a misspelt one."""

_LETTERS_PER_ERROR = 4
_MAX_ERRORS = 2
_MAX_LENGTH = 40
_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Letters of other scripts: those of the same 128 code points.
_BLOCK = 128


def max_errors(word: str) -> int:
    """How many letters of a word may be wrong, missing, added, or swapped with their neighbour.

    None in short words, and none in numbers or in scripts without spaces between words.
    """
    plain = word.isalpha() and len(word) <= _MAX_LENGTH and not any(runs(word))
    return min(_MAX_ERRORS, len(word) // _LETTERS_PER_ERROR) if plain else 0


def fold(word: str) -> str:
    """A word in lower case and without the diacritics of Latin letters, as the indexes have it."""
    return "".join(_base(letter) for letter in word.lower())


def _base(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def beginnings(word: str) -> list[str]:
    """What words with an acceptable number of errors can begin with.

    Of two errors, only one may be in the first letters.
    """
    if not max_errors(word):
        return []
    intact = 2 if len(word) < 6 else 3
    first = word[:intact]
    early = _with_early_error(word, intact)
    return sorted({first, *(each for each in early if not each.startswith(first))})


def _with_early_error(word: str, intact: int) -> Iterator[str]:
    length = intact + 1
    for at in range(intact):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        yield (before + after)[:length]
        if after:
            yield (before + after[0] + letter + after[1:])[:length]
        for other in _alphabet(letter):
            yield (before + other + after)[:length]
            yield (before + other + letter + after)[:length]


def _alphabet(letter: str) -> Iterable[str]:
    if letter.isascii():
        return _LATIN
    first = ord(letter) & ~(_BLOCK - 1)
    block = map(chr, range(first, first + _BLOCK))
    return [char for char in block if char.isalpha() and char == char.lower()]


def closest(word: str, candidates: Iterable[str], *, as_prefix: bool = False) -> list[str]:
    """The words that resemble a word, those with the fewest errors first.

    Args:
        word: as `fold` returns it.
        candidates: words of an index.
        as_prefix: whether the word may be the misspelt beginning of one.
    """
    most = max_errors(word)
    counted = ((errors(word, each, most, as_prefix=as_prefix), each) for each in candidates)
    similar = sorted(pair for pair in counted if pair[0] <= most)
    return [each for _, each in similar[:MAX_SIMILAR]]


def errors(word: str, other: str, most: int, *, as_prefix: bool = False) -> int:
    """The distance of two words (optimal string alignment); more than `most` if it is larger.

    Args:
        as_prefix: the least distance of the word to any beginning of the other one.
    """
    if as_prefix:
        other = other[: len(word) + most]
    if abs(len(word) - len(other)) > most and not (as_prefix and len(other) > len(word)):
        return most + 1
    older: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(word, 1):
        row = [i]
        for j, its in enumerate(other, 1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and word[i - 2] == its:
                least = min(least, older[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
        older, last = last, row
    return min(last) if as_prefix else last[-1]
