"""`basicchat mcp`: for clients of the Model Context Protocol."""

import sys
from typing import Annotated

import typer

from basicchat.app.local_server import address, is_served
from basicchat.bridge.bridge import run_bridge
from basicchat.bridge.stdio_server import serve_stdio
from basicchat.bridge.transports import ServerNotFound
from basicchat.cli.in_process import owner_token
from basicchat.cli.mcp_install import TOKEN, install
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import note
from basicchat.config import Settings
from basicchat.domain.errors import Unauthenticated

mcp = typer.Typer(
    rich_markup_mode=None,
    help="Offer documents, chats and tools to Model Context Protocol clients.",
)
mcp.command("install")(install)


@with_settings("host", "port", "provider", "model", "embedding_model")
def stdio(
    *,
    context: typer.Context,
    server: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A running server to speak for; else this data folder."),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", envvar=TOKEN, help="Token or API key for that server."),
    ] = None,
    settings: Settings,
) -> None:
    """Speak the Model Context Protocol over stdin and stdout.

    Without --server it speaks for the server of this machine as its owner, or, if none is
    running, opens the data folder itself.
    """
    if context.invoked_subcommand is not None:
        return
    problem = None
    if sys.stdin.isatty():
        note("Waiting for a Model Context Protocol client on stdin; Ctrl-C ends it.")
    if server is not None:
        problem = run_bridge(server, lambda: _given(token), settings, note)
    elif is_served(settings):
        # Its holder may be no server that listens, or one that ends this moment.
        try:
            problem = run_bridge(
                address(settings), lambda: owner_token(settings), settings, note, own=True
            )
        except ServerNotFound:
            serve_stdio(settings)
    else:
        serve_stdio(settings)
    if problem is not None:
        raise typer.Exit(1)


mcp.callback(invoke_without_command=True)(stdio)


def _given(token: str | None) -> str:
    if not token:
        raise Unauthenticated(
            "That server wants a token", hint=f"Give it with --token, or in {TOKEN}."
        )
    return token
