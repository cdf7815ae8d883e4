"""Turns a user's text into a full-text query that is always valid."""

import re

MAX_TERMS = 64
"""The maximum number of distinct words of a query, so that a pasted page does not take seconds."""

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
    """The words of a text in lower case and in order, as the index splits them."""
    return [word.lower() for word in _WORD.findall(text)]


def is_stop_word(word: str) -> bool:
    """Whether a word is an English stop word, which says nothing about a document's subject."""
    return word in _STOP_WORDS


def terms(query: str) -> list[str]:
    """The distinct words of a query without stop words; if it has only these, all of them."""
    every = list(dict.fromkeys(words(query)))
    telling = [word for word in every if not is_stop_word(word)]
    return (telling or every)[:MAX_TERMS]


def any_of(chosen: list[str]) -> str:
    """An FTS5 expression that matches any of these words.

    Each word is a quoted string, in which FTS5's operators (AND, NEAR, *, ^, :) have no meaning
    (https://sqlite.org/fts5.html#fts5_strings). Words come from `terms`, so they have no quotes.
    """
    return " OR ".join(f'"{word}"' for word in chosen)
