"""From a user's words to a full-text query that is always valid."""

import re

MAX_TERMS = 64
"""A query keeps this many different words at most: a pasted page must not take seconds."""

_WORD = re.compile(r"\w+")

_ENGLISH = """
a about above after again against all also am an and any are as at be because been before
being below between both but by can could did do does doing down during each few for from
further had has have having he her here hers herself him himself his how i if in into is it
its itself just me more most my myself no nor not now of off on once only or other our ours
ourselves out over own same shall she should so some such than that the their theirs them
themselves then there these they this those through to too under until up upon us very was we
were what when where which while who whom whose why will with would you your yours yourself
"""
_STOP_WORDS = frozenset(_ENGLISH.split())


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order, as the index would see them."""
    return [word.lower() for word in _WORD.findall(text)]


def is_stop_word(word: str) -> bool:
    """Whether a word says next to nothing about a document's subject (English)."""
    return word in _STOP_WORDS


def terms(query: str) -> list[str]:
    """The different words of a query without stop words; all of them if there is nothing else."""
    every = list(dict.fromkeys(words(query)))
    telling = [word for word in every if not is_stop_word(word)]
    return (telling or every)[:MAX_TERMS]


def any_of(chosen: list[str]) -> str:
    """An FTS5 expression that matches any of these words.

    Each is a quoted string, so that FTS5's operators (AND, NEAR, *, ^, :) are plain words in it
    (https://sqlite.org/fts5.html#fts5_strings). Words come from `terms`: they hold no quotes.
    """
    return " OR ".join(f'"{word}"' for word in chosen)
