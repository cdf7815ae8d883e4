"""Lexical search: BM25 over the full-text index, with pseudo-relevance feedback.

The scores are those of SQLite's FTS5 (https://sqlite.org/fts5.html#the_bm25_function), for an index
that holds the passages of the scope's libraries.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

from basicchat.language.tokens import Term, parse, significant_stems, term_of, tokens_of
from basicchat.storage import spelling
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search import rows
from basicchat.storage.postgres.search.rows import Searched
from basicchat.storage.postgres.search.tokens import LAST, Lookup, lookups, quoted
from basicchat.storage.search import feedback, similar_words

TITLE_WEIGHT = 2
# Up to how many passages of some documents are looked through, instead of asking the index.
MAX_LOOKED_THROUGH = 2000
# More occurrences than these hardly change a score; a `tsvector` has no more than 255.
_MAX_COUNTED = 255
# PostgreSQL's rank for one word that occurs n times is the sum of 1 / i² up to n, divided by the
# sum's limit. It grows with n, so that n is found between these.
_SUMS = list(accumulate((1 / i**2 for i in range(1, _MAX_COUNTED + 1)), initial=0.0))
_LIMIT = 1.64493406685
_BETWEEN = ", ".join(f"{(a + b) / 2 / _LIMIT:.9f}" for a, b in pairwise(_SUMS))


def _count(weights: str) -> str:
    """How often a word occurs, in parts of a passage that have these weights."""
    rank = f"ts_rank('{{{weights}}}', w.words, a.counted::tsquery)"
    return f"width_bucket({rank}::float8, b.ranks)"


def _score(passages: str, only: str) -> str:
    """A query for the best of some passages, with their scores.

    Of the forms of a term, the one that occurs most often counts. Of a prefix, each word that
    begins with it adds its rank.
    """
    return f"""
