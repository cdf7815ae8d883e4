"""`basicchat eval`: measures retrieval on a collection with relevance judgements."""

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from basicchat.app.factories import open_search_index
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


@with_settings("provider", "embedding_model")
def evaluate(
    *,
    folder: Annotated[Path, typer.Argument(metavar="BEIR_DIR", help="The collection's folder.")],
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index a collection (corpus.jsonl, queries.jsonl, qrels/test.tsv) separately and measure.

    Documents are split, indexed and searched like uploaded ones; a document ranks by its best
    passage. Your own documents are not touched.
    """
    with tempfile.TemporaryDirectory(prefix="basicchat-eval-") as index_folder:
        scores = asyncio.run(_measure(folder, settings, Path(index_folder)))
    if as_json:
        say_json(scores)
    else:
        _show(scores)


def _show(scores: Scores) -> None:
    say(f"nDCG@10    {scores.ndcg_at_10:.4f}")
    say(f"recall@10  {scores.recall_at_10:.4f}")
    say(f"MAP        {scores.map:.4f}")
    say(f"({scores.queries} queries, {scores.documents} documents, {scores.chunks} passages)")


async def _measure(folder: Path, settings: Settings, index_folder: Path) -> Scores:
    embedder = await _embedder(settings)
    model = embedder.model if embedder else None
    index = open_search_index(settings.model_copy(update={"data_dir": index_folder}), model)
    lengths = ChunkSettings(
        wanted=min(ChunkSettings().wanted, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )
    console, shown = Console(stderr=True), coloured(sys.stderr)
    try:
        with Progress(console=console, transient=True, disable=not shown) as bar:
            task = bar.add_task("", total=1.0)

            async def progress(fraction: float, step: str) -> None:
                bar.update(task, completed=fraction, description=step)

            return await measure(folder, index, progress, embedder=embedder, chunking=lengths)
    finally:
        await index.close()
        if embedder:
            await embedder.close()


async def _embedder(settings: Settings) -> Embedder | None:
    if settings.embedding_model is None:
        return None
    provider_settings = settings.provider_settings()
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    provider, _ = await find_provider(providers, provider_settings, settings.provider)
    if provider.embedder is None:
        raise InvalidInput(
            f"embedding_model is set, but {provider.name} provides no embeddings.",
            hint="Choose another provider, or omit embedding_model to search by words only.",
        )
    return provider.embedder(provider_settings)
