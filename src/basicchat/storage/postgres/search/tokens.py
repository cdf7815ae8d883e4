"""The words of passages and queries as PostgreSQL's full-text search takes them.

A lexeme is a token with its owner's number before it, such as `17:bee`: the index of words is then
one for each owner, and a search never visits the passages of others.
"""

from collections.abc import Sequence

from msgspec import Struct

from basicchat.language.tokens import Position, Term, text_positions

# Limit of PostgreSQL: a passage's lexemes have together less than 1 MiB.
MAX_VECTOR_BYTES = 700_000
# The greatest character, behind all that a term can begin with.
LAST = "\U0010ffff"


class PassageWords(Struct, frozen=True):
    """The words of a passage.

    Attributes:
        vector: a `tsvector` with positions; words of the title have the weight A.
        terms: the distinct tokens.
        count: how many tokens title and text have together.
    """

    vector: str
    terms: list[str]
    count: int


class Lookup(Struct, frozen=True):
    """A form of a query's term.

    Attributes:
        phrase: positions, one after the other, with the alternatives of each.
        is_prefix: whether the only token is the beginning of the one that a passage must have.
    """

    phrase: tuple[Position, ...]
    is_prefix: bool = False

    def query(self, owner: int) -> str:
        """A `tsquery` that finds it."""
        places = (
            " | ".join(quoted(owner, token) for token in position) for position in self.phrase
        )
        star = ":*" * self.is_prefix
        return " <-> ".join(f"({place}{star})" for place in places)

    def counted(self, owner: int) -> str:
        """A `tsquery` of which the occurrences are counted."""
        return quoted(owner, self.phrase[0][0]) + ":*" * self.is_prefix


def quoted(owner: int, token: str) -> str:
    """A lexeme in the syntax of `tsvector` and `tsquery`."""
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{owner}:{escaped}'"


def words_of_passages(owner: int, title: str, texts: Sequence[str]) -> list[PassageWords]:
    """The words of passages of one document."""
    of_title = text_positions(title)
    return [_words(owner, of_title, text_positions(text)) for text in texts]


def lookups(term: Term) -> list[Lookup]:
    """The forms of a term: a passage rarely has two alternatives of a single word."""
    return [
        Lookup(((token,),) if len(phrase) == 1 else phrase, term.is_prefix)
        for phrase in term.phrases
        for token in (phrase[0] if len(phrase) == 1 else phrase[0][:1])
    ]


def _words(owner: int, title: list[Position], text: list[Position]) -> PassageWords:
    places: dict[str, list[str]] = {}
    for place, position in enumerate(title, 1):
        for token in position:
            places.setdefault(token, []).append(f"{place}A")
    # No phrase reaches from the title into the text.
    for place, position in enumerate(text, len(title) + 2):
        for token in position:
            places.setdefault(token, []).append(str(place))
    parts, size = [], 0
    for token, numbers in places.items():
        size += len(token.encode()) + 2 * len(numbers) + 12
        if size > MAX_VECTOR_BYTES:
            break
        parts.append(f"{quoted(owner, token)}:{','.join(numbers)}")
    terms = list(places)[: len(parts)]
    return PassageWords(" ".join(parts), terms, len(title) + len(text))
