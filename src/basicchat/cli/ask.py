"""`basicchat ask`: answers a question without a server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.answer import Answer, citation_lines
from basicchat.cli.collection_options import CollectionsOption, collection_ids
from basicchat.cli.in_process import fill_index, run
from basicchat.cli.indexing import index_all
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import clean, failure, say, say_json, waiting
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient

# The limit of documents per request; with more, the whole index is searched.
MAX_DOCUMENT_IDS = 1000
# How much of a step is shown on the status line, in characters.
MAX_STEP_LENGTH = 70


@with_settings("provider", "model", "embedding_model")
def ask(
    *,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    docs: Annotated[
        list[Path] | None,
        typer.Option(help="File or folder to index first and to search; may be repeated."),
    ] = None,
    collection: CollectionsOption = None,
    mode: Annotated[
        str,
        typer.Option(
            help="Reasoning mode: auto, standard, chain_of_thought, multi_step, agent, "
            "deep_research, or an installed one."
        ),
    ] = "auto",
    fresh: Annotated[
        bool, typer.Option(help="Answer anew, even if the same question was answered lately.")
    ] = False,
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index what has changed, stream an answer from it, and list its sources."""

    async def inside(app: App, client: MemoryClient) -> None:
        await fill_index(app)
        params: dict[str, Any] = {"query": question, "reasoning_mode": mode}
        if fresh:
            params["fresh"] = True
        only = await collection_ids(client, collection)
        if only is not None:
            params |= {"collection_ids": only, "own_documents": bool(docs)}
        if docs:
            documents = await index_all(app, docs)
            if only is None and len(documents) <= MAX_DOCUMENT_IDS:
                params["document_ids"] = [document.document_id for document in documents]
        if as_json:
            say_json(await client.call("query", params))
        else:
            await _stream(client, params)

    run(settings, inside)


async def _stream(client: MemoryClient, params: dict[str, Any]) -> None:
    started = await client.call("stream_request", params)
    answer = Answer(started["run_id"])
    with waiting("Thinking …") as show:
        async for method, notified in client.notifications:
            if text := answer.feed(method, notified):
                show(None)
                say(text, end="")
            elif (step := answer.new_step()) is not None:
                show(f"{clean(' '.join(step.split()))[:MAX_STEP_LENGTH]} …")
            elif (note := answer.new_note()) is not None:
                show(None)
                say(f"\n{note}", faint=True)
            if answer.run is not None:
                break
    _print_result(answer)


def _print_result(answer: Answer) -> None:
    run = answer.run or {"status": "interrupted"}
    if answer.text:
        say()
    if lines := citation_lines(run.get("citations", [])):
        say("\n" + "\n".join(lines), faint=True)
    if cached_at := run.get("cached_at"):
        say(f"\nfrom an earlier answer, {cached_at}", faint=True)
    if run["status"] != "completed":
        error = run.get("error") or {"message": f"The answer was {run['status']}."}
        raise failure(error["message"], error.get("hint"))
