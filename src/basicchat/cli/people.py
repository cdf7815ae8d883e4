"""`basicchat user`: adding, listing, changing, suspending and deleting users."""

import sys
from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.in_process import run
from basicchat.cli.options import JsonFlag, with_settings
from basicchat.cli.terminal import failure, say, say_json
from basicchat.config import Settings
from basicchat.domain.values import User
from basicchat.transports.memory import MemoryClient

user = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Add, list, change and delete users."
)
Name = Annotated[str, typer.Argument(help="The user's name, or id.")]
Password = Annotated[
    str | None, typer.Option(help="Else it is asked for on a terminal, or made and printed.")
]


async def find_user(client: MemoryClient, name: str) -> dict[str, Any]:
    """The user with this name, in any case, or id.

    Raises:
        BasicChatError: there is none.
    """
    found: list[dict[str, Any]] = (await client.call("users.list"))["users"]
    for each in found:
        if each["id"] == name or each["name"].casefold() == name.strip().casefold():
            return each
    raise failure(f"There is no user {name}.", "`basicchat user list` shows all.")


async def _to_manage(app: App, client: MemoryClient, name: str) -> dict[str, Any]:
    """The user with this name or id; if that is who the command acts as, act as another owner.

    Raises:
        BasicChatError: there is none, or no other owner.
    """
    found = await find_user(client, name)
    if found["id"] != app.owner.id:
        return found
    for each in (await client.call("users.list"))["users"]:
        if (each["role"], each.get("status")) == ("owner", None) and each["id"] != found["id"]:
            other = User(id=each["id"], name=each["name"], role="owner")
            await client.call("session.hello", {"token": app.token(other)})
            return found
    raise failure(
        f"{found['name']} is the only owner.",
        "Make somebody else an owner before: basicchat user role NAME owner",
    )


def _asked(password: str | None) -> str | None:
    """The password given, or typed twice without echo; None where nobody can be asked."""
    if password is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return password
    typed = typer.prompt(
        "Password (empty to have one made)",
        default="",
        hide_input=True,
        confirmation_prompt=True,
        show_default=False,
        err=True,
    )
    return str(typed) or None


@user.command("add")
@with_settings()
def add(
    name: Annotated[str, typer.Argument(help="What the user is called, and logs in as.")],
    *,
    role: Annotated[str, typer.Option(help="owner, admin, member or guest.")] = "member",
    password: Password = None,
    settings: Settings,
) -> None:
    """Add a user."""
    chosen = _asked(password)

    async def inside(app: App, client: MemoryClient) -> None:
        params = {"name": name, "role": role, "password": chosen}
        made = await client.call("users.create", params)
        say(f"{made['user']['name']} is here, as {made['user']['role']}.")
        if "password" in made:
            say(f"Password: {made['password']}")

    run(settings, inside)


@user.command("list")
@with_settings()
def list_users(*, json: JsonFlag = False, settings: Settings) -> None:
    """List the users."""

    async def inside(app: App, client: MemoryClient) -> None:
        found = (await client.call("users.list"))["users"]
        if json:
            say_json({"users": found})
            return
        width = max(len(each["name"]) for each in found)
        for each in found:
            status = each.get("status", "active")
            say(f"{each['name']:<{width}}  {each['role']:<6}  {status:<9}  {each['id']}")

    run(settings, inside)


def _change(settings: Settings, name: str, done: str, **changes: Any) -> None:
    async def inside(app: App, client: MemoryClient) -> None:
        found = await _to_manage(app, client, name)
        changed = await client.call("users.update", {"user_id": found["id"], **changes})
        say(f"{changed['name']} {done}.")

    run(settings, inside)


@user.command("role")
@with_settings()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="owner, admin, member or guest.")],
    *,
    settings: Settings,
) -> None:
    """Give a user another role, at once, also on a running server."""
    _change(settings, name, f"is {role} now", role=role)


@user.command("suspend")
@with_settings()
def suspend(
    name: Name,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Let the user in again.")] = False,
    settings: Settings,
) -> None:
    """Lock a user out, at once, also of a running server; nothing of theirs is deleted."""
    status, done = ("active", "may log in again") if undo else ("suspended", "is locked out")
    _change(settings, name, done, status=status)


@user.command("password")
@with_settings()
def password(name: Name, *, password: Password = None, settings: Settings) -> None:
    """Give a user a new password; whoever is logged in as them is logged out."""
    # The owner's own is set here too: who may read the folder needs no former password.
    chosen = _asked(password)

    async def inside(app: App, client: MemoryClient) -> None:
        found = await find_user(client, name)
        kept = await app.set_password(found["id"], chosen)
        say(f"{found['name']} has a new password.")
        if chosen is None:
            say(f"Password: {kept}")

    run(settings, inside)


@user.command("delete")
@with_settings()
def delete(
    name: Name,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    settings: Settings,
) -> None:
    """Delete a user with their documents and the rooms that nobody else is in."""
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete {name} and all that is theirs?", abort=True, err=True)

    async def inside(app: App, client: MemoryClient) -> None:
        found = await _to_manage(app, client, name)
        await client.call("users.delete", {"user_id": found["id"]})
        say(f"{found['name']} is deleted.")

    run(settings, inside)
