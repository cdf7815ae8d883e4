"""The languages that a text may be in, by its function words.

Only languages of the Latin alphabet are told apart. The stemmer of a word in another alphabet
follows from the alphabet itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from heapq import nlargest
from importlib import resources

from basicchat.language.folding import folded, lowered

FALLBACK = "english"
"""The language of questions about texts in another language."""

USUAL = (
    "english",
    "german",
    "french",
    "spanish",
    "portuguese",
    "italian",
    "dutch",
    "swedish",
    "turkish",
    "polish",
)
"""The languages of words that stand alone, such as titles; with more, different words get the same
stem too often."""

_LOOKED_AT = 2000
_WORD = re.compile(r"[^\W\d_]+")
_SECTION = re.compile(r"^\[(\w+)\]\n", re.MULTILINE)
# How much more of a text the words of its language must cover than those of any other one.
_MARGIN = 1.15
# The least share of a text's words that are function words of its language.
_LEAST = 0.06
# Languages with this share of the best one's score are possible, too.
_POSSIBLE = 0.6
# The least score of a clear language.
_CLEAR = 3.0
# The least score of a possible one.
_LEAST_POSSIBLE = 2.0


@cache
def function_words() -> dict[str, frozenset[str]]:
    """The function words of each language, in lower case and also without diacritics.

    Most are the stop words of the Snowball project (https://snowballstem.org), to which question
    words were added.
    """
    text = resources.files(__package__).joinpath("function_words.txt").read_text("utf-8")
    _, *sections = _SECTION.split(text)
    return {
        name: frozenset(words.split()) | frozenset(map(folded, words.split()))
        for name, words in zip(sections[::2], sections[1::2], strict=True)
    }


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for language, words in function_words().items():
        for word in words:
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


def language_of(text: str) -> str | None:
    """The language of a text, if it is clear."""
    words = _words(text)
    return _clear(_scores(words), len(words))


def languages_to_index(text: str) -> tuple[str, ...]:
    """The languages whose stems a text is indexed by: its own if it is clear, or possible ones.

    A title or a list that does not show its language has the usual ones.
    """
    words = _words(text)
    scores = _scores(words)
    clear = _clear(scores, len(words))
    return (clear,) if clear else _possible(scores, _LEAST_POSSIBLE) or USUAL


def possible_languages(text: str, least: float = _LEAST_POSSIBLE) -> tuple[str, ...]:
    """The languages that a short text may be in, and English, in which all may be asked.

    Args:
        least: the least score of the best one. A function word that only one language has counts 1.

    Returns:
        none if the text has too few function words to tell.
    """
    return _possible(_scores(_words(text)), least)


def is_function_word(word: str, languages: Iterable[str]) -> bool:
    """Whether a word, without diacritics, only serves the sentence in one of these languages."""
    words = function_words()
    return any(word in words[language] for language in languages)


def _words(text: str) -> list[str]:
    return _WORD.findall(lowered(text[:_LOOKED_AT]))


def _clear(scores: Mapping[str, float], words: int) -> str | None:
    best, second, *_ = [*nlargest(2, scores.values()), 0.0, 0.0]
    is_clear = best >= _MARGIN * second and best >= max(_LEAST * words, _CLEAR)
    return max(scores, key=scores.__getitem__) if is_clear else None


def _possible(scores: Mapping[str, float], least: float) -> tuple[str, ...]:
    best = max(scores.values(), default=0.0)
    if best < least:
        return ()
    possible = [language for language, score in scores.items() if score >= _POSSIBLE * best]
    return tuple(dict.fromkeys([*possible, FALLBACK]))


def _scores(words: Iterable[str]) -> defaultdict[str, float]:
    """How many function words of each language there are; one of several languages counts less."""
    languages_of = _languages_of()
    scores: defaultdict[str, float] = defaultdict(float)
    for word in words:
        languages = languages_of.get(word, ())
        for language in languages:
            scores[language] += 1 / len(languages)
    return scores
