"""`basicchat collection`: listing, creating, sharing and deleting collections of documents."""

from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.collection_options import find_collection
from basicchat.cli.in_process import run
from basicchat.cli.options import JsonFlag, YesFlag, confirm, with_settings
from basicchat.cli.people import find_user
from basicchat.cli.terminal import counted, say, say_json
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient

collection = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="List, create, share and delete collections of documents.",
)
EVERYONE = "everyone"
Name = Annotated[str, typer.Argument(help="The collection's name, or id.")]
Whom = Annotated[str, typer.Argument(help="A user's name or id, or everyone.")]


@collection.command("list")
@with_settings()
def list_collections(*, as_json: JsonFlag = False, settings: Settings) -> None:
    """List the collections."""

    async def inside(app: App, client: MemoryClient) -> None:
        listed = (await client.call("collections.list"))["collections"]
        if as_json:
            say_json({"collections": listed})
            return
        width = max((len(each["name"]) for each in listed), default=0)
        for each in listed:
            count = counted(each["documents"], "document")
            say(f"{each['name']:<{width}}  {each['role']:<6}  {count:<15}  {each['collection_id']}")

    run(settings, inside)


@collection.command("create")
@with_settings()
def create(
    name: Annotated[str, typer.Argument(help="The new collection's name.")],
    *,
    description: Annotated[str, typer.Option(help="What it contains.")] = "",
    settings: Settings,
) -> None:
    """Create a collection."""

    async def inside(app: App, client: MemoryClient) -> None:
        params = {"name": name, "description": description}
        created = (await client.call("collections.create", params))["collection"]
        say(f"{created['name']} was created: {created['collection_id']}")

    run(settings, inside)


@collection.command("share")
@with_settings()
def share(
    name: Name,
    whom: Whom,
    role: Annotated[str, typer.Argument(help="viewer, editor or owner.")] = "viewer",
    *,
    settings: Settings,
) -> None:
    """Share a collection with a user or with everyone, or change their role."""

    async def inside(app: App, client: MemoryClient) -> None:
        found = await find_collection(client, name)
        params = {"collection_id": found["collection_id"], "role": role}
        await client.call("collections.share", params | await _subject(client, whom))
        say(f"{found['name']} is shared with {whom} as {role}.")

    run(settings, inside)


@collection.command("unshare")
@with_settings()
def unshare(name: Name, whom: Whom, *, settings: Settings) -> None:
    """End the access of a user or of everyone."""

    async def inside(app: App, client: MemoryClient) -> None:
        found = await find_collection(client, name)
        params = {"collection_id": found["collection_id"]}
        await client.call("collections.unshare", params | await _subject(client, whom))
        say(f"{found['name']} is no longer shared with {whom}.")

    run(settings, inside)


@collection.command("delete")
@with_settings()
def delete(
    name: Name,
    *,
    yes: YesFlag = False,
    settings: Settings,
) -> None:
    """Delete a collection with all its documents."""
    confirm(f"Delete {name} with all its documents?", yes)

    async def inside(app: App, client: MemoryClient) -> None:
        found = await find_collection(client, name)
        await client.call("collections.delete", {"collection_id": found["collection_id"]})
        say(f"{found['name']} was deleted.")

    run(settings, inside)


async def _subject(client: MemoryClient, whom: str) -> dict[str, Any]:
    if whom == EVERYONE:
        return {"group": EVERYONE}
    return {"user_id": (await find_user(client, whom))["id"]}
