"""`basicchat mcp`: the server side of the Model Context Protocol over stdio."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from basicchat.bridge.bridge import run_bridge
from basicchat.bridge.early_answers import EarlyAnswers, Stdio, claim_stdio
from basicchat.bridge.transports import ServerNotFound
from basicchat.cli.imports import quick_imports
from basicchat.cli.mcp_install import TOKEN, install
from basicchat.cli.options import with_settings
from basicchat.cli.terminal import note
from basicchat.config import Settings
from basicchat.domain.errors import Unauthenticated
from basicchat.ops.local_server import address, is_served

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
        typer.Option(
            metavar="URL", help="A running server to connect to, instead of this data folder."
        ),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(metavar="TOKEN", envvar=TOKEN, help="Token or API key for that server."),
    ] = None,
    settings: Settings,
) -> None:
    """Speak the Model Context Protocol over stdin and stdout.

    Without --server it connects to the server of this data folder as its owner, or opens the
    folder itself if no server is running.
    """
    if context.invoked_subcommand is not None:
        return
    early: EarlyAnswers | None = context.obj
    claim = claim_stdio if early is None else early.take_over
    problem = None
    if sys.stdin.isatty():
        note("Waiting for a Model Context Protocol client on stdin; press Ctrl-C to stop.")
    if server is not None:
        problem = run_bridge(server, lambda: _given(token), settings, note, claim)
    elif is_served(settings.data_dir):
        # The process that holds the folder may not listen, or be about to end.
        own_address = address(settings.data_dir) or settings.url
        try:
            problem = run_bridge(
                own_address, lambda: _own(settings), settings, note, claim, own=True
            )
        except ServerNotFound:
            _serve(settings, claim)
    else:
        _serve(settings, claim)
    if problem is not None:
        raise typer.Exit(1)


mcp.callback(invoke_without_command=True)(stdio)


# The two import the whole server, which takes a second that a bridge can do without.


def _serve(settings: Settings, claim: Callable[[], Stdio]) -> None:
    with quick_imports():
        from basicchat.bridge.stdio_server import serve_stdio  # noqa: PLC0415

    serve_stdio(settings, claim)


def _own(settings: Settings) -> str:
    with quick_imports():
        from basicchat.cli.in_process import owner_token  # noqa: PLC0415

    return owner_token(settings)


def _given(token: str | None) -> str:
    if not token:
        raise Unauthenticated(
            "That server requires a token",
            hint=f"Pass it with --token or in {TOKEN}.",
            reason="token_missing",
        )
    return token
