"""Splits texts into words, and words such as `maxQueueBytes` or `AB-1234` into their parts."""

import re
from collections.abc import Iterator
from functools import lru_cache

from basicchat.domain.values import Value
from basicchat.language.folding import western_digits
from basicchat.language.script_runs import runs

# Marks that belong to the letter before them; in Indian scripts they are vowels.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0"
    "\u0816-\u082d\u08d3-\u0903\u093a-\u0963\u0981-\u0def\u200c\u200d\u00ad"
)
_JOINTS = "-‐‑'’."
_GROUPS = ",.'’\u00a0\u2009\u202f"
# A number with groups of three digits, one with decimals, or one with groups between spaces.
_NUMBER = (
    rf"(?<![\w.,])(?:\d{{1,3}}(?P<mark>[{_GROUPS}])\d{{3}}(?:(?P=mark)\d{{3}})*(?:[.,]\d+)?|\d+[.,]\d+"
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d+)?)(?![.,'’/-]?\d)(?![-_]\w)"
)
_IS_NUMBER = re.compile(rf"{_NUMBER}\Z")
_WORD = re.compile(rf"{_NUMBER}|\w[\w{_MARKS}]*(?:[{_JOINTS}][\w{_MARKS}]+)*")
_POSSESSIVE = re.compile(r"['’]s\Z", re.IGNORECASE)
_JOINT = re.compile(rf"[{_JOINTS}_]+")
# Between the parts of a word that is written as one.
_SEAM = re.compile(
    r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-zà-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])"
    r"|(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ])"
)
# A word of more parts, such as a hash, is left whole.
_MOST_PARTS = 6


class Piece(Value, frozen=True, gc=False):
    """A word of a text.

    Attributes:
        parts: its parts as they are written; for most words, one; of underscores, none.
        whole: the parts without what joins them, if the word may also be written like that.
        is_run: whether it is a run of characters in a script without spaces between words.
    """

    parts: tuple[str, ...]
    whole: str | None = None
    is_run: bool = False


def written(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text as they are written, each with whether it is a run of characters."""
    if text.isascii():
        for match in _WORD.finditer(text):
            yield match[0], False
        return
    after = 0
    for start, end in [*runs(text), (len(text), len(text))]:
        for match in _WORD.finditer(text[after:start]):
            yield match[0], False
        if end > start:
            yield text[start:end], True
        after = end


def pieces(text: str) -> Iterator[Piece]:
    """The words of a text in their order."""
    for word, is_run in written(text):
        yield Piece((word,), is_run=True) if is_run else piece_of(word)


@lru_cache(maxsize=1 << 15)
def piece_of(word: str) -> Piece:
    """A word, or a number, as it is written, split into its parts."""
    return _number(word) if word[0].isdigit() and _IS_NUMBER.match(word) else _word(word)


def _word(word: str) -> Piece:
    if word.isalpha() and (word.islower() or word.istitle()):
        return Piece((word,))
    joined = _POSSESSIVE.sub("", word)
    written = [part for part in _JOINT.split(joined) if part]
    parts = [part for each in written for part in _SEAM.split(each)]
    if len(parts) > _MOST_PARTS:
        parts = written
    if len(parts) < 2:
        return Piece(tuple(parts))
    is_one = not any(mark in joined for mark in "'’.")
    return Piece(tuple(parts), "".join(parts) if is_one else None)


def _number(number: str) -> Piece:
    """A number in one form, whatever separates its groups and its decimals: `1234.5`."""
    digits = western_digits(number)
    *groups, last = re.split(rf"[{_GROUPS} ]", digits)
    marks = re.findall(rf"[{_GROUPS} ]", digits)
    has_decimals = len(last) != 3 or groups[0] == "0" or len(set(marks)) > 1
    whole = "".join(groups) + (f".{last.rstrip('0')}" if has_decimals else last)
    whole = whole.rstrip(".")
    # A space may also separate two numbers.
    return Piece((*groups, last), whole) if " " in digits else Piece((whole,))
