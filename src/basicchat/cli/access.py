"""`basicchat token` and `basicchat login`: access of the local owner, and API keys."""

from typing import Annotated

import typer

from basicchat.app import App
from basicchat.cli.in_process import run
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.people import find_user
from basicchat.cli.terminal import note, say, say_json
from basicchat.config import Settings
from basicchat.domain.errors import InvalidInput
from basicchat.ops.local_server import address, is_served
from basicchat.transports.memory import MemoryClient

token = typer.Typer(rich_markup_mode=None)


@token.callback(invoke_without_command=True)
@with_settings()
def owner_token(
    context: typer.Context,
    *,
    hours: Annotated[
        float | None, typer.Option(min=0.01, max=8760, help="Hours that it is valid.")
    ] = None,
    settings: Settings,
) -> None:
    """Print a bearer token of the local owner, or manage keys for programs.

    For example: curl -H "Authorization: Bearer $(basicchat token)" …
    """
    if context.invoked_subcommand is not None:
        if hours is not None or settings.flagged:
            command = f"basicchat token {context.invoked_subcommand}"
            raise InvalidInput(
                "Options must come after the subcommand.", hint=f"Use: {command} --option …"
            )
        return

    async def inside(app: App, client: MemoryClient) -> None:
        say(app.token(app.owner, hours))

    run(settings, inside)


@token.command("create")
@with_settings()
def create(
    *,
    user: Annotated[str, typer.Option(help="User that the key acts for.")],
    name: Annotated[str, typer.Option(help="Label that says what the key is for.")],
    scope: Annotated[
        list[str], typer.Option(help="What it may do: read, write or admin; may be repeated.")
    ] = ["read", "write"],  # noqa: B006 - typer reads it, nobody changes it
    days: Annotated[
        float | None, typer.Option(help="Days that it is valid; for ever by default.")
    ] = None,
    settings: Settings,
) -> None:
    """Create an API key for a user, and print it; it is shown only once."""

    async def inside(app: App, client: MemoryClient) -> None:
        holder = await find_user(client, user)
        params = {"user_id": holder["id"], "label": name, "scopes": scope, "days": days}
        created = await client.call("keys.create", params)
        key = created["key"]
        say(f"Key {key['key_id']} of {holder['name']}, {key['label']}: {', '.join(key['scopes'])}")
        say(created["secret"])

    run(settings, inside)


@token.command("list")
@with_settings()
def list_keys(
    *,
    user: Annotated[str | None, typer.Option(help="List only this user's keys.")] = None,
    json: JsonFlag = False,
    settings: Settings,
) -> None:
    """List API keys, without their secrets."""

    async def inside(app: App, client: MemoryClient) -> None:
        people = (await client.call("users.list"))["users"]
        if user is not None:
            people = [await find_user(client, user)]
        names = {person["id"]: person["name"] for person in people}
        keys = [
            key
            for person in people
            for key in (await client.call("keys.list", {"user_id": person["id"]}))["keys"]
        ]
        if json:
            say_json({"keys": keys})
            return
        for key in keys:
            last_used = key.get("last_used_at", "never")[:16].replace("T", " ")
            scopes = ",".join(key["scopes"])
            line = f"{key['key_id']}  {names[key['user_id']]}  {key['label']}  {scopes}"
            say(f"{line}  used: {last_used}")

    run(settings, inside)


@token.command("revoke")
@with_settings()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as shown by `basicchat token list`.")],
    *,
    settings: Settings,
) -> None:
    """Revoke an API key; this takes effect at once, also on a running server."""

    async def inside(app: App, client: MemoryClient) -> None:
        key_id = key.removeprefix("bc_").partition("_")[0]
        await client.call("keys.revoke", {"key_id": key_id})
        say(f"Key {key_id} is revoked.")

    run(settings, inside)


@with_settings("host", "port")
def login(*, settings: Settings) -> None:
    """Print a new one-time link that logs a browser in as the local owner."""
    served = is_served(settings.data_dir)
    # Flags override the server's address, for a browser that reaches it under another one.
    overridden = settings.flagged & {"host", "port"}

    async def inside(app: App, client: MemoryClient) -> None:
        recorded = address(settings.data_dir) or settings.url
        say(await app.login_link(recorded if served and not overridden else None))

    run(settings, inside)
    if not served:
        note("No server is running for this data folder yet. Start it with `basicchat serve`.")
