"""`basicchat eval`: how good retrieval is on a collection with judgements."""

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import track

from basicchat.cli import metrics
from basicchat.cli.beir import Collection, Query, Source, read_collection
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import coloured, say, say_json
from basicchat.config import Settings
from basicchat.documents.chunking import Chunker, ChunkSettings
from basicchat.documents.retrieval import HybridRetriever
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import Embedder, Retriever
from basicchat.domain.values import Chunk, Document, Page, Scope
from basicchat.llm.discovery import find_provider
from basicchat.storage.search_index import SqliteSearchIndex

DEPTH, CUT, OWNER, EMBEDDED_AT_ONCE = 100, 10, "eval", 64
Item = TypeVar("Item")


@with_settings("provider", "embedding_model")
def evaluate(
    *,
    folder: Annotated[Path, typer.Argument(metavar="BEIR_DIR", help="The collection's folder.")],
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index a collection (corpus.jsonl, queries.jsonl, qrels/test.tsv) apart and measure.

    Documents are cut, indexed and searched as uploaded ones are; a document's rank is that of
    its best passage, among the best 100 passages. Your own documents are not touched.
    """
    collection = read_collection(folder)
    with tempfile.TemporaryDirectory(prefix="basicchat-eval-") as place:
        scores = asyncio.run(_measured(collection, settings, Path(place)))
    if as_json:
        say_json(scores)
        return
    for name, value in scores.items():
        say(f"{name:<10} {value:.4f}" if isinstance(value, float) else f"{name:<10} {value}")


async def _measured(
    collection: Collection, settings: Settings, place: Path
) -> dict[str, float | int]:
    embedder = await _embedder(settings)
    index = SqliteSearchIndex(
        place / "index.db", embedding_model=embedder.model if embedder else None
    )
    try:
        chunks = 0
        for source in _shown(collection.sources, "Indexing"):
            chunks += await _add(index, embedder, source, settings)
        retriever = HybridRetriever(index, _Texts(collection.sources), embedder)
        rankings = [
            await _ranked(retriever, query) for query in _shown(collection.queries, "Asking")
        ]
    finally:
        await index.close()
        if embedder:
            await embedder.close()
    return {"documents": len(collection.sources), "passages": chunks} | _scores(
        collection, rankings
    )


def _scores(collection: Collection, rankings: Sequence[Sequence[str]]) -> dict[str, float | int]:
    judged = [
        (ranked, collection.grades[query.id])
        for ranked, query in zip(rankings, collection.queries, strict=True)
    ]
    return {
        "queries": len(judged),
        f"nDCG@{CUT}": fmean(metrics.ndcg(r, g, CUT) for r, g in judged),
        f"recall@{CUT}": fmean(metrics.recall(r, g, CUT) for r, g in judged),
        "MAP": fmean(metrics.average_precision(r, g) for r, g in judged),
    }


async def _embedder(settings: Settings) -> Embedder | None:
    if settings.embedding_model is None:
        return None
    told = settings.provider_settings()
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    provider, _ = await find_provider(providers, told, settings.provider)
    if provider.embedder is None:
        raise InvalidInput(
            f"embedding_model is set, but {provider.name} has no embeddings.",
            hint="Choose another provider, or leave embedding_model out to search by words.",
        )
    return provider.embedder(told)


async def _add(
    index: SqliteSearchIndex, embedder: Embedder | None, source: Source, settings: Settings
) -> int:
    lengths = ChunkSettings(
        wanted=min(ChunkSettings().wanted, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    # A document that is no more than its title is found by it all the same.
    page = Page(number=None, start=0, text=source.text or source.title)
    chunks = list(Chunker(lengths).feed(page))
    vectors = await _vectors(embedder, chunks) if embedder else None
    await index.add(_document(source), chunks, vectors)
    return len(chunks)


async def _vectors(embedder: Embedder, chunks: Sequence[Chunk]) -> list[list[float]]:
    vectors: list[list[float]] = []
    for at in range(0, len(chunks), EMBEDDED_AT_ONCE):
        vectors += await embedder.embed([c.text for c in chunks[at : at + EMBEDDED_AT_ONCE]])
    return vectors


def _document(source: Source) -> Document:
    return Document(
        document_id=source.id,
        title=source.title,
        media_type="text/plain",
        bytes=len(source.text.encode()),
        status="ready",
        created_at=datetime.now(UTC),
        owner_id=OWNER,
        sha256="",
    )


async def _ranked(retriever: Retriever, query: Query) -> list[str]:
    hits = await retriever.search(Scope(user_id=OWNER), query.text, DEPTH)
    return list(dict.fromkeys(hit.document_id for hit in hits))


class _Texts:
    """The collection's texts, for the retriever."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._texts = {source.id: source.text or source.title for source in sources}

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """Part of a document's text."""
        return self._texts[document_id][start:end]


def _shown(items: Sequence[Item], text: str) -> Iterator[Item]:
    console = Console(stderr=True)
    return iter(
        track(items, text, console=console, transient=True, disable=not coloured(sys.stderr))
    )
