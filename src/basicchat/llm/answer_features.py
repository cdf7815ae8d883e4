"""What tells whether a sentence answers a question, as numbers from which a score is made."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from basicchat.domain.passages import Hit
from basicchat.domain.values import Value
from basicchat.language.detection import language_of
from basicchat.language.folding import folded
from basicchat.language.question_kinds import Kind, kind_of
from basicchat.language.tokens import Term, parse, text_positions
from basicchat.llm.sentences import sentences

NAMES = (
    "own",
    "near",
    "passage",
    "names_missing",
    "unknown",
    "kind",
    "kind_missing",
    "pairs",
    "first",
    "relative",
    "terms",
    "matched",
    "length",
    "whole",
    "named",
    "opening",
)
"""The features, in the order of their values."""

# The share of its weight that a word counts for beside the sentence, and if only its beginning is
# the same.
_BESIDE = 0.5
_SIMILAR = 0.7
_BEGINNING = 5
_DIGIT = re.compile(r"\d")
_NUMBER_WORDS = frozenset(
    """
    two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand
    million billion half zwei drei vier funf sechs sieben acht neun zehn elf zwolf hundert
    tausend deux trois quatre cinq six sept huit neuf dix cent mille dos tres cuatro cinco
    seis siete ocho nueve diez cien mil iki uc dort bes alti yedi sekiz dokuz yuz bin два две
    три четыре пять шесть семь восемь девять десять сто тысяч dois duas quatro sete oito nove
    dez due tre quattro cinque sei sette
    """.split()  # noqa: SIM905
)


class Question(Value, frozen=True, kw_only=True):
    """A question: its terms, what it asks for, and the terms that are names or numbers."""

    terms: tuple[Term, ...]
    kind: Kind
    names: frozenset[str]
    words: frozenset[str]


class Sentence(Value, frozen=True, kw_only=True):
    """A sentence of a hit with its features; `n` is the hit's number, from 1."""

    n: int
    place: int
    text: str
    tokens: frozenset[str]
    matched: int
    features: tuple[float, ...]


class _Passage:
    """A hit split into sentences."""

    def __init__(self, n: int, hit: Hit) -> None:
        language = language_of(hit.text)
        self.n, self.score = n, hit.score
        self.sentences = list(sentences(hit.text))
        self.ordered = [
            [token for position in text_positions(text, language) for token in position]
            for text in self.sentences
        ]
        self.tokens = [frozenset(tokens) for tokens in self.ordered]
        self.title = frozenset(
            token for position in text_positions(hit.title) for token in position
        )
        self.all = self.title.union(*self.tokens)


def analysed(question: str) -> Question:
    """Analyse a question."""
    parsed = parse(question)
    every = [word.strip("¿?¡!.,;:()\"“”«»„'’") for word in question.split()]
    capitals = not question.isupper() and language_of(question) != "german"
    names = {
        folded(word)
        for at, word in enumerate(every)
        if _DIGIT.search(word) or (capitals and at > 0 and word[:1].isupper())
    }
    known = frozenset(term.word for term in parsed.terms if _is_named(term.word, names))
    return Question(
        terms=parsed.terms,
        kind=kind_of(question),
        names=known,
        words=frozenset(map(folded, every)),
    )


def _is_named(word: str, names: set[str]) -> bool:
    return word in names or any(name.startswith(word + "'") for name in names)


def scored_sentences(question: str, hits: Sequence[Hit]) -> Iterator[Sentence]:
    """The sentences of the hits that share a word with the question, with their features."""
    asked = analysed(question)
    if not asked.terms or not hits:
        return
    passages = [_Passage(n, hit) for n, hit in enumerate(hits, 1)]
    weight = _weights(asked, passages)
    for passage in passages:
        yield from _of_passage(asked, passage, weight, passages)


def _weights(asked: Question, passages: Sequence[_Passage]) -> dict[str, float]:
    """The weight of each term: one in few passages is more significant than a common one."""
    having = Counter(
        term.word
        for passage in passages
        for term in asked.terms
        if _matches(term, passage.all) == 1.0
    )
    count = len(passages)
    return {
        term.word: 1 + math.log((count + 1) / (having[term.word] + 0.5)) / 2 for term in asked.terms
    }


