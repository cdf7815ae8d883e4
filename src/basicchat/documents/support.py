"""Finds the part of a source that supports a statement."""

import re
from collections.abc import Iterable

import msgspec

from basicchat.documents import sentences

MIN_COVERAGE = 0.3
"""A sentence supports a statement if it has this share, by weight, of its significant words."""

_PAIR_COST = 0.15
"""How much more of a statement a second sentence must cover to be quoted too."""

_QUOTED = re.compile(r"[“\"„«]([^“”\"„«»\n]{8,600})[”\"“»]")
_WORD = re.compile(r"\w+")
_SUFFIXES = (
    "ations",
    "ation",
    "ings",
    "ing",
    "edly",
    "ies",
    "ied",
    "ed",
    "es",
    "ly",
    "s",
    "e",
    "y",
)
_LIMIT = 120
_COMMON = (
    "the and for are was were that this with from have has had not but which also they their its "
    "his her our your you can may will would could should than then when what who how why where "
    "been being into over under about such some any all each more most other only very there these "
    "those according document documents source sources states says said text"
)
_COMMON_WORDS = frozenset(_COMMON.split())


class Passage(msgspec.Struct, frozen=True):
    """A source's text with its sentences and the significant words of each."""

    text: str
    spans: list[tuple[int, int]]
    stems: list[frozenset[str]]


def prepare(text: str) -> Passage:
    """Prepare a source's text once, to be searched for many statements."""
    spans = sentences.spans(text)
    return Passage(text, spans, [stems(text[start:end]) for start, end in spans])


def best_span(passage: Passage, statement: str) -> tuple[int, int] | None:
    """The (start, end) of the text that supports a statement best; None if nothing does.

    In order of preference: a quotation in the statement that the source contains verbatim (except
    for white space and case), the statement itself if the source contains it, and the sentence or
    two adjacent sentences that share most of its significant words, weighted by rarity.
    """
    quotations = sorted(_QUOTED.findall(statement), key=len, reverse=True)
    for quotation in (*quotations, statement):
        found = _verbatim(passage.text, quotation)
        if found is not None:
            return found
    return _by_words(passage, stems(statement))


def stems(text: str) -> frozenset[str]:
    """The significant words of a text, without common English suffixes; numbers are unchanged."""
    return frozenset(
        _stem(word)
        for word in _WORD.findall(text.lower())
        if word not in _COMMON_WORDS and (len(word) > 2 or not word.isascii() or word.isdigit())
    )


def _stem(word: str) -> str:
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return word.removesuffix(suffix)
    return word


def _verbatim(text: str, quotation: str) -> tuple[int, int] | None:
    words = quotation.strip(" \t\n.,;:!?…").split()[:_LIMIT]
    if sum(map(len, words)) < 8:
        return None
    pattern = r"\s+".join(re.escape(word) for word in words)
    found = re.search(rf"(?<!\w){pattern}(?!\w)[.!?]?", text, re.IGNORECASE)
    return found.span() if found else None


def _by_words(passage: Passage, wanted: frozenset[str]) -> tuple[int, int] | None:
    if not wanted:
        return None
    weight = _weights(passage, wanted)
    whole = sum(weight.values())
    best, best_score = None, 0.0
    for first in range(len(passage.spans)):
        for last in (first, first + 1):
            if last >= len(passage.spans):
                continue
            shared = wanted & frozenset().union(*passage.stems[first : last + 1])
            score = sum(weight[stem] for stem in shared) / whole - _PAIR_COST * (last - first)
            if score > best_score and len(shared) >= min(2, len(wanted)):
                best, best_score = (passage.spans[first][0], passage.spans[last][1]), score
    return best if best_score >= MIN_COVERAGE else None


def _weights(passage: Passage, wanted: Iterable[str]) -> dict[str, float]:
    """Weights of words: higher for words in few of the source's sentences, and for numbers."""
    count = len(passage.stems)
    weights = {}
    for stem in wanted:
        having = sum(stem in sentence for sentence in passage.stems)
        weights[stem] = (1.5 if stem.isdigit() else 1.0) * (1.0 - 0.5 * having / max(count, 1))
    return weights
