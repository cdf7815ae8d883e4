"""The tokens of texts and queries: stems, pairs of characters, and compound words in any form.

A text gives a list of positions. Each has the token that is read there, and its other forms. What
a query asks for is a list of terms, each of which a text has in one of several forms.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from basicchat.domain.values import Value
from basicchat.language.detection import (
    FALLBACK,
    USUAL,
    is_function_word,
    language_of,
    languages_to_index,
    possible_languages,
)
from basicchat.language.folding import folded
from basicchat.language.splitting import Piece, piece_of, pieces, written
from basicchat.language.stemming import stem, stems

MAX_TERMS = 64
"""The maximum number of distinct terms of a query, so that a pasted page does not take seconds."""
MAX_TOKEN = 200

# The least share of a word that its stem must keep, if the language is not clear.
_LEAST_OF_STEM = 0.5

Position = tuple[str, ...]
"""The tokens at one place, the one as read first."""

_QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»\n]+)[\"“”«»]")


class Term(Value, frozen=True):
    """What a query asks for.

    Attributes:
        word: as it is written, without diacritics.
        phrases: the forms of which a text must have one: positions, one after the other, with
            alternatives of each.
        is_prefix: whether each form is the beginning of what a text must have.
    """

    word: str
    phrases: tuple[tuple[Position, ...], ...]
    is_prefix: bool = False


class Query(Value, frozen=True):
    """A query.

    Attributes:
        terms: what it asks for, each once, without function words unless it has nothing else.
        quotations: the words of each exact phrase in quotation marks, without diacritics.
    """

    terms: tuple[Term, ...]
    quotations: tuple[tuple[str, ...], ...] = ()

    def is_quoted_in(self, text: str) -> bool:
        """Whether a text has all exact phrases."""
        words = plain_words(text)
        return all(_follow(words, quotation) for quotation in self.quotations)


def text_positions(text: str, language: str | None = None) -> list[Position]:
    """The positions of a text to index.

    Args:
        language: the language, if it is known from the text around this one.
    """
    languages = (language,) if language else languages_to_index(text)
    positions: list[Position] = []
    for word, is_run in written(text):
        positions += _run_positions(word) if is_run else _positions(word, languages)
    return positions


def parse(query: str) -> Query:
    """Parse a query."""
    languages = possible_languages(query) or USUAL
    spoken = possible_languages(query, 1.0) or (FALLBACK,)
    terms: dict[str, Term] = {}
    telling: list[str] = []
    for piece in pieces(query):
        for term in _terms(piece, languages):
            if terms.setdefault(term.word, term) is term and not _only_serves(piece, spoken):
                telling.append(term.word)
    chosen = telling or list(terms)
    quotations = tuple(tuple(plain_words(each)) for each in _QUOTED.findall(query))
    return Query(
        tuple(terms[word] for word in chosen[:MAX_TERMS]),
        tuple(words for words in quotations if words),
    )


def term_of(word: str) -> Term:
    """A term for a word whose language is not known."""
    return Term(folded(word), ((_alternatives(word, USUAL),),))


def plain_words(text: str) -> list[str]:
    """The words of a text as they are written, without diacritics; of runs, the characters."""
    found: list[str] = []
    for piece in pieces(text):
        plain = folded(piece.parts[0]) if piece.is_run else ""
        found += list(plain) if piece.is_run else filter(None, map(folded, piece.parts))
    return found


def tokens_of(terms: Iterable[Term]) -> set[str]:
    """All tokens of some terms."""
    return {
        token
        for term in terms
        for phrase in term.phrases
        for position in phrase
        for token in position
    }


def significant_stems(text: str) -> list[tuple[str, str]]:
    """The words of a text that are not function words, each as its stem and as it is written."""
    language = language_of(text) or FALLBACK
    return [
        (stem(part, language), part.lower())
        for piece in pieces(text)
        if not piece.is_run
        for part in piece.parts
        if 2 < len(part) <= 40
        and part.isalpha()
        and not is_function_word(folded(part), (language,))
    ]


def _follow(words: Sequence[str], quotation: Sequence[str]) -> bool:
    """Whether the words of a quotation follow each other."""
    length, first = len(quotation), quotation[0]
    return any(
        word == first and list(words[at : at + length]) == list(quotation)
        for at, word in enumerate(words)
    )


@lru_cache(maxsize=1 << 16)
def _positions(word: str, languages: tuple[str, ...]) -> tuple[Position, ...]:
    """The positions of a word: one for each part; the first also has the whole."""
    piece = piece_of(word)
    found = [each for part in piece.parts if (each := _indexed(part, languages))]
    if piece.whole is not None and found:
        whole = _indexed(piece.whole, languages)
        found[0] = tuple(dict.fromkeys((*found[0], *whole)))
    return tuple(found)


def _run_positions(run: str) -> list[Position]:
    """Pairs of neighbouring characters, and the last character."""
    plain = folded(run)
    return [(plain[at : at + 2],) for at in range(len(plain))]


def _terms(piece: Piece, languages: Sequence[str]) -> list[Term]:
    if piece.is_run:
        plain = folded(piece.parts[0])
        pairs = [a + b for a, b in pairwise(plain)] or [plain]
        return [Term(pair, (((pair,),),), is_prefix=len(pair) == 1) for pair in pairs if pair]
    phrase = tuple(each for part in piece.parts if (each := _alternatives(part, languages)))
    if not phrase:
        return []
    if piece.whole is None:
        return [Term(" ".join(map(folded, piece.parts)), (phrase,))]
    return [Term(folded(piece.whole), (phrase, (_alternatives(piece.whole, languages),)))]


def _indexed(word: str, languages: Sequence[str]) -> Position:
    """The stems of a word to index; if the language is not clear, those that keep most of it."""
    every = _alternatives(word, languages)
    most = tuple(each for each in every if len(each) > _LEAST_OF_STEM * len(word))
    return every if len(languages) < len(USUAL) else most or every


def _alternatives(word: str, languages: Iterable[str]) -> Position:
    """The stems of a word; none if it is only marks that are left out."""
    found = (each[:MAX_TOKEN] for language in languages for each in stems(word, language))
    return tuple(dict.fromkeys(filter(None, found)))


def _only_serves(piece: Piece, languages: Sequence[str]) -> bool:
    return not piece.is_run and all(
        is_function_word(folded(part), languages) for part in piece.parts
    )
