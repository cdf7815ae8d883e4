"""Reads the rows of the search index: scopes, hits and statistics."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from basicchat.domain.passages import Hit
from basicchat.domain.values import Scope
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search.tokens import LAST, Lookup
from basicchat.storage.storable import storable

# The number of a passage: that of its document, then its place in the document.
PASSAGE_BITS = 20
MAX_PASSAGES = 1 << PASSAGE_BITS

_LIBRARIES = """
SELECT o.numbers AS libraries, o.passages, o.tokens, d.numbers, d.passages AS chosen
FROM (
    SELECT array_agg(number ORDER BY number) AS numbers, sum(passages)::bigint AS passages,
        sum(tokens)::bigint AS tokens
    FROM search_owners WHERE owner_id = ANY($1::text[])
) AS o, LATERAL (
    SELECT array_agg(number ORDER BY number) AS numbers, sum(passages)::bigint AS passages
    FROM search_documents WHERE owner = ANY(o.numbers) AND document_id = ANY($2::text[])
) AS d WHERE o.numbers IS NOT NULL
"""
_HITS = """
SELECT f.place, p.*, d.document_id, d.title
FROM unnest($1::bigint[]) WITH ORDINALITY AS f(passage, place)
JOIN search_passages AS p ON p.passage = f.passage
JOIN search_documents AS d ON d.number = p.passage >> 20
ORDER BY f.place
"""
_TEXTS = "SELECT passage, text FROM search_passages WHERE passage = ANY($1::bigint[])"
_HAVING = """
SELECT term, sum(passages)::bigint AS passages FROM search_terms
WHERE owner = ANY($1::bigint[]) AND term = ANY($2::text[]) GROUP BY term
"""
_BEGINNING = """
SELECT coalesce(sum(passages), 0)::bigint AS passages FROM search_terms
WHERE owner = ANY($1::bigint[]) AND term BETWEEN $2 AND $3
"""


class Searched(Struct, frozen=True):
    """The passages within a scope.

    Attributes:
        libraries: the numbers of the libraries: users, collections and rooms.
        passages: how many passages the libraries have.
        tokens: how many tokens these have.
        documents: the numbers of the documents to search, ascending; None for all of these.
        within: how many passages there are in the scope.
    """

    libraries: list[int]
    passages: int
    tokens: int
    documents: list[int] | None
    within: int

    @property
    def average_tokens(self) -> float:
        """The mean number of tokens of the libraries' passages."""
        return self.tokens / max(self.passages, 1) or 1.0


def passages_of(document: int) -> tuple[int, int]:
    """The first and the last possible number of a document's passages."""
    first = document << PASSAGE_BITS
    return first, first + MAX_PASSAGES - 1


async def searched(database: PostgresDatabase, scope: Scope) -> Searched | None:
    """The passages within a scope; None if there are none."""
    libraries = [storable(library_id) for library_id in scope.library_ids]
    if not libraries:
        return None
    chosen = None if scope.document_ids is None else [storable(i) for i in scope.document_ids]
    rows = await database.fetch(_LIBRARIES, libraries, chosen)
    if not rows:
        return None
    row = rows[0]
    documents = None if chosen is None else row.numbers or []
    within = row.passages if chosen is None else row.chosen or 0
    if not within:
        return None
    return Searched(list(row.libraries), row.passages, row.tokens, documents, within)


async def hits(database: PostgresDatabase, found: Iterable[tuple[int, float]]) -> tuple[Hit, ...]:
    """The hits for these passages and scores, in the same order."""
    scores = dict(found)
    if not scores:
        return ()
    return tuple(
        Hit(
            document_id=row.document_id,
            title=row.title,
            text=row.text,
            score=scores[row.passage],
            start=row.start,
            end=row.end,
            page=row.page,
            line_start=row.line_start,
            line_end=row.line_end,
        )
        for row in await database.fetch(_HITS, list(scores))
    )


async def texts(database: PostgresDatabase, passages: Sequence[int]) -> dict[int, str]:
    """The texts of passages."""
    return {row.passage: row.text for row in await database.fetch(_TEXTS, list(passages))}


async def passages_having(
    database: PostgresDatabase, libraries: Sequence[int], terms: Sequence[Lookup]
) -> list[int]:
    """How many passages of libraries have each term; of a phrase, its rarest word counts."""
    tokens = {
        token
        for term in terms
        if not term.is_prefix
        for position in term.phrase
        for token in position
    }
    found = await database.fetch(_HAVING, libraries, list(tokens)) if tokens else ()
    counts = {row.term: row.passages for row in found}
    having = []
    for term in terms:
        if term.is_prefix:
            first = term.phrase[0][0]
            (row,) = await database.fetch(_BEGINNING, libraries, first, first + LAST)
            having.append(row.passages)
        else:
            having.append(min(sum(counts.get(t, 0) for t in position) for position in term.phrase))
    return having