SELECT passage, sum(score) AS score FROM (
    SELECT w.passage, a.term,
        max(a.idf * c.f * 2.2 / (c.f + 1.2 * (0.25 + 0.75 * w.tokens / $5))) AS score
    FROM unnest($1::text[], $2::text[], $3::bool[], $4::float8[], $8::int[])
        AS a(query, counted, prefix, idf, term)
    {passages}
    CROSS JOIN (SELECT ARRAY[{_BETWEEN}]::float8[] AS ranks) AS b
    CROSS JOIN LATERAL (
        SELECT CASE WHEN a.prefix
            THEN greatest(1, round(ts_rank('{{1,1,1,1}}', w.words, a.counted::tsquery) * {_LIMIT}))
            ELSE greatest(1, {_count("1,1,1,1")}) + {TITLE_WEIGHT - 1} * {_count("0,0,0,1")}
            END::float8 AS f OFFSET 0
    ) AS c
    WHERE {only}
    GROUP BY w.passage, a.term
) AS t GROUP BY passage ORDER BY score DESC, passage LIMIT $6
"""


_MATCHING = _score(
    "JOIN search_words AS w ON w.words @@ a.query::tsquery",
    "$7::bigint[] IS NULL OR w.passage >> 20 = ANY($7)",
)
_WITHIN = _score(
    "CROSS JOIN unnest($7::bigint[]) AS d(document) JOIN search_words AS w "
    "ON w.passage BETWEEN d.document << 20 AND (d.document << 20) + (1 << 20) - 1",
    "w.words @@ a.query::tsquery",
)
_GIVEN = _score(
    "CROSS JOIN unnest($7::bigint[]) AS g(passage) JOIN search_words AS w USING (passage)",
    "w.words @@ a.query::tsquery",
)
_BEGINNING = """
SELECT DISTINCT t.term FROM unnest($2::text[]) AS b
JOIN search_terms AS t ON t.owner = ANY($1::bigint[]) AND t.term >= b AND t.term < b || $3::text
LIMIT $4
"""
_WITH_STEM = """
SELECT s.place, p.text FROM unnest($1::text[]) WITH ORDINALITY AS s(query, place)
CROSS JOIN LATERAL (
    SELECT (array_agg(w.passage ORDER BY w.passage))[1:$3] AS some FROM search_words AS w
    WHERE w.words @@ s.query::tsquery AND ($2::bigint[] IS NULL OR w.passage >> 20 = ANY($2))
) AS w JOIN search_passages AS p ON p.passage = ANY(w.some) ORDER BY s.place, p.passage
"""


class Weighed(Struct, frozen=True):
    """A form of a term of a query.

    Attributes:
        having: how many passages have the term.
        term: the number of the term within the query.
    """

    form: Lookup
    having: int
    term: int


async def search(
    database: PostgresDatabase, scope: Searched, query: str, k: int, *, misspelt: bool
) -> feedback.Found:
    """The k best passages with their scores, best first.

    Args:
        misspelt: if no passage has any of the query's words, search for words that resemble them.
    """
    asked = parse(query)
    terms = list(asked.terms)
    if not terms:
        return []
    most = max(k, feedback.CANDIDATES)
    found = await _matching(database, scope, terms, most)
    if misspelt and not found:
        terms = await _similar(database, scope, [term.word for term in terms])
        found = await _matching(database, scope, terms, most) if terms else []
    if asked.quotations:
        texts = await rows.texts(database, [passage for passage, _ in found])
        found = [each for each in found if asked.is_quoted_in(texts.get(each[0], ""))]
    if len(found) > 2:
        found = await _with_feedback(database, scope, terms, found)
    return found[:k]


async def _matching(
    database: PostgresDatabase, scope: Searched, terms: Sequence[Term], limit: int
) -> feedback.Found:
    forms = [(number, form) for number, term in enumerate(terms) for form in lookups(term)]
    counts = await rows.passages_having(database, scope.libraries, [form for _, form in forms])
    if not any(counts):
        return []
    # A passage of a clear language has one form of a word; the term is as rare as the usual one.
    having: Counter[int] = Counter()
    for (number, _), count in zip(forms, counts, strict=True):
        having[number] = max(having[number], count)
    chosen = [
        Weighed(form, having[number], number)
        for (number, form), count in zip(forms, counts, strict=True)
        if count
    ]
    small = scope.documents is not None and scope.within <= MAX_LOOKED_THROUGH
    sql = _WITHIN if small else _MATCHING
    return await _scores(database, sql, scope, chosen, limit, scope.documents)


def _idf(having: int, passages: int) -> float:
    """The inverse document frequency as in FTS5, which keeps it above zero."""
    return max(math.log((passages - min(having, passages) + 0.5) / (having + 0.5)), 1e-6)


async def _scores(
    database: PostgresDatabase,
    sql: str,
    scope: Searched,
    forms: Sequence[Weighed],
    limit: int,
    given: Sequence[int] | None,
) -> feedback.Found:
    """The best passages.

    Args:
        given: the documents or passages to look through, as the statement says.
    """
    # The index has a library's words under the library's number.
    words = [(library, each) for library in scope.libraries for each in forms]
    found = await database.fetch(
        sql,
        [each.form.query(library) for library, each in words],
        [each.form.counted(library) for library, each in words],
        [each.form.is_prefix for _, each in words],
        [_idf(each.having, scope.passages) for _, each in words],
        scope.average_tokens,
        limit,
        given,
        [each.term for _, each in words],
    )
    return [(row.passage, row.score) for row in found]


async def _with_feedback(
    database: PostgresDatabase, scope: Searched, asked: list[Term], found: feedback.Found
) -> feedback.Found:
    best = found[: feedback.PASSAGES]
    texts = await rows.texts(database, [passage for passage, _ in best])
    scored = [(score, texts.get(passage, "")) for passage, score in best]
    words = await asyncio.to_thread(_frequent, asked, scored)
    stems = [Lookup(((stem,),)) for stem in words.stems]
    counts = await rows.passages_having(database, scope.libraries, stems)
    having = dict(zip(words.stems, counts, strict=True))
    rarest = words.rarest(having, scope.passages)
    chosen = [
        Weighed(Lookup(((stem,),)), having[stem], number) for number, stem in enumerate(rarest)
    ]
    if not chosen:
        return found
    given = [passage for passage, _ in found[: feedback.CANDIDATES]]
    second = await _scores(database, _GIVEN, scope, chosen, len(given), given)
    return feedback.reordered(found, dict(second))


def _frequent(asked: Sequence[Term], best: Sequence[tuple[float, str]]) -> feedback.FeedbackWords:
    scored = [(score, [stem for stem, _ in significant_stems(text)]) for score, text in best]
    return feedback.FeedbackWords(scored, tokens_of(asked))


async def _similar(database: PostgresDatabase, scope: Searched, asked: Sequence[str]) -> list[Term]:
    """The words within the scope that resemble one of the words asked for."""
    found: dict[str, None] = {}
    for word in map(spelling.fold, asked[: similar_words.MAX_WORDS]):
        beginnings = spelling.beginnings(word)
        if not beginnings:
            continue
        near = await database.fetch(
            _BEGINNING, scope.libraries, beginnings, LAST, spelling.MAX_COMPARED
        )
        stems = similar_words.stems_like(word, [row.term for row in near])
        passages = await _with_stems(database, scope, stems)
        found |= dict.fromkeys(await asyncio.to_thread(_words_like, word, passages))
    return [term_of(word) for word in list(found)[: spelling.MAX_SIMILAR]]


async def _with_stems(
    database: PostgresDatabase, scope: Searched, stems: Sequence[str]
) -> list[str]:
    """The texts of some passages that have words with these beginnings."""
    queries = [f"{quoted(each, stem)}:*" for stem in stems for each in scope.libraries]
    most = similar_words.MAX_PASSAGES
    found = await database.fetch(_WITH_STEM, queries, scope.documents, most)
    return [row.text for row in found]


def _words_like(word: str, texts: Sequence[str]) -> list[str]:
    passages = ([word for _, word in significant_stems(text)] for text in texts)
    return similar_words.words_like(word, passages)
