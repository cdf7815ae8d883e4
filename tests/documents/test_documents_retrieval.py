"""Retrieval over a real index: words, vectors, both, and what happens without the embedder."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from basicchat.documents.chunking import ChunkSettings, chunk
from basicchat.documents.fusion import fuse, reciprocal_rank, spread
from basicchat.documents.reranking import Reranking
from basicchat.documents.retrieval import HybridRetriever
from basicchat.documents.vectors import VectorBackfill
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.passages import Hit, Page
from basicchat.domain.values import Document, Scope
from basicchat.storage.sqlite.search.index import SqliteSearchIndex

ANN = Scope(user_id="ann")
TEXTS = {
    "cats": "Cats sleep all day.\n\nCats hunt at night.\n\nA kitten is a young cat.",
    "dogs": "Dogs bark at strangers.\n\nA puppy is a young dog.",
    "cars": "An engine burns petrol.\n\nBrakes slow the vehicle.",
}
TOPICS = (("cat", "kitten", "feline"), ("dog", "puppy", "canine"), ("engine", "car", "vehicle"))


class Texts:
    """Documents by id."""

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        return TEXTS.get(document_id, "")[start:end]


class TopicEmbedder:
    """A vector has one number for each topic: how often its words occur."""

    def __init__(self, model: str = "topics", *, works: bool = True) -> None:
        self.model = model
        self.works = works

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        if not self.works:
            raise UpstreamUnavailable("away", provider="topics")
        return [
            [0.01 + sum(text.lower().count(word) for word in topic) for topic in TOPICS]
            for text in texts
        ]

    async def find(self) -> bool:
        return True

    async def embed_query(self, query: str) -> list[float]:
        (vector,) = await self.embed([query])
        return vector

    async def close(self) -> None:
        return None


def document(document_id: str) -> Document:
    return Document(
        document_id=document_id,
        title=document_id,
        media_type="text/plain",
        bytes=1,
        status="ready",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
        owner_id="ann",
        sha256="",
    )


@pytest.fixture
async def index(tmp_path: Path) -> AsyncIterator[SqliteSearchIndex]:
    made = SqliteSearchIndex(tmp_path / "index.db", embedding_model="topics")
    for document_id, text in TEXTS.items():
        pages = [Page(number=None, start=0, text=text)]
        chunks = chunk(pages, ChunkSettings(wanted=10, longest=30))
        vectors = await TopicEmbedder().embed([c.text for c in chunks])
        await made.add(document(document_id), chunks, vectors)
    yield made
    await made.close()


async def test_words_alone(index: SqliteSearchIndex) -> None:
    retriever = HybridRetriever(index, Texts())
    hits = await retriever.search(ANN, "barking at strangers", 3)
    assert hits[0].text.startswith("Dogs bark at strangers.")
    assert await retriever.search(ANN, "feline", 3) == ()
    assert await retriever.search(ANN, " ", 3) == ()
    assert await retriever.search(ANN, "cats", 0) == ()
    assert await retriever.search(Scope(user_id="eve"), "cats", 3) == ()


async def test_vectors_find_passages_that_words_miss(index: SqliteSearchIndex) -> None:
    retriever = HybridRetriever(index, Texts(), TopicEmbedder())
    hits = await retriever.search(ANN, "feline", 2)
    assert {hit.document_id for hit in hits} == {"cats"}


@pytest.mark.parametrize(
    ("embedder", "fallbacks"),
    [(TopicEmbedder(works=False), 1), (TopicEmbedder("another model"), 0)],
)
async def test_without_vectors_words_remain(
    index: SqliteSearchIndex, embedder: TopicEmbedder, fallbacks: int
) -> None:
    counted: list[None] = []
    retriever = HybridRetriever(index, Texts(), embedder, on_fallback=lambda: counted.append(None))
    hits = await retriever.search(ANN, "petrol", 2)
    assert [hit.document_id for hit in hits] == ["cars"]
    assert len(counted) == fallbacks


async def test_neighbouring_chunks_become_one_passage(index: SqliteSearchIndex) -> None:
    (hit, *_) = await HybridRetriever(index, Texts()).search(ANN, "cats sleep hunt kitten", 5)
    assert hit.text == TEXTS["cats"][hit.start : hit.end]
    assert "sleep" in hit.text
    assert "hunt" in hit.text
    assert (hit.line_start, hit.line_end) == (1, hit.text.count("\n") + 1)


async def test_a_question_is_cited_from_its_hits(index: SqliteSearchIndex) -> None:
    retriever = HybridRetriever(index, Texts())
    hits = await retriever.search(ANN, "what is a puppy", 3)
    cited = await retriever.cite(ANN, "A puppy is a young dog [1].", hits)
    (citation,) = cited.citations
    assert TEXTS["dogs"][citation.start : citation.end] == "A puppy is a young dog."


def hit(document_id: str, start: int, score: float = 1.0) -> Hit:
    return Hit(document_id=document_id, title="", text="x", score=score, start=start, end=start + 1)


def test_fusion_sums_reciprocal_ranks() -> None:
    a, b, c = hit("a", 0), hit("b", 0), hit("c", 0)
    fused = reciprocal_rank([[a, b], [b, c]])
    assert [(h.document_id, h.score) for h in fused] == [
        ("b", pytest.approx(1 / 62 + 1 / 61)),
        ("a", pytest.approx(1 / 61)),
        ("c", pytest.approx(1 / 62)),
    ]


@pytest.mark.parametrize(
    ("words", "meaning", "wanted"),
    [
        # Both agree, or share what is best.
        ("abc", "abc", "abc"),
        ("abcd", "badc", "abcd"),
        # The first of each has one of the first three places, the second one of the first five.
        ("abcdefgh", "zabcdefgh", "abzcdefgh"),
        ("abcdefgh", "yzcdefghab", "caybzdefgh"),
        ("abcdefgh", "yzdefgh", "daybzefghc"),
        # Only one finds anything.
        ("", "zy", "zy"),
        ("ab", "", "ab"),
    ],
)
def test_the_best_of_each_ranking_stays_near_the_front(
    words: str, meaning: str, wanted: str
) -> None:
    rankings = [[hit(name, 0) for name in ranking] for ranking in (words, meaning)]
    fused = fuse(rankings)
    assert sorted(h.document_id for h in fused) == sorted({*words, *meaning})
    scores = [h.score for h in fused]
    assert scores == sorted(scores, reverse=True)
    assert "".join(h.document_id for h in fused) == wanted
    for ranking in (words, meaning):
        for rank, name in enumerate(ranking[:2], 1):
            assert [h.document_id for h in fused].index(name) <= 2 * rank


async def test_a_passage_that_shares_no_word_with_the_question_is_found(tmp_path: Path) -> None:
    """Many others share common words with it, and are among the nearest as well."""
    index = SqliteSearchIndex(tmp_path / "index.db", embedding_model="topics")
    texts = [f"Where does number {n} see best when it is getting dark outside" for n in range(80)]
    texts.insert(40, "Kittens hunt by night: their pupils widen.")
    for number, text in enumerate(texts):
        chunks = chunk([Page(number=None, start=0, text=text)], ChunkSettings())
        vectors = await TopicEmbedder().embed([text])
        await index.add(document(f"d{number}"), chunks, vectors)
    retriever = HybridRetriever(index, Texts(), TopicEmbedder())
    question = "Where does a feline see best when it is dark?"
    hits = await retriever.search(ANN, question, 5)
    assert "d40" in [h.document_id for h in hits]
    assert "d40" not in [h.document_id for h in await index.match(ANN, question, 100)]
    await index.close()


@pytest.mark.parametrize(
    ("order", "k", "wanted"),
    [
        ("aaab", 3, "aab"),
        ("aaab", 4, "aaab"),
        ("aaaa", 3, "aaa"),
        ("aabbcc", 4, "aabb"),
        ("aaabbb", 5, "aaabb"),
        ("", 3, ""),
    ],
)
def test_no_document_crowds_out_the_others(order: str, k: int, wanted: str) -> None:
    hits = [hit(name, place) for place, name in enumerate(order)]
    assert "".join(h.document_id for h in spread(hits, k, 2)) == wanted


class ZeroEmbedder(TopicEmbedder):
    """Its model returns zeros for some texts."""

    async def embed(
        self, texts: Sequence[str], on_incomplete: Callable[[], None] | None = None
    ) -> list[list[float]]:
        vectors = await super().embed(texts)
        return [[0.0] * len(v) if "zero" in t else v for t, v in zip(texts, vectors, strict=True)]


async def test_a_vector_of_zeros_leaves_the_words_searchable(tmp_path: Path) -> None:
    index = SqliteSearchIndex(tmp_path / "index.db", embedding_model="topics")
    texts = ["The zero of this scale.", "Nothing about scales."]
    pages = [[Page(number=None, start=0, text=text)] for text in texts]
    for number, page in enumerate(pages):
        chunks = chunk(page, ChunkSettings(wanted=10, longest=30))
        vectors = await ZeroEmbedder().embed([c.text for c in chunks])
        await index.add(document(f"zero{number}"), chunks, vectors)
    retriever = HybridRetriever(index, Texts(), ZeroEmbedder())
    scope = Scope(user_id="ann")
    for query in ("zero scale", "scale", "scales"):
        assert await retriever.search(scope, query, 5)
    await index.remove("zero0")
    await index.close()


class ShortestFirst:
    """A reranker that prefers short passages."""

    name = "shortest first"

    async def rank(self, query: str, texts: Sequence[str]) -> list[int]:
        return sorted(range(len(texts)), key=lambda number: len(texts[number]))

    async def close(self) -> None:
        return None


async def test_a_reranker_decides_which_passages_are_selected(index: SqliteSearchIndex) -> None:
    reranking = Reranking(ShortestFirst(), candidates=30, seconds=30)
    plain = HybridRetriever(index, Texts())
    reranked = HybridRetriever(index, Texts(), reranking=reranking)
    query = "cats at night and a dog"
    (best,) = await reranked.search(ANN, query, 1)
    found = await plain.search(ANN, query, 5)
    assert len(best.text) < len(found[0].text)


class Unused:
    """Documents to which no note is added."""

    async def revise(self, document_id: str, revise: Callable[[Document], Document]) -> None:
        return None


async def test_an_earlier_model_serves_until_the_new_one_is_complete(
    index: SqliteSearchIndex,
) -> None:
    old, new = TopicEmbedder(), TopicEmbedder("new topics")

    async def former(model: str) -> TopicEmbedder | None:
        return old if model == "topics" else None

    async def found(retriever: HybridRetriever) -> list[str]:
        return [hit.document_id for hit in await retriever.search(ANN, "feline", 3)]

    expected = await found(HybridRetriever(index, Texts(), old))
    assert expected != await found(HybridRetriever(index, Texts()))
    changed = HybridRetriever(index, Texts(), new, former=former)
    assert await found(changed) == expected
    await VectorBackfill(index, old).add_missing(Unused())
    new.works = False
    backfill = VectorBackfill(index, new)
    assert not await backfill.add_missing(Unused())
    assert await found(changed) == expected
    new.works = True
    assert await backfill.add_missing(Unused())
    assert await index.embedding_model() == "new topics"
    old.works = False
    assert await found(changed) == expected


async def test_a_node_with_an_earlier_model_does_not_change_it_back(
    index: SqliteSearchIndex,
) -> None:
    earlier, later = TopicEmbedder(), TopicEmbedder("new topics")
    node, other = VectorBackfill(index, earlier), VectorBackfill(index, later)
    assert await node.add_missing(Unused())
    assert await other.add_missing(Unused())
    assert await index.embedding_model() == "new topics"
    assert await node.add_missing(Unused())
    assert await index.embedding_model() == "new topics"
