"""Evaluation of retrieval on a collection in BEIR's layout, with the same pipeline as for users."""

import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from basicchat.documents.chunking import ChunkSettings, chunk
from basicchat.documents.retrieval import MAX_K, HybridRetriever
from basicchat.domain.errors import InvalidInput
from basicchat.domain.passages import Hit, Page
from basicchat.domain.ports import Embedder
from basicchat.domain.search import SearchIndex
from basicchat.domain.values import Document, Scope

Qrels = Mapping[str, Mapping[str, int]]
Progress = Callable[[float, str], Awaitable[None]]

_OWNER = "evaluation"
_CUT = 10


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Mean scores from 0 to 1 over all queries that have a relevant document."""

    ndcg_at_10: float
    recall_at_10: float
    map: float
    queries: int
    documents: int
    chunks: int


async def evaluate(
    beir_dir: Path,
    index: SearchIndex,
    progress: Progress,
    *,
    embedder: Embedder | None = None,
    chunking: ChunkSettings | None = None,
) -> Scores:
    """Index a collection and score the retriever's rankings of it.

    Args:
        beir_dir: contains `corpus.jsonl`, `queries.jsonl` and `qrels/test.tsv`.
        index: a separate index for this purpose; it is cleared first.
        progress: receives a fraction from 0 to 1 and a description of the step.
        embedder: adds vectors, as it does for users.
        chunking: how documents are split; by default as for users.

    Raises:
        InvalidInput: the directory does not contain such a collection.
    """
    queries, qrels = _load_queries(beir_dir), _load_qrels(beir_dir)
    texts = _Texts()
    await index.clear()
    await _index(beir_dir, index, texts, embedder, chunking or ChunkSettings(), progress)
    retriever = HybridRetriever(index, texts, embedder)
    judged = [query for query in queries if any(qrels.get(query, {}).values())]
    rankings: dict[str, list[str]] = {}
    for number, query in enumerate(judged):
        hits = await retriever.search(Scope(user_id=_OWNER), queries[query], MAX_K)
        rankings[query] = rank_documents(hits)
        if number % 20 == 0:
            await progress(0.5 + 0.5 * number / len(judged), "Searching")
    documents, chunks = await index.count()
    await progress(1.0, "Done")
    return score(rankings, qrels, documents=documents, chunks=chunks)


def rank_documents(hits: Sequence[Hit]) -> list[str]:
    """Documents in the order of their best passages."""
    best: dict[str, float] = {}
    for hit in hits:
        best[hit.document_id] = max(hit.score, best.get(hit.document_id, -math.inf))
    return sorted(best, key=lambda document: -best[document])


def score(
    rankings: Mapping[str, Sequence[str]], qrels: Qrels, *, documents: int = 0, chunks: int = 0
) -> Scores:
    """Score rankings of document ids by query against relevance judgements.

    Queries without a ranking count as 0; those without a relevant document are left out.
    """
    judged = [query for query, relevant in qrels.items() if any(relevant.values())]
    if not judged:
        raise InvalidInput("No query of the collection has a relevant document.", field="qrels")
    ranked = [(rankings.get(query, ()), qrels[query]) for query in judged]
    return Scores(
        ndcg_at_10=sum(ndcg(ranking, relevant) for ranking, relevant in ranked) / len(judged),
        recall_at_10=sum(recall(ranking, relevant) for ranking, relevant in ranked) / len(judged),
        map=sum(average_precision(ranking, relevant) for ranking, relevant in ranked) / len(judged),
        queries=len(judged),
        documents=documents,
        chunks=chunks,
    )


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], cut: int = _CUT) -> float:
    """nDCG as in trec_eval's `ndcg_cut`: gain is the grade, discount log2(rank + 1).

    Source: K. Järvelin, J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM
    TOIS 20(4), 2002.
    """
    ideal = sorted((grade for grade in relevant.values() if grade > 0), reverse=True)[:cut]
    gains = [max(relevant.get(document, 0), 0) for document in ranking[:cut]]
    best = _discounted(ideal)
    return _discounted(gains) / best if best else 0.0


def recall(ranking: Sequence[str], relevant: Mapping[str, int], cut: int = _CUT) -> float:
    """The share of the relevant documents that are among the first `cut`."""
    wanted = {document for document, grade in relevant.items() if grade > 0}
    return len(wanted.intersection(ranking[:cut])) / len(wanted) if wanted else 0.0


def average_precision(ranking: Sequence[str], relevant: Mapping[str, int]) -> float:
    """Average precision as in trec_eval's `map`: relevant documents not found count as 0."""
    wanted = {document for document, grade in relevant.items() if grade > 0}
    found, total = 0, 0.0
    for rank, document in enumerate(ranking, 1):
        if document in wanted:
            found += 1
            total += found / rank
    return total / len(wanted) if wanted else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


class _Texts:
    """The collection's texts, for the retriever."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def put(self, document_id: str, text: str) -> None:
        self._texts[document_id] = text

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        return self._texts.get(document_id, "")[start:end]


class _Entry(msgspec.Struct):
    """A line of `corpus.jsonl` or `queries.jsonl`."""

    id: str = msgspec.field(name="_id")
    text: str = ""
    title: str = ""


async def _index(
    beir_dir: Path,
    index: SearchIndex,
    texts: _Texts,
    embedder: Embedder | None,
    chunking: ChunkSettings,
    progress: Progress,
) -> None:
    corpus = list(_entries(beir_dir / "corpus.jsonl"))
    for number, entry in enumerate(corpus):
        text = entry.text or entry.title
        pages = (Page(number=None, start=0, text=text),)
        chunks = chunk(pages, chunking)
        texts.put(entry.id, text)
        vectors = await embedder.embed([c.text for c in chunks]) if embedder and chunks else None
        await index.add(_document(entry), chunks, vectors)
        if number % 50 == 0:
            await progress(0.5 * number / len(corpus), "Indexing")


def _document(entry: _Entry) -> Document:
    return Document(
        document_id=entry.id,
        title=entry.title,
        media_type="text/plain",
        bytes=len(entry.text.encode()),
        status="ready",
        created_at=datetime.now(UTC),
        owner_id=_OWNER,
        sha256="",
    )


def _load_queries(beir_dir: Path) -> dict[str, str]:
    return {entry.id: entry.text for entry in _entries(beir_dir / "queries.jsonl")}


def _load_qrels(beir_dir: Path) -> dict[str, dict[str, int]]:
    path = beir_dir / "qrels" / "test.tsv"
    qrels: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path)):
        fields = line.split("\t")
        if number == 0 and fields[-1].strip() == "score":
            continue
        try:
            query, document, grade = fields
            qrels.setdefault(query, {})[document] = int(grade)
        except ValueError:
            raise _malformed(path, number + 1) from None
    return qrels


def _entries(path: Path) -> Iterator[_Entry]:
    for number, line in enumerate(_lines(path), 1):
        try:
            yield msgspec.json.decode(line, type=_Entry)
        except msgspec.DecodeError:
            raise _malformed(path, number) from None


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    yield line
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(
            f"{path} cannot be read.",
            hint="A collection in BEIR layout contains corpus.jsonl, queries.jsonl and "
            "qrels/test.tsv.",
        ) from None


def _malformed(path: Path, line: int) -> InvalidInput:
    return InvalidInput(f"{path}, line {line}: does not match BEIR's layout.")
