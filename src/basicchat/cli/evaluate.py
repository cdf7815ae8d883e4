"""`basicchat eval`: how good retrieval is on a collection with judgements."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import coloured, say, say_json
from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.evaluation import Scores
from basicchat.documents.evaluation import evaluate as measure
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import Embedder
from basicchat.llm.discovery import find_provider
from basicchat.storage.sqlite.search.index import SqliteSearchIndex


@with_settings("provider", "embedding_model")
def evaluate(
    *,
    folder: Annotated[Path, typer.Argument(metavar="BEIR_DIR", help="The collection's folder.")],
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index a collection (corpus.jsonl, queries.jsonl, qrels/test.tsv) apart and measure.

    Documents are cut, indexed and searched as uploaded ones are; a document's rank is that of
    its best passage. Your own documents are not touched.
    """
    with tempfile.TemporaryDirectory(prefix="basicchat-eval-") as place:
        scores = asyncio.run(_measured(folder, settings, Path(place)))
    if as_json:
        say_json(scores)
    else:
        _show(scores)


def _show(scores: Scores) -> None:
    say(f"nDCG@10    {scores.ndcg_at_10:.4f}")
    say(f"recall@10  {scores.recall_at_10:.4f}")
    say(f"MAP        {scores.map:.4f}")
    say(f"({scores.queries} queries, {scores.documents} documents, {scores.chunks} passages)")


async def _measured(folder: Path, settings: Settings, place: Path) -> Scores:
    embedder = await _embedder(settings)
    model = embedder.model if embedder else None
    index = SqliteSearchIndex(place / "index.db", embedding_model=model)
    lengths = ChunkSettings(
        wanted=min(ChunkSettings().wanted, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    console, shown = Console(stderr=True), coloured(sys.stderr)
    try:
        with Progress(console=console, transient=True, disable=not shown) as bar:
            task = bar.add_task("", total=1.0)

            async def progress(share: float, doing: str) -> None:
                bar.update(task, completed=share, description=doing)

            return await measure(folder, index, progress, embedder=embedder, chunking=lengths)
    finally:
        await index.close()
        if embedder:
            await embedder.close()


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
