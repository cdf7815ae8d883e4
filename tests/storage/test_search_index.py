"""The contract of a search index, as a table of checks, and what is SQLite's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.domain.errors import Conflict, InvalidInput, UpstreamUnavailable
from basicchat.domain.ports import SearchIndex
from basicchat.domain.values import Chunk, Document, Scope
from basicchat.storage.sqlite.search.index import SqliteSearchIndex
from basicchat.storage.sqlite.search.query import any_of, terms

ANN, BEN = Scope(user_id="ann"), Scope(user_id="ben")
Check = Callable[[SearchIndex], Awaitable[None]]


def document(document_id: str, owner: str = "ann", title: str = "Notes") -> Document:
    return Document(
        document_id=document_id,
        title=title,
        media_type="text/plain",
        bytes=1,
        status="indexing",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        owner_id=owner,
        sha256="0" * 64,
    )


def chunks(*texts: str) -> list[Chunk]:
    found, at = [], 0
    for number, text in enumerate(texts, 1):
        end = at + len(text)
        found.append(
            Chunk(start=at, end=end, text=text, line_start=number, line_end=number, page=number)
        )
        at = end + 1
    return found


async def ids(index: SearchIndex, scope: Scope, query: str, k: int = 10) -> list[str]:
    return [hit.document_id for hit in await index.match(scope, query, k)]


async def finds_a_passage_with_its_place(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("the cat sleeps", "a dog barks loudly"))
    (hit,) = await index.match(ANN, "barking dogs?", 5)
    assert (hit.document_id, hit.title, hit.text) == ("d1", "Notes", "a dog barks loudly")
    assert (hit.start, hit.end, hit.page, hit.line_start, hit.line_end) == (15, 33, 2, 2, 2)
    assert hit.score > 0


async def ranks_the_better_passage_first(index: SearchIndex) -> None:
    texts = ["wing drag", "wing lift drag polar", "tail", "fin", "nose", "rudder"]
    await index.add(document("d1"), chunks(*texts))
    hits = await index.match(ANN, "lift polar wing", 5)
    assert [hit.text for hit in hits] == ["wing lift drag polar", "wing drag"]
    assert hits[0].score > hits[1].score


async def a_word_in_the_title_counts(index: SearchIndex) -> None:
    await index.add(document("d1", title="Holiday plans"), chunks("we fly in june"))
    await index.add(document("d2", title="Other"), chunks("a holiday is not planned here at all"))
    assert await ids(index, ANN, "holiday") == ["d1", "d2"]


async def keeps_owners_apart(index: SearchIndex) -> None:
    await index.add(document("d1", "ann"), chunks("secret of ann"))
    await index.add(document("d2", "ben"), chunks("secret of ben"))
    assert await ids(index, ANN, "secret") == ["d1"]
    assert await ids(index, BEN, "secret") == ["d2"]
    assert await ids(index, Scope(user_id="eve"), "secret") == []
    assert await ids(index, Scope(user_id=None), "secret") == []
    assert await ids(index, Scope(user_id="ben", document_ids=("d1",)), "secret") == []


async def keeps_to_the_documents_named(index: SearchIndex) -> None:
    for name in ("d1", "d2", "d3", "d4"):
        await index.add(document(name), chunks("apples and pears"))
    for wanted in ((), ("d3",), ("d1", "d4"), ("d2", "d9")):
        found = await ids(index, Scope(user_id="ann", document_ids=wanted), "apples")
        assert sorted(found) == sorted(set(wanted) - {"d9"})


async def adding_again_replaces(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("old words", "more old words"))
    await index.add(document("d1", title="New"), chunks("fresh words"))
    assert await ids(index, ANN, "old") == []
    assert [hit.title for hit in await index.match(ANN, "fresh", 5)] == ["New"]
    assert await index.count() == (1, 1)


async def removing_forgets_one_document(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("shared words"))
    await index.add(document("d2"), chunks("shared words"))
    await index.remove("d1")
    await index.remove("d1")
    await index.remove("never there")
    assert await ids(index, ANN, "shared") == ["d2"]
    assert await index.count() == (1, 1)


async def clearing_forgets_all(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("words"), [[1.0, 0.0]])
    await index.clear()
    assert await ids(index, ANN, "words") == []
    assert await index.count() == (0, 0)
    assert await index.embedding_model() is None


async def nothing_to_find_is_no_error(index: SearchIndex) -> None:
    assert await ids(index, ANN, "anything") == []
    await index.add(document("d1"), [])
    for query in ("", "   ", "?!", "the of and", "\0", "\ud800"):
        assert await ids(index, ANN, query) == []
    assert await ids(index, ANN, "words", k=0) == []


async def finds_by_vector(index: SearchIndex) -> None:
    assert await index.nearest(ANN, [1.0, 0.0], 5) == ()
    await index.add(document("d1"), chunks("east", "north"), [[1.0, 0.0], [0.0, 1.0]])
    await index.add(document("d2", "ben"), chunks("also east"), [[1.0, 0.0]])
    hits = await index.nearest(ANN, [0.9, 0.1], 5)
    assert [hit.text for hit in hits] == ["east", "north"]
    assert hits[0].score == pytest.approx(0.9939, abs=1e-3)
    assert await index.nearest(Scope(user_id="ben", document_ids=("d1",)), [1.0, 0.0], 5) == ()
    assert len(await index.nearest(Scope(user_id="ben", document_ids=("d2",)), [1.0, 0.0], 5)) == 1
    await index.remove("d1")
    assert await index.nearest(ANN, [0.9, 0.1], 5) == ()
    assert await index.embedding_model() == "model-a"


async def refuses_vectors_that_do_not_fit(index: SearchIndex) -> None:
    await index.add(document("d1"), chunks("one"), [[1.0, 0.0]])
    with pytest.raises(Conflict):
        await index.add(document("d2"), chunks("two"), [[1.0, 0.0, 0.0]])
    with pytest.raises(InvalidInput):
        await index.add(document("d2"), chunks("two", "three"), [[1.0, 0.0]])
    assert await index.nearest(ANN, [1.0, 0.0, 0.0], 5) == ()
    assert await index.count() == (1, 1)


CONTRACT: tuple[Check, ...] = (
    finds_a_passage_with_its_place,
    ranks_the_better_passage_first,
    a_word_in_the_title_counts,
    keeps_owners_apart,
    keeps_to_the_documents_named,
    adding_again_replaces,
    removing_forgets_one_document,
    clearing_forgets_all,
    nothing_to_find_is_no_error,
    finds_by_vector,
    refuses_vectors_that_do_not_fit,
)


# A new implementation adds itself here; it has to pass the same contract.
INDEXES: dict[str, Callable[[Path], SearchIndex]] = {
    "sqlite": lambda folder: SqliteSearchIndex(folder / "index.db", embedding_model="model-a")
}


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[SqliteSearchIndex]:
    made = SqliteSearchIndex(tmp_path / "index.db", embedding_model="model-a")
    yield made
    await made.close()


@pytest.mark.parametrize("implementation", INDEXES)
@pytest.mark.parametrize("check", CONTRACT, ids=lambda check: check.__name__)
async def test_contract(tmp_path: Path, check: Check, implementation: str) -> None:
    index = INDEXES[implementation](tmp_path)
    try:
        async with asyncio.timeout(60):
            await check(index)
    finally:
        await index.close()


def traces(directory: Path, word: bytes) -> int:
    files = [path for path in directory.iterdir() if path.is_file()]
    return sum(path.read_bytes().lower().count(word) for path in files)


async def test_removal_leaves_no_trace_in_the_files(
    index: SqliteSearchIndex, tmp_path: Path
) -> None:
    words = [f"some other words number {n}" for n in range(300)]
    await index.add(document("keep"), chunks(*words))
    await index.add(document("gone", title="Xylography"), chunks("a xylograph", *words))
    assert traces(tmp_path, b"xylogr") > 0
    await index.match(ANN, "xylograph", 5)
    await index.remove("gone")
    assert traces(tmp_path, b"xylogr") == 0
    await index.add(document("edited"), chunks("another xylograph", *words))
    await index.add(document("edited"), chunks("nothing of it"))
    assert traces(tmp_path, b"xylogr") == 0
    assert (await index.check()).problem is None


async def test_it_is_all_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path, embedding_model="model-a")
    await first.add(document("d1"), chunks("lasting words"), [[1.0, 0.0]])
    await first.close()
    second = SqliteSearchIndex(path, embedding_model="model-b")
    assert await ids(second, ANN, "lasting") == ["d1"]
    assert await second.embedding_model() == "model-a"
    with pytest.raises(Conflict):
        await second.add(document("d2"), chunks("other"), [[1.0, 0.0]])
    assert await second.document_ids() == {"d1"}
    await second.close()


@pytest.mark.parametrize("damage", ["not a database at all" * 999, ""], ids=["garbage", "empty"])
async def test_a_damaged_file_becomes_an_empty_index(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "index.db"
    path.write_text(damage)
    index = SqliteSearchIndex(path)
    assert await index.count() == (0, 0)
    assert (await index.check()).lost
    await index.add(document("d1"), chunks("works again"))
    assert await ids(index, ANN, "works") == ["d1"]
    await index.close()


async def test_damage_inside_is_declared_once_and_then_mended(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    first = SqliteSearchIndex(path)
    await first.add(document("d1"), chunks(*(f"word{n} and more" for n in range(2000))))
    await first.close()
    data = bytearray(path.read_bytes())
    data[4096 * 8 :] = b"\xa5" * (len(data) - 4096 * 8)
    path.write_bytes(data)
    second = SqliteSearchIndex(path)
    assert (await second.check()).problem is not None
    with pytest.raises(UpstreamUnavailable):
        await second.match(ANN, "word7 more", 5)
    assert await second.count() == (0, 0)
    health = await second.check()
    assert (health.lost, health.problem) == (True, None)
    await second.close()


async def test_searching_goes_on_while_indexing(index: SqliteSearchIndex) -> None:
    await index.add(document("d1"), chunks("steady words"))
    many = chunks(*(f"filler number {n} with words" for n in range(5000)))
    adding = asyncio.create_task(index.add(document("d2"), many))
    searches = 0
    while not adding.done():
        assert await index.match(ANN, "steady", 5)
        searches += 1
    await adding
    assert searches > 3


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(query=st.text(max_size=80))
async def test_any_text_is_a_valid_query(index: SqliteSearchIndex, query: str) -> None:
    if await index.count() == (0, 0):
        await index.add(document("d1"), chunks("AND or NOT near", "title 0 a b c", "ß é 漢字"))
    await index.match(ANN, query, 5)
    await index.match(ANN, f'"{query}" AND ({query}* NEAR {query}) title:{query}', 5)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("What is the lift of a wing?", ["lift", "wing"]),
        ("to be or not to be", ["to", "be", "or", "not"]),
        ('title:"x" OR y* NEAR(z)', ["title", "x", "y", "near", "z"]),
        ("Wing wing WING", ["wing"]),
        ("...", []),
    ],
)
def test_terms_of_a_query(query: str, wanted: list[str]) -> None:
    assert terms(query) == wanted


def test_a_pasted_page_is_cut_to_a_bounded_query() -> None:
    assert len(any_of(terms(" ".join(f"w{n}" for n in range(5000)))).split(" OR ")) == 64


@pytest.mark.parametrize("others", [3, 400], ids=["by merging", "by secure deletion"])
async def test_both_ways_of_deleting_leave_no_trace(
    index: SqliteSearchIndex, tmp_path: Path, others: int
) -> None:
    for name in ("d1", "d2"):
        words = [f"{name} passage {n} of many words" for n in range(others)]
        await index.add(document(name), chunks(*words))
    for _ in range(3):
        await index.add(document("edited"), chunks("the word xylograph is here"))
        await index.add(document("edited"), chunks("the word is gone"))
        assert traces(tmp_path, b"xylogr") == 0
    assert (await index.check()).problem is None
    assert await ids(index, ANN, "gone") == ["edited"]
    assert await index.count() == (3, 2 * others + 1)


async def test_a_scope_with_collections_is_not_silently_narrowed(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.db")
    with pytest.raises(ValueError, match="no collections"):
        await index.match(Scope(user_id="ann", collection_ids=("k1",)), "apples", 5)
    await index.close()
