"""`basicchat mcp`: for clients of the Model Context Protocol."""

import typer

from basicchat.cli.mcp_install import install

mcp = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Offer documents, chats and tools to Model Context Protocol clients.",
)
mcp.command("install")(install)
