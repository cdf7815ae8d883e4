"""Detection of sentence boundaries."""

import re
from collections.abc import Iterator

LONGEST = 600
"""A longer sentence is split at a line end, or at a space."""

_END = re.compile(
    r"""
    [.!?…]["'”’)\]]*(?=\s)        # Western: a mark, then space
    | [。！？][」』”]*              # Chinese and Japanese: the mark alone
    | \n[ \t]*\n                  # an empty line
    | \n(?=[ \t]*(?:[-*•+>#|]|\d{1,3}[.)]\s))   # a list item, heading or table row begins
    | (?<=[^\n])\n(?=[^\n]*\s\|\s)              # a row of a table begins
    """,
    re.VERBOSE,
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|cf|vs|etc|al|approx|ca|dr|mr|mrs|ms|prof|st|no|nos|fig|figs|eq|eqs|sec"
    r"|vol|pp|p|ed|eds|inc|ltd|co|jr|sr|z\.b|d\.h|bzw|nr)|\b[A-Z])\.$",
    re.IGNORECASE,
)


def spans(text: str) -> list[tuple[int, int]]:
    """The (start, end) of each sentence of a text, without the white space around it."""
    found: list[tuple[int, int]] = []
    at = 0
    for end in (*_ends(text), len(text)):
        found += _pieces(text, at, end)
        at = end
    return found


def _ends(text: str) -> Iterator[int]:
    for match in _END.finditer(text):
        if match[0][0] in ".!?…" and _goes_on(text, match.start(), match.end()):
            continue
        yield match.end()


def _goes_on(text: str, mark: int, end: int) -> bool:
    """Whether a full stop does not end a sentence: in an abbreviation, or before lower case."""
    if _ABBREVIATION.search(text, max(0, mark - 12), mark + 1):
        return True
    following = text[end : end + 20].lstrip()[:1]
    return following.islower() and not text[mark - 1 : mark].isspace()


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while True:
        while start < end and text[start].isspace():
            start += 1
        stop = end if end - start <= LONGEST else _cut(text, start, start + LONGEST)
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield start, last
        if stop >= end:
            return
        start = stop


def _cut(text: str, start: int, end: int) -> int:
    for mark in ("\n", "; ", " "):
        at = text.rfind(mark, start + LONGEST // 3, end)
        if at > 0:
            return at + len(mark)
    return end
