"""The tokenizer of FTS5, which gives passages the tokens that `language` finds in them.

Other engines get theirs from `language.tokens` directly, so that all find the same. Queries are
tokenized before: their strings are tokens between spaces, alternatives of one place between bars.
"""

from collections.abc import Callable

import apsw

from basicchat.language.tokens import Position, Term, text_positions

NAME = "basicchat"
Tokenize = Callable[[bytes, int, str | None], list[Position]]
_BETWEEN_ALTERNATIVES = "|"


def register(connection: apsw.Connection) -> None:
    """Give a connection the tokenizer; without it the index's words cannot be read or written."""
    connection.register_fts5_tokenizer(NAME, _tokenizer)


def any_of(terms: list[Term]) -> str:
    """An FTS5 expression that matches any of these terms."""
    return " OR ".join(match_expression(term) for term in terms)


def match_expression(term: Term) -> str:
    """An FTS5 expression that matches a term.

    It is a quoted string, in which FTS5's operators (AND, NEAR, *, ^, :) have no meaning
    (https://sqlite.org/fts5.html#fts5_strings). Tokens have no quotes.
    """
    star = "*" * term.is_prefix
    return " OR ".join(f'"{_written(phrase)}"{star}' for phrase in term.phrases)


def _written(phrase: tuple[Position, ...]) -> str:
    return " ".join(_BETWEEN_ALTERNATIVES.join(position) for position in phrase)


def _tokenizer(_connection: apsw.Connection, _arguments: list[str]) -> Tokenize:
    def tokenize(source: bytes, flags: int, _locale: str | None) -> list[Position]:
        text = source.decode("utf-8", "replace")
        if flags & apsw.FTS5_TOKENIZE_QUERY:
            return [tuple(each.split(_BETWEEN_ALTERNATIVES)) for each in text.split()]
        return text_positions(text)

    return tokenize