def _of_passage(
    asked: Question,
    passage: _Passage,
    weight: dict[str, float],
    passages: Sequence[_Passage],
) -> Iterator[Sentence]:
    total = sum(weight.values())
    best = max(each.score for each in passages)
    everywhere = frozenset[str]().union(*(each.all for each in passages))
    within = {term.word: _matches(term, passage.all) for term in asked.terms}
    anywhere = {term.word: _matches(term, everywhere) for term in asked.terms}
    missing = sum(within[word] < 1 for word in asked.names) / max(len(asked.names), 1)
    unknown = sum(weight[w] for w, match in anywhere.items() if match < 1) / total
    whole = sum(weight[w] * match for w, match in within.items()) / total
    for place, text in enumerate(passage.sentences):
        tokens = passage.tokens[place]
        own = {term.word: _matches(term, tokens) for term in asked.terms}
        if not any(own.values()):
            continue
        around = passage.title.union(*passage.tokens[max(place - 1, 0) : place + 2])
        covered = sum(weight[w] * match for w, match in own.items()) / total
        near = (
            sum(
                weight[term.word] * max(own[term.word], _BESIDE * _matches(term, around))
                for term in asked.terms
            )
            / total
        )
        kind = _answers_kind(asked, text)
        yield Sentence(
            n=passage.n,
            place=place,
            text=text,
            tokens=tokens,
            matched=sum(match == 1 for match in own.values()),
            features=(
                covered,
                near,
                whole,
                missing,
                unknown,
                max(kind, 0.0),
                max(-kind, 0.0),
                _pairs(asked, passage.ordered[place]),
                1.0 if passage.n == 1 else 0.0,
                passage.score / best if best > 0 else 1.0,
                min(len(asked.terms), 10) / 10,
                min(sum(own.values()), 6) / 6,
                min(len(text), 400) / 400,
                1.0 if covered > 0.999 else 0.0,
                1.0 if asked.names else 0.0,
                1.0 if place == 0 else 0.0,
            ),
        )


def _matches(term: Term, tokens: frozenset[str]) -> float:
    """1 if some tokens have a term, less if a word begins like it, 0 if none does."""
    for phrase in term.phrases:
        if term.is_prefix:
            if any(token.startswith(phrase[0][0]) for token in tokens):
                return 1.0
        elif all(not tokens.isdisjoint(position) for position in phrase):
            return 1.0
    word = term.word
    if len(word) < _BEGINNING or not word.isalpha():
        return 0.0
    least = max(_BEGINNING, round(len(word) * 0.6))
    beginning = word[:least]
    return _SIMILAR if any(token.startswith(beginning) for token in tokens) else 0.0


def _pairs(asked: Question, ordered: Sequence[str]) -> float:
    """The share of the question's neighbouring terms that are close together in a sentence."""
    if len(asked.terms) < 2:
        return 0.5
    places = [_places(term, ordered) for term in asked.terms]
    near = sum(
        any(abs(a - b) <= 3 for a in first for b in second) for first, second in pairwise(places)
    )
    return near / (len(places) - 1)


def _places(term: Term, ordered: Sequence[str]) -> list[int]:
    first = frozenset(token for phrase in term.phrases for token in phrase[0])
    return [at for at, token in enumerate(ordered) if token in first]


def _answers_kind(asked: Question, text: str) -> float:
    """1 if a sentence has what the question asks for, -1 if not, 0 if that cannot be told."""
    if asked.kind == "other":
        return 0.0
    if asked.kind in ("time", "number"):
        numbers = re.findall(r"\w*\d[\w.,]*", text)
        if any(folded(number.strip(".,")) not in asked.words for number in numbers):
            return 1.0
        words = {folded(word) for word in re.findall(r"[^\W\d_]+", text)}
        return 1.0 if asked.kind == "number" and words & _NUMBER_WORDS else -1.0
    if not any(char.isupper() or char.islower() for char in text):
        return 0.0
    names = re.findall(r"(?<=[\w,;:)»”\"] )[\"“«(]?([^\W\d_][\w’'-]*)", text)
    new = (name for name in names if name[0].isupper() and folded(name) not in asked.words)
    return 1.0 if any(new) else -1.0
