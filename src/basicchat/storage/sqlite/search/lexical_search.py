"""Lexical search: BM25 over the full-text index, with pseudo-relevance feedback."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import apsw

from basicchat.language.tokens import Term, parse, significant_stems, term_of, tokens_of
from basicchat.storage import spelling
from basicchat.storage.search import feedback, similar_words
from basicchat.storage.sqlite.search.tokenizer import any_of


@dataclass(frozen=True)
class Rows:
    """The rows of a scope: a range of ids, and what to search within it, unless all of it.

    `libraries` and `documents` are JSON arrays of numbers.
    """

    first: int
    last: int
    libraries: str | None = None
    documents: str | None = None


def search(
    connection: apsw.Connection, rows: Rows, query: str, k: int, *, misspelt: bool = False
) -> feedback.Found:
    """The k best rows with their scores, best first.

    A score is the row's BM25 and, behind the first row, an addition for feedback.

    Args:
        misspelt: if no row has any of the query's words, search for words that resemble them.
    """
    asked = parse(query)
    terms = list(asked.terms)
    if not terms:
        return []
    most = max(k, feedback.CANDIDATES)
    found = _bm25(connection, rows, any_of(terms), most)
    if misspelt and not found:
        terms = _similar(connection, rows, [term.word for term in terms])
        found = _bm25(connection, rows, any_of(terms), most) if terms else []
    if asked.quotations:
        found = [each for each in found if asked.is_quoted_in(_text(connection, each[0]))]
    if len(found) > 2:
        found = _with_feedback(connection, terms, found)
    return found[:k]


def _similar(connection: apsw.Connection, rows: Rows, asked: list[str]) -> list[Term]:
    """The words within the scope that resemble one of the words asked for."""
    found: dict[str, None] = {}
    for word in map(spelling.fold, asked[: similar_words.MAX_WORDS]):
        stems = similar_words.stems_like(word, _beginning_like(connection, word))
        passages = (words for stem in stems for words in _words_of(connection, rows, stem))
        found |= dict.fromkeys(similar_words.words_like(word, passages))
    return [term_of(word) for word in list(found)[: spelling.MAX_SIMILAR]]


def _beginning_like(connection: apsw.Connection, word: str) -> list[str]:
    beginnings = spelling.beginnings(word)
    if not beginnings:
        return []
    rows = connection.execute(
        "SELECT v.term FROM json_each(?) AS b CROSS JOIN vocabulary AS v "
        "WHERE v.term >= b.value AND v.term < b.value || char(1114111) LIMIT ?",
        (json.dumps(beginnings), spelling.MAX_COMPARED),
    )
    return [str(stem) for (stem,) in rows]


def _words_of(connection: apsw.Connection, rows: Rows, stem: str) -> Iterator[list[str]]:
    """The words of each of some rows that have words with this beginning."""
    for row, _ in _bm25(connection, rows, f'"{stem}"*', similar_words.MAX_PASSAGES):
        yield [word for _, word in significant_stems(_text(connection, row))]


def _bm25(connection: apsw.Connection, rows: Rows, expression: str, limit: int) -> feedback.Found:
    """The best rows.

    All libraries are searched at once, because FTS5 counts all rows that have a word, once for each
    query. `ORDER BY rank` would score also the rows between the libraries: the other order scores
    only rows within them.
    """
    only, order = "", "rank"
    values: list[str | int] = [expression, rows.first, rows.last]
    if rows.documents is not None:
        only = "AND (rowid >> 20 & 16777215) IN (SELECT value FROM json_each(?))"
        values.append(rows.documents)
    elif rows.libraries is not None:
        only = "AND +rowid >> 44 IN (SELECT value FROM json_each(?))"
        order = "score DESC"
        values.append(rows.libraries)
    cursor = connection.execute(
        "SELECT rowid, -rank AS score FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? "
        f"{only} ORDER BY {order} LIMIT ?",
        (*values, limit),
    )
    return [(int(row), float(score)) for row, score in cursor]


def _rescore(connection: apsw.Connection, rows: list[int], chosen: list[Term]) -> dict[int, float]:
    """The BM25 of given rows for other words, which is far cheaper than ranking all matches.

    The plus stops SQLite from running the whole query once for each row.
    """
    cursor = connection.execute(
        "SELECT rowid, -rank FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? "
        "AND +rowid IN (SELECT value FROM json_each(?))",
        (any_of(chosen), min(rows), max(rows), json.dumps(rows)),
    )
    return {int(row): float(score) for row, score in cursor}


def _with_feedback(
    connection: apsw.Connection, asked: list[Term], found: feedback.Found
) -> feedback.Found:
    best = [
        (score, [stem for stem, _ in significant_stems(_text(connection, row))])
        for row, score in found[: feedback.PASSAGES]
    ]
    words = feedback.FeedbackWords(best, tokens_of(asked))
    rarest = words.rarest(*_statistics(connection, words.stems))
    more = [Term(stem, (((stem,),),)) for stem in rarest]
    rows = [row for row, _ in found[: feedback.CANDIDATES]]
    return feedback.reordered(found, _rescore(connection, rows, more) if more else {})


def _text(connection: apsw.Connection, row: int) -> str:
    (text,) = next(connection.execute("SELECT text FROM words WHERE rowid = ?", (row,)))
    return str(text)


def _statistics(connection: apsw.Connection, stems: list[str]) -> tuple[dict[str, int], float]:
    """How many rows have each stem, and how many rows there are."""
    (every,) = next(connection.execute("SELECT total(chunks) FROM documents"))
    having = connection.execute(
        "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps(stems),),
    )
    return {str(stem): int(count) for stem, count in having}, float(every)
