"""The option `--collection` of commands, and the collections that it names."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from basicchat.cli.terminal import failure
from basicchat.transports.memory import MemoryClient

CollectionOption = Annotated[
    str | None,
    typer.Option("--collection", help="Add the documents to this collection, by name or id."),
]
CollectionsOption = Annotated[
    list[str] | None,
    typer.Option("--collection", help="Only this collection, by name or id; may be repeated."),
]


async def find_collection(client: MemoryClient, name: str) -> dict[str, Any]:
    """The collection with this id or, ignoring case, this name.

    Raises:
        BasicChatError: there is none, or there are several.
    """
    listed: list[dict[str, Any]] = (await client.call("collections.list"))["collections"]
    by_id = [each for each in listed if each["collection_id"] == name]
    found = by_id or [each for each in listed if each["name"].casefold() == name.strip().casefold()]
    if len(found) > 1:
        raise failure(f"Several collections are called {name}.", "Name it by its id.")
    if not found:
        raise failure(
            f"There is no collection {name}.",
            "`basicchat collection list` lists them, and `basicchat collection create` adds one.",
        )
    return found[0]


async def collection_ids(client: MemoryClient, names: Sequence[str] | None) -> list[str] | None:
    """The ids of these collections; None if none are named."""
    if not names:
        return None
    return [(await find_collection(client, name))["collection_id"] for name in names]
