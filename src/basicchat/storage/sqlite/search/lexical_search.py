"""Lexical search: BM25 over the full-text index, with pseudo-relevance feedback.

Feedback (J. Rocchio, 1971; the "relevance model" of V. Lavrenko and W. B. Croft, SIGIR 2001) forms
a second query of the words that are frequent in the best passages and rare elsewhere; passages that
match it as well move up. It only reorders the passages that match the user's own words.
"""

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from heapq import nlargest
from typing import cast

import apsw

from basicchat.storage.sqlite.search.query import any_of, is_stop_word, terms

FEEDBACK_PASSAGES = 5
FEEDBACK_TERMS = 10
FEEDBACK_WEIGHT = 0.5
CANDIDATES = 200
_MAX_LOOKUPS = 30

_PLAIN_WORD = re.compile(r"[^\W\d_]{3,40}")


@dataclass(frozen=True)
class Rows:
    """The row ids to search: a range and, optionally, only some documents within it.

    `documents` is a JSON array of the numbers of documents.
    """

    first: int
    last: int
    documents: str | None = None


def search(connection: apsw.Connection, rows: Rows, query: str, k: int) -> list[tuple[int, float]]:
    """The k best rows with their scores, best first.

    A score is the row's BM25, plus at most half the best BM25 of this query for feedback.
    """
    asked = terms(query)
    if not asked:
        return []
    found = _bm25(connection, rows, any_of(asked), max(k, CANDIDATES))
    if len(found) > 1:
        found = _with_feedback(connection, rows, asked, found)
    return found[:k]


def _bm25(
    connection: apsw.Connection, rows: Rows, expression: str, limit: int
) -> list[tuple[int, float]]:
    only = ""
    values: list[str | int] = [expression, rows.first, rows.last]
    if rows.documents is not None:
        only = "AND (rowid >> 20 & 16777215) IN (SELECT value FROM json_each(?))"
        values.append(rows.documents)
    cursor = connection.execute(
        "SELECT rowid, -rank FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? "
        f"{only} ORDER BY rank LIMIT ?",
        (*values, limit),
    )
    return [(int(row), float(score)) for row, score in cursor]


def _rescore(connection: apsw.Connection, rows: list[int], chosen: list[str]) -> dict[int, float]:
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
    connection: apsw.Connection, rows: Rows, asked: list[str], found: list[tuple[int, float]]
) -> list[tuple[int, float]]:
    more = _feedback_words(connection, asked, found[:FEEDBACK_PASSAGES])
    second = _rescore(connection, [row for row, _ in found[:CANDIDATES]], more) if more else {}
    if not second:
        return found
    unit = FEEDBACK_WEIGHT * found[0][1] / max(max(second.values()), 1e-9)
    scored = [(row, score + unit * second.get(row, 0.0)) for row, score in found]
    return sorted(scored, key=lambda pair: -pair[1])


def _feedback_words(
    connection: apsw.Connection, asked: list[str], best: list[tuple[int, float]]
) -> list[str]:
    known = {stem for stem, _ in _stems(connection, " ".join(asked))}
    weights: defaultdict[str, float] = defaultdict(float)
    surface: dict[str, str] = {}
    for row, score in best:
        (text,) = next(connection.execute("SELECT text FROM words WHERE rowid = ?", (row,)))
        found = _stems(connection, str(text))
        for stem, word in found:
            weights[stem] += score / len(found)
            surface.setdefault(stem, word)
    new = [stem for stem in weights if stem not in known]
    frequent = nlargest(_MAX_LOOKUPS, new, key=weights.__getitem__)
    rarity = _rarity(connection, frequent)
    chosen = nlargest(
        FEEDBACK_TERMS, frequent, key=lambda stem: weights[stem] * rarity.get(stem, 0.0)
    )
    return [surface[stem] for stem in chosen]


def _stems(connection: apsw.Connection, text: str) -> list[tuple[str, str]]:
    """The words of a text that are not stop words, each with its stem as in the index."""
    source = text.encode()
    tokenizer = connection.fts5_tokenizer("porter", ["unicode61", "remove_diacritics", "2"])
    tokens = cast(
        "list[tuple[int, int, str]]",
        tokenizer(source, apsw.FTS5_TOKENIZE_DOCUMENT, None, include_colocated=False),
    )
    pairs = []
    for start, end, stem in tokens:
        word = source[start:end].decode().lower()
        if _PLAIN_WORD.fullmatch(word) and not is_stop_word(word):
            pairs.append((stem, word))
    return pairs


def _rarity(connection: apsw.Connection, stems: list[str]) -> dict[str, float]:
    """The stems' inverse document frequencies as in BM25, but never negative."""
    (every,) = next(connection.execute("SELECT total(chunks) FROM documents"))
    having = connection.execute(
        "SELECT term, doc FROM vocabulary WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps(stems),),
    )
    return {
        str(stem): math.log(1 + (float(every) - count + 0.5) / (count + 0.5))
        for stem, count in having
    }
