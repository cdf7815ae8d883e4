"""The search index in PostgreSQL: its scores, its nearest vectors, and what nodes share."""

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import sqrt
from pathlib import Path

import asyncpg
import pytest

from basicchat.domain.values import Scope
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.search import lexical, vectors
from basicchat.storage.postgres.search.index import PostgresSearchIndex
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from support import postgres
from support.postgres import Server
from support.search_values import ANN, chunks, document

COMMON = ["bee", "bees", "wing", "hive", "honey", "queen", "flying", "nectar", "comb"]
WORDS = [*COMMON, "蜂王", "秋天", "übung", "o'brien", "max_line"]


@asynccontextmanager
async def opened(url: str, model: str | None = None) -> AsyncIterator[PostgresSearchIndex]:
    database = await PostgresDatabase.open(url)
    try:
        yield await PostgresSearchIndex.open(database, model)
    finally:
        await database.close()


@pytest.fixture
async def index(postgres_url: str) -> AsyncIterator[PostgresSearchIndex]:
    await postgres.empty(postgres_url)
    async with opened(postgres_url, "model-a") as index:
        yield index


async def test_scores_are_those_of_the_embedded_index(
    index: PostgresSearchIndex, tmp_path: Path
) -> None:
    """BM25 and feedback, with titles that count twice, phrases, and pairs of characters."""
    chosen = random.Random(3)
    embedded = SqliteSearchIndex(tmp_path / "index.db")
    for number in range(12):
        title = " ".join(chosen.choices(WORDS, k=2))
        texts = [" ".join(chosen.choices(WORDS, k=chosen.randint(1, 40))) for _ in range(8)]
        for each in (embedded, index):
            await each.add(document(f"d{number}", title=title), chunks(*texts))
    for each in (embedded, index):
        await each.remove("d3")
        await each.add(document("d4", title="other"), chunks("queen of the hive", "wings"))
    scopes = ANN, Scope(user_id="ann", document_ids=("d1", "d4", "d7"))
    for query in (*WORDS, "queen bees", "honey wing 蜂王 nectar", "max_line hive", "蜂"):
        for scope in scopes:
            expected = await embedded.match(scope, query, 100)
            found = await index.match(scope, query, 100)
            places = {(hit.document_id, hit.start): hit.score for hit in found}
            # Whatever PostgreSQL cannot count exactly, it still finds.
            tolerance = 0.5 if query in ("max_line hive", "max_line", "蜂") else 1e-5
            assert places.keys() == {(hit.document_id, hit.start) for hit in expected}, query
            for hit in expected:
                score = places[hit.document_id, hit.start]
                assert score == pytest.approx(hit.score, rel=tolerance, abs=1e-5), query
    await embedded.close()


def unit(dimension: int, chosen: random.Random) -> list[float]:
    vector = [chosen.gauss(0, 1) for _ in range(dimension)]
    length = sqrt(sum(value * value for value in vector))
    return [value / length for value in vector]


async def recall(
    index: PostgresSearchIndex, users: int, each: int, chosen: random.Random, k: int = 10
) -> float:
    """The share of the k nearest passages of a user's scope that are found, over 20 users."""
    dimension = 24
    stored: dict[str, list[list[float]]] = {}

    async def add(user: str) -> None:
        stored[user] = [unit(dimension, chosen) for _ in range(each)]
        texts = chunks(*(f"t{number}" for number in range(each)))
        await index.add(document(f"of {user}", user), texts, stored[user])

    names = [f"u{number}" for number in range(users)]
    await add(names[0])
    await asyncio.gather(*map(add, names[1:]))
    found = 0
    asked = names[:20]
    for user in asked:
        wanted = unit(dimension, chosen)
        near = [sum(map(float.__mul__, wanted, vector)) for vector in stored[user]]
        nearest = sorted(range(each), key=near.__getitem__, reverse=True)[:k]
        hits = await index.nearest(Scope(user_id=user), wanted, k)
        assert len(hits) == k
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        found += len({f"t{number}" for number in nearest} & {hit.text for hit in hits})
    return found / (k * len(asked))


