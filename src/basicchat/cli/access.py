"""`basicchat token` and `basicchat login`: ways in for the local owner."""

from typing import Annotated

import typer

from basicchat.app import App
from basicchat.cli.inside import run
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import say
from basicchat.config import Settings
from basicchat.transports.memory import MemoryClient


@with_settings()
def token(
    *,
    hours: Annotated[
        float | None, typer.Option(min=0.01, max=8760, help="How long it is valid.")
    ] = None,
    settings: Settings,
) -> None:
    """Print a bearer token of the local owner, for scripts.

    For example: curl -H "Authorization: Bearer $(basicchat token)" …
    """

    async def inside(app: App, client: MemoryClient) -> None:
        say(app.token(app.owner, hours))

    run(settings, inside)


@with_settings("host", "port")
def login(*, settings: Settings) -> None:
    """Print a new one-time link that logs a browser in as the local owner."""

    async def inside(app: App, client: MemoryClient) -> None:
        say(await app.login_link())

    run(settings, inside)
