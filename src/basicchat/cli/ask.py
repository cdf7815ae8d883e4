"""`basicchat ask`: the main job without a server."""

from pathlib import Path
from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.answer import Answer, citation_lines
from basicchat.cli.in_process import run
from basicchat.cli.indexing import index_all
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import clean, failure, say, say_json, waiting
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient

# A request may name so many documents; beyond that, all that was ever indexed is searched.
MOST_NAMED = 1000
# What of a step fits beside the cursor.
LINE = 70


@with_settings("provider", "model", "embedding_model")
def ask(
    *,
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    docs: Annotated[
        list[Path] | None,
        typer.Option(help="File or folder to index first, and to answer from; may be repeated."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="How to answer: auto, standard, chain_of_thought, multi_step, agent, "
            "deep_research, or another that is installed."
        ),
    ] = "auto",
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Index what changed, answer from it, and say where each statement comes from."""

    async def inside(app: App, client: MemoryClient) -> None:
        asked: dict[str, Any] = {"query": question, "reasoning_mode": mode}
        if docs:
            found = await index_all(app, docs)
            if len(found) <= MOST_NAMED:
                asked["document_ids"] = [document.document_id for document in found]
        if as_json:
            say_json(await client.call("query", asked))
        else:
            await _stream(client, asked)

    run(settings, inside)


async def _stream(client: MemoryClient, asked: dict[str, Any]) -> None:
    started = await client.call("stream_request", asked)
    answer = Answer(started["run_id"])
    with waiting("Thinking …") as show:
        async for method, params in client.notifications:
            if text := answer.feed(method, params):
                show(None)
                say(text, end="")
            elif (step := answer.new_step()) is not None:
                show(f"{clean(' '.join(step.split()))[:LINE]} …")
            if answer.run is not None:
                break
    _conclude(answer)


def _conclude(answer: Answer) -> None:
    run = answer.run or {"status": "interrupted"}
    if answer.text:
        say()
    if lines := citation_lines(run.get("citations", [])):
        say("\n" + "\n".join(lines), faint=True)
    if run["status"] != "completed":
        error = run.get("error") or {"message": f"The answer was {run['status']}."}
        raise failure(error["message"], error.get("hint"))