@pytest.mark.parametrize("way", ["by the index", "by comparing all"])
async def test_recall_of_one_users_scope(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    await postgres.empty(postgres_url)
    url = postgres_url
    if way == "by the index":
        monkeypatch.setattr(vectors, "MAX_COMPARED", 0)
        # With so few rows PostgreSQL would rather sort them.
        url += "&enable_sort=off"
    async with opened(url, "model-a") as index:
        found = await recall(index, 50, 40, random.Random(11))
    assert found >= (0.97 if way == "by the index" else 1.0)


@pytest.mark.parametrize("dimension", [3, 2500, 4500])
async def test_vectors_of_any_dimension(index: PostgresSearchIndex, dimension: int) -> None:
    east, north = [1.0] + [0.0] * (dimension - 1), [0.0] * (dimension - 1) + [1.0]
    await index.add(document("d1"), chunks("east", "north"), [east, north])
    hits = await index.nearest(ANN, north, 5)
    assert [(hit.text, round(hit.score, 3)) for hit in hits] == [("north", 1.0), ("east", 0.0)]


async def _plan(connection: asyncpg.Connection, sql: str) -> str:
    """The plan of a statement for any parameters."""
    count = max(int(number) for number in re.findall(r"\$(\d+)", sql))
    await connection.execute(f"PREPARE planned AS {sql}")
    try:
        return str(
            await connection.fetch(f"EXPLAIN EXECUTE planned({', '.join(['NULL'] * count)})")
        )
    finally:
        await connection.execute("DEALLOCATE planned")


async def test_words_are_looked_up_in_the_index_also_by_plans_for_any_parameters(
    index: PostgresSearchIndex, postgres_url: str
) -> None:
    """After some executions PostgreSQL plans a prepared statement for any parameters at all."""
    connection = await asyncpg.connect(postgres_url)
    try:
        # As in a table that is not as small as that of a test, where it is fast to read all rows.
        await connection.execute("SET enable_seqscan = off; SET enable_indexscan = off")
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        for sql in (lexical._MATCHING, lexical._WITH_STEM):
            plan = await _plan(connection, sql)
            assert "Bitmap Index Scan on search_words_by_word" in plan, plan
        # Which of the two indexes is better depends on how many rows there are.
        plan = await _plan(connection, lexical._WITHIN)
        assert "search_words_by_word" in plan or "search_words_pkey" in plan, plan
    finally:
        await connection.close()


async def test_nodes_share_the_index_and_the_work_on_vectors(
    index: PostgresSearchIndex, postgres_url: str
) -> None:
    async with opened(postgres_url, "model-a") as other:
        for name in ("d1", "d2"):
            await index.add(document(name), chunks(f"words of {name}"))
        assert [hit.document_id for hit in await other.match(ANN, "words", 5)] == ["d1", "d2"]
        mine, theirs = await index.missing_vectors(5), await other.missing_vectors(5)
        assert mine is not None
        assert theirs is not None
        assert {mine.document_id, theirs.document_id} == {"d1", "d2"}
        assert await index.missing_vectors(5) == mine
        await other.add_vectors(theirs, [[1.0, 0.0]])
        assert await other.missing_vectors(5) is None
        await other.remove("d1")
        await index.add_vectors(mine, [[0.0, 1.0]])
        assert await index.missing_vectors(5) is None
        assert len(await index.nearest(ANN, [1.0, 0.0], 5)) == (mine.document_id == "d1")
        # Both replace a document at the same time: one of them is the last.
        again = [each.add(document("d2"), chunks("again")) for each in (index, other) * 4]
        await asyncio.gather(*again)
        assert await other.count() == (1, 1)
        await index.drop_vectors()
        assert await other.nearest(ANN, [1.0, 0.0], 5) == ()
        await other.clear()
        assert await index.match(ANN, "again", 5) == ()


async def test_without_the_extension_words_are_found_and_the_doctor_says_why(
    postgres_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    admin = postgres_server.url("postgres")
    await postgres.execute(admin, "CREATE ROLE plain LOGIN", "CREATE DATABASE without_vectors")
    url = postgres_server.url("without_vectors")
    await postgres.execute(url, "GRANT ALL ON SCHEMA public TO plain")
    async with opened(url.replace("//postgres@", "//plain@"), "model-a") as index:
        assert "may not create the extension pgvector" in caplog.text
        await index.add(document("d1"), chunks("east"), [[1.0, 0.0]])
        assert [hit.text for hit in await index.match(ANN, "east", 5)] == ["east"]
        assert await index.missing_vectors(5) is None
        assert await index.nearest(ANN, [1.0, 0.0], 5) == ()
        health = await index.check()
    assert health.problem is not None
    assert "by their words only" in health.problem
    assert "CREATE EXTENSION vector" in (health.hint or "")
    # Once an administrator has created it, vectors are added to what is there.
    await postgres.execute(url, "CREATE EXTENSION vector")
    async with opened(url.replace("//postgres@", "//plain@"), "model-a") as index:
        assert (await index.check()).problem is None
        missing = await index.missing_vectors(5)
        assert missing is not None
        await index.add_vectors(missing, [[1.0, 0.0]])
        assert len(await index.nearest(ANN, [1.0, 0.0], 5)) == 1


# A passage of the greatest length, and a word in it.
LONGEST = {
    "one character": ("漢" * 40_000, "漢"),
    "rare characters": ("".join(map(chr, range(0x20000, 0x29C40))), chr(0x20000) + chr(0x20001)),
    "one word": ("same " * 8000, "same"),
    "one long word": ("x" * 40_000, "x" * 40_000),
    "many words": (" ".join(f"w{number}" for number in range(6000)), "w5999"),
}


async def test_an_index_of_another_format_is_emptied_once(
    index: PostgresSearchIndex, postgres_url: str
) -> None:
    await index.add(document("d1"), chunks("old words"), [[1.0, 0.0]])
    async with opened(postgres_url, "model-a") as same:
        assert await same.document_ids() == {"d1"}
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("COMMENT ON TABLE search_documents IS NULL")
    await connection.close()
    async with opened(postgres_url, "model-a") as newer, opened(postgres_url, "model-a") as other:
        assert await newer.document_ids() == frozenset()
        assert await newer.embedding_model() is None
        await newer.add(document("d1"), chunks("new words"))
        assert [hit.text for hit in await other.match(ANN, "word", 5)] == ["new words"]
    async with opened(postgres_url, "model-a") as again:
        assert await again.document_ids() == {"d1"}


@pytest.mark.parametrize("kind", LONGEST)
async def test_the_longest_passages_can_be_indexed(index: PostgresSearchIndex, kind: str) -> None:
    text, word = LONGEST[kind]
    await index.add(document("d1"), chunks(text))
    assert len(await index.match(ANN, word, 5)) == 1
