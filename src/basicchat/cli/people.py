"""`basicchat user`: adding, listing, changing, suspending and deleting users."""

import sys
from typing import Annotated, Any

import typer

from basicchat.app import App
from basicchat.cli.in_process import run
from basicchat.cli.options import JsonFlag, YesFlag, confirm, with_settings
from basicchat.cli.terminal import failure, say, say_json
from basicchat.config import Settings
from basicchat.domain.values import User
from basicchat.transports.memory import MemoryClient

user = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Add, list, change and delete users."
)
Name = Annotated[str, typer.Argument(help="The user's name, or id.")]
Password = Annotated[
    str | None,
    typer.Option(help="By default, a terminal prompts for it; otherwise one is generated."),
]


async def find_user(client: MemoryClient, name: str) -> dict[str, Any]:
    """The user with this id or, ignoring case, this name.

    Raises:
        BasicChatError: there is no such user.
    """
    users: list[dict[str, Any]] = (await client.call("users.list"))["users"]
    for each in users:
        if each["id"] == name or each["name"].casefold() == name.strip().casefold():
            return each
    raise failure(f"There is no user {name}.", "`basicchat user list` lists all users.")


async def _to_manage(app: App, client: MemoryClient, name: str) -> dict[str, Any]:
    """The user with this name or id; if it is the acting owner, act as another owner.

    Raises:
        BasicChatError: there is no such user, or no other owner.
    """
    target = await find_user(client, name)
    if target["id"] != app.owner.id:
        return target
    for each in (await client.call("users.list"))["users"]:
        if (each["role"], each.get("status")) == ("owner", None) and each["id"] != target["id"]:
            other = User(id=each["id"], name=each["name"], role="owner")
            await client.call("session.hello", {"token": app.token(other)})
            return target
    raise failure(
        f"{target['name']} is the only owner.",
        "Make someone else an owner first: basicchat user role NAME owner",
    )


def _prompt_password(password: str | None) -> str | None:
    """The given password, or one that is typed twice without echo; None without a terminal."""
    if password is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return password
    typed = typer.prompt(
        "Password (empty to generate one)",
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
    name: Annotated[str, typer.Argument(help="The user's name, which is also their login.")],
    *,
    role: Annotated[str, typer.Option(help="owner, admin, member or guest.")] = "member",
    password: Password = None,
    settings: Settings,
) -> None:
    """Add a user."""
    chosen = _prompt_password(password)

    async def inside(app: App, client: MemoryClient) -> None:
        params = {"name": name, "role": role, "password": chosen}
        created = await client.call("users.create", params)
        say(f"{created['user']['name']} was added as {created['user']['role']}.")
        if "password" in created:
            say(f"Password: {created['password']}")

    run(settings, inside)


@user.command("list")
@with_settings()
def list_users(*, json: JsonFlag = False, settings: Settings) -> None:
    """List the users."""

    async def inside(app: App, client: MemoryClient) -> None:
        users = (await client.call("users.list"))["users"]
        if json:
            say_json({"users": users})
            return
        width = max(len(each["name"]) for each in users)
        for each in users:
            status = each.get("status", "active")
            say(f"{each['name']:<{width}}  {each['role']:<6}  {status:<9}  {each['id']}")

    run(settings, inside)


def _change(settings: Settings, name: str, outcome: str, **changes: Any) -> None:
    async def inside(app: App, client: MemoryClient) -> None:
        target = await _to_manage(app, client, name)
        changed = await client.call("users.update", {"user_id": target["id"], **changes})
        say(f"{changed['name']} {outcome}.")

    run(settings, inside)


@user.command("role")
@with_settings()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(help="owner, admin, member or guest.")],
    *,
    settings: Settings,
) -> None:
    """Change a user's role; this takes effect at once, also on a running server."""
    _change(settings, name, f"is now {role}", role=role)


@user.command("suspend")
@with_settings()
def suspend(
    name: Name,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Lift the suspension.")] = False,
    settings: Settings,
) -> None:
    """Suspend a user, at once, also on a running server; nothing of theirs is deleted."""
    status, outcome = ("active", "may log in again") if undo else ("suspended", "is suspended")
    _change(settings, name, outcome, status=status)


@user.command("password")
@with_settings()
def password(name: Name, *, password: Password = None, settings: Settings) -> None:
    """Set a user's password, which logs them out everywhere."""
    # This also sets the owner's password: read access to the folder replaces the old one.
    chosen = _prompt_password(password)

    async def inside(app: App, client: MemoryClient) -> None:
        target = await find_user(client, name)
        new_password = await app.set_password(target["id"], chosen)
        say(f"{target['name']} has a new password.")
        if chosen is None:
            say(f"Password: {new_password}")

    run(settings, inside)


@user.command("delete")
@with_settings()
def delete(
    name: Name,
    *,
    yes: YesFlag = False,
    settings: Settings,
) -> None:
    """Delete a user, their documents, and the rooms without other members."""
    confirm(f"Delete {name} and all their data?", yes)

    async def inside(app: App, client: MemoryClient) -> None:
        target = await _to_manage(app, client, name)
        await client.call("users.delete", {"user_id": target["id"]})
        say(f"{target['name']} was deleted.")

    run(settings, inside)
