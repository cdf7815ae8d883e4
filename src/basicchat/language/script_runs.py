"""Runs of characters in scripts that do not separate words.

Chinese, Japanese, Thai and the like do not separate words, so an index has each pair of
neighbouring characters of a run, as Lucene's CJKBigramFilter does, and the last character of the
run. Every character thus begins a token, so that a prefix finds it alone. Korean has spaces, but
its words carry particles; pairs find the stem within them.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

# The Unicode blocks: Thai, Lao; Myanmar; Hangul Jamo; Khmer; iteration marks; Hiragana, Katakana,
# Bopomofo; ideographs with their extensions and compatibility forms; Hangul syllables; half-width
# Katakana and Hangul.
_RUN = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3041-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U0001b000-\U0001b16f\U00020000-\U0003ffff]+"
)


def runs(text: str) -> Iterator[tuple[int, int]]:
    """The first and the last position, exclusive, of each run in a script without spaces."""
    return (match.span() for match in _RUN.finditer(text))


def pairs(run: str) -> list[str]:
    """The tokens of a query's run; a single character stands for itself."""
    return [a + b for a, b in pairwise(run)] or [run]
