"""Stems of words, by the stemmers of the Snowball project (https://snowballstem.org)."""

from functools import cache, lru_cache

import Stemmer

from basicchat.language.folding import folded, lowered

# The first and the last letter of an alphabet, and the language whose stemmer takes its words.
_ALPHABETS = (
    ("\u0370", "\u03ff", "greek"),
    ("\u0400", "\u052f", "russian"),
    ("\u0530", "\u058f", "armenian"),
    ("\u0590", "\u05ff", None),
    ("\u0600", "\u06ff", "arabic"),
    ("\u0900", "\u097f", "hindi"),
    ("\u0b80", "\u0bff", "tamil"),
    ("\u1f00", "\u1fff", "greek"),
)
_LAST_LATIN = "\u024f"
# A longer word is no word of any language.
_LONGEST = 40


@lru_cache(maxsize=1 << 16)
def stem(word: str, language: str) -> str:
    """The stem of a word, without diacritics.

    Args:
        word: as it is written.
        language: that of the text, which counts for words of the Latin alphabet.
    """
    lower = lowered(word)
    if len(lower) > _LONGEST or not lower[0].isalpha() or lower[-1].isdigit():
        return folded(lower)
    stemmer = _stemmer_of(lower[0], language)
    return folded(stemmer.stemWord(lower)) if stemmer is not None else folded(lower)


@lru_cache(maxsize=1 << 16)
def stems(word: str, language: str) -> tuple[str, ...]:
    """The stem of a word and, if another one, that of the word typed without diacritics."""
    first = stem(word, language)
    if word.isascii():
        return (first,)
    second = stem(folded(word) or word, language)
    return (first,) if second == first else (first, second)


def _stemmer_of(letter: str, language: str) -> "Stemmer.Stemmer | None":
    if letter <= _LAST_LATIN:
        return _stemmer(language)
    for first, last, its_language in _ALPHABETS:
        if first <= letter <= last:
            return _stemmer(its_language) if its_language else None
    return None


@cache
def _stemmer(language: str) -> "Stemmer.Stemmer":
    # Without a cache of its own, which would be changed by several threads.
    return Stemmer.Stemmer(language, 0)
