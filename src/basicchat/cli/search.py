"""`basicchat search`: finds matching passages."""

from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.answer import place
from basicchat.cli.collection_options import CollectionsOption, collection_ids
from basicchat.cli.in_process import fill_index, run
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import note, say, say_json
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient

_EXCERPT_LENGTH = 300


@with_settings("provider", "embedding_model")
def search(
    *,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 5,
    collection: CollectionsOption = None,
    as_json: JsonFlag = False,
    settings: Settings,
) -> None:
    """Search the indexed documents, best passages first."""

    async def inside(app: App, client: MemoryClient) -> None:
        await fill_index(app)
        only = await collection_ids(client, collection)
        params = {"query": query, "k": k, "collection_ids": only}
        result = await client.call("documents.search", params)
        if as_json:
            say_json(result)
        elif not result["hits"]:
            note("Nothing matches.")
        for number, hit in enumerate([] if as_json else result["hits"], 1):
            _show(number, hit)

    run(settings, inside)


def _show(number: int, hit: dict[str, Any]) -> None:
    text = " ".join(hit["text"].split())
    say(f"{number}. {hit['title']}{place(hit)}  ({hit['score']:.3g})")
    say(
        "   " + (text if len(text) <= _EXCERPT_LENGTH else text[:_EXCERPT_LENGTH] + "…"), faint=True
    )
