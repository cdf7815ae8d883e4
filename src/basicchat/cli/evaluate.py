"""`basicchat eval`: measures retrieval and answers on data with known results."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from basicchat.app.factories import embedded_search_index
from basicchat.cli.answer_scores import AnswerScores, score_answers
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import coloured, say, say_json
from basicchat.config import Settings
from basicchat.documents.chunking import ChunkSettings
from basicchat.documents.evaluation import Scores
from basicchat.documents.evaluation import evaluate as measure
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import Provider, discover
from basicchat.domain.ports import LLM, Embedder
from basicchat.domain.search import SearchIndex
from basicchat.llm.discovery import find_provider
from basicchat.llm.embedders import choose_embedder

LABELS = {
    "recall_at_1": "paragraph found first",
    "recall_at_5": "paragraph among five",
    "answered": "answered",
    "shown": "answered or closest passages",
    "gold_in_answer": "right words shown",
    "gold_in_first_quote": "right words in the first quote",
    "citation_precision": "citations from the paragraph",
    "impossible_not_answered": "impossible, not answered",
    "elsewhere_refused": "about something else, refused",
}


@with_settings("provider", "embedding_model")
def evaluate(
    *,
    folder: Annotated[
        Path | None, typer.Argument(metavar="BEIR_DIR", help="The collection's folder.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="SQUAD.json", help="Questions in SQuAD's layout."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Who answers them; without it, quotations alone.")
    ] = None,
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index a collection (corpus.jsonl, queries.jsonl, qrels/test.tsv) separately and measure.

    Documents are split, indexed and searched like uploaded ones; a document ranks by its best
    passage. With --answers, questions are asked and the answers measured. Your own documents are
    not touched.
    """
    if (folder is None) == (answers is None):
        raise InvalidInput(
            "Name either a folder, to measure retrieval, or a file with --answers.",
            hint="For example: basicchat eval --answers dev-v2.0.json",
        )
    with tempfile.TemporaryDirectory(prefix="basicchat-eval-") as index_folder:
        place = Path(index_folder)
        if folder is not None:
            scores = asyncio.run(_measure(folder, settings, place))
            say_json(scores) if as_json else _show(scores)
        elif answers is not None:
            found = asyncio.run(_ask(answers, settings, place, model))
            say_json(found) if as_json else _show_answers(found)


def _show(scores: Scores) -> None:
    say(f"nDCG@10    {scores.ndcg_at_10:.4f}")
    say(f"recall@10  {scores.recall_at_10:.4f}")
    say(f"MAP        {scores.map:.4f}")
    say(f"({scores.queries} queries, {scores.documents} documents, {scores.chunks} passages)")


def _show_answers(scores: AnswerScores) -> None:
    for field, label in LABELS.items():
        value = getattr(scores, field)
        say(f"{label:32} {'-' if value is None else f'{value:.3f}'}")
    say(
        f"({scores.answerable} answerable questions, {scores.impossible} impossible, "
        f"{scores.elsewhere} about something else, {scores.paragraphs} paragraphs, "
        f"{scores.search_ms:.1f} ms a search)"
    )


async def _measure(folder: Path, settings: Settings, index_folder: Path) -> Scores:
    async with _index(settings, index_folder) as (index, embedder), _progress() as report:
        lengths = _lengths(settings)
        return await measure(folder, index, report, embedder=embedder, chunking=lengths)


async def _ask(
    path: Path, settings: Settings, index_folder: Path, model: str | None
) -> AnswerScores:
    llm = await _llm(settings, model)
    try:
        async with _index(settings, index_folder) as (index, embedder), _progress() as report:
            return await score_answers(
                path,
                index,
                llm,
                model or llm.name,
                report,
                passages=settings.retrieval_k,
                chunking=_lengths(settings),
                embedder=embedder,
            )
    finally:
        await llm.close()


def _lengths(settings: Settings) -> ChunkSettings:
    return ChunkSettings(
        wanted=min(ChunkSettings().wanted, settings.chunk_size),
        longest=settings.chunk_size,
        overlap=settings.chunk_overlap,
    )


@asynccontextmanager
async def _index(
    settings: Settings, folder: Path
) -> AsyncIterator[tuple[SearchIndex, Embedder | None]]:
    """A separate index, and the embedder if there is one."""
    embedder = await _embedder(settings)
    index = embedded_search_index(folder, embedder.model if embedder else None)
    try:
        yield index, embedder
    finally:
        await index.close()
        if embedder:
            await embedder.close()


@asynccontextmanager
async def _progress() -> AsyncIterator[Callable[[float, str], Awaitable[None]]]:
    """A bar, and the function that moves it."""
    console, shown = Console(stderr=True), coloured(sys.stderr)
    with Progress(console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=1.0)

        async def report(fraction: float, step: str) -> None:
            bar.update(task, completed=fraction, description=step)

        yield report


async def _llm(settings: Settings, model: str | None) -> LLM:
    """The provider that has the model, or the one that only quotes."""
    given = settings.provider_settings()
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    choice = settings.provider if model else "extractive"
    provider, _ = await find_provider(providers, given, choice)
    return provider.create(given)


async def _embedder(settings: Settings) -> Embedder | None:
    """The embedder that users would get; without any in the settings, search uses words only."""
    choice = settings.embedder_choice
    if settings.embedding_model is None and choice == "auto":
        return None
    providers = discover("basicchat.llm", "basicchat.providers", Provider)
    if choice == "auto":
        provider, _ = await find_provider(
            providers, settings.provider_settings(), settings.provider
        )
        choice = provider.name
    embedder = choose_embedder(providers, settings.embedder_settings(), choice).embedder
    if embedder is not None:
        await embedder.find()
    return embedder
