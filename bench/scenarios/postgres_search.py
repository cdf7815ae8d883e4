"""Documents of many users in PostgreSQL: recall of a user's scope, and how long a search takes."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from heapq import nlargest
from itertools import accumulate
from math import sqrt
from operator import mul
from time import perf_counter

from basicchat.domain.passages import Chunk, Hit
from basicchat.domain.values import Document, Scope
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search.index import PostgresSearchIndex
from basicchat.storage.postgres.search.vectors import MAX_COMPARED
from bench.numbers import ms, spread
from bench.postgres import postgres
from bench.table import Check, Table

NAME = "postgres_search"
DIMENSION, K, QUESTIONS = 64, 10, 40
SMALL_USERS, SMALL, LARGE, PER_DOCUMENT = 100, 100, 12_000, 500
VOCABULARY = [f"word{number}" for number in range(20_000)]
# Zipf's law, as in a natural language.
WEIGHTS = list(accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))
Vector = list[float]


def unit(chosen: random.Random) -> Vector:
    """A random vector, the hardest kind to index: natural ones form groups."""
    vector = [chosen.gauss(0, 1) for _ in range(DIMENSION)]
    length = sqrt(sum(map(mul, vector, vector)))
    return [value / length for value in vector]


async def fill(
    index: PostgresSearchIndex, user: str, passages: int, chosen: random.Random
) -> list[Vector]:
    """Add passages with random words and vectors; the vectors."""
    vectors = [unit(chosen) for _ in range(passages)]
    for at in range(0, passages, PER_DOCUMENT):
        count = min(PER_DOCUMENT, passages - at)
        texts = [
            " ".join(chosen.choices(VOCABULARY, cum_weights=WEIGHTS, k=100)) for _ in range(count)
        ]
        chunks = [
            Chunk(start=at + n, end=at + n + 1, text=text, line_start=1, line_end=1)
            for n, text in enumerate(texts)
        ]
        document = Document(
            document_id=f"{user}-{at}", title="Notes", media_type="text/plain", bytes=1,
            status="indexing", created_at=datetime(2026, 11, 1, tzinfo=UTC), owner_id=user,
            sha256="0" * 64,
        )  # fmt: skip
        await index.add(document, chunks, vectors[at : at + count])
    return vectors


async def nearest(
    index: PostgresSearchIndex, user: str, vectors: Sequence[Vector], chosen: random.Random
) -> tuple[float, list[float]]:
    """The share of the nearest passages that are found, and the seconds that searches took."""
    found, times = 0, []
    for _ in range(QUESTIONS):
        wanted = unit(chosen)
        best = nlargest(K, range(len(vectors)), key=lambda n: sum(map(mul, wanted, vectors[n])))
        began = perf_counter()
        hits = await index.nearest(Scope(user_id=user), wanted, K)
        times.append(perf_counter() - began)
        found += len(set(best) & {hit.start for hit in hits})
    return found / (K * QUESTIONS), times


async def timed(
    search: Callable[[str], Awaitable[Sequence[Hit]]], chosen: random.Random
) -> list[float]:
    """The seconds that searches for four words took."""
    times = []
    for _ in range(QUESTIONS):
        query = " ".join(chosen.choices(VOCABULARY, cum_weights=WEIGHTS, k=4))
        began = perf_counter()
        await search(query)
        times.append(perf_counter() - began)
    return times


async def measure(url: str) -> tuple[list[list[str]], list[float], float]:
    """The rows of the table, the recalls, and the passages indexed per second."""
    database = await PostgresDatabase.open(url)
    index = await PostgresSearchIndex.open(database, "random")
    chosen = random.Random(9)
    began = perf_counter()
    owned = {"large": await fill(index, "large", LARGE, chosen)}
    for number in range(SMALL_USERS):
        owned[f"small{number}"] = await fill(index, f"small{number}", SMALL, chosen)
    rate = (LARGE + SMALL_USERS * SMALL) / (perf_counter() - began)
    async with database.transaction() as connection:
        await connection.fetch("ANALYZE")
    rows, recalls = [], []
    for user, way in (("large", "HNSW index"), ("small0", "all compared")):
        recall, near = await nearest(index, user, owned[user], chosen)

        async def by_words(query: str, user: str = user) -> Sequence[Hit]:
            return await index.match(Scope(user_id=user), query, 50)

        words = spread(await timed(by_words, chosen))
        vectors = spread(near)
        recalls.append(recall)
        rows.append([f"{len(owned[user]):,}", way, f"{recall:.3f}",
                     f"{ms(vectors.p50)} / {ms(vectors.p99)}",
                     f"{ms(words.p50)} / {ms(words.p99)}"])  # fmt: skip
    await database.close()
    return rows, recalls, rate


def run() -> Table:
    """Run the scenario."""
    with postgres("synchronous_commit = off") as url:
        rows, recalls, rate = asyncio.run(measure(url))
    check = Check(
        "recall of one user's scope", "≥ 0.97", f"{min(recalls):.3f}", min(recalls) >= 0.97
    )
    head = [
        "passages of the user", "vectors", f"recall@{K}", "by vector p50 / p99 ms",
        "by words p50 / p99 ms",
    ]  # fmt: skip
    note = (
        f"{LARGE + SMALL_USERS * SMALL:,} passages of {SMALL_USERS + 1} users, each with a random "
        f"vector of {DIMENSION} dimensions, indexed at {rate:,.0f} passages per second. Recall is "
        f"measured against a comparison with all vectors of the user. Up to {MAX_COMPARED:,} "
        "passages, all are compared. Queries by words have four, as frequent as in the texts."
    )
    return Table("Documents of many users in PostgreSQL", head, rows, [check], [note])
