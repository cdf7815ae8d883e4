"""The program of the command line; `basicchat --help` loads nothing but the table below."""

import logging
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer

from basicchat import __version__
from basicchat.bridge.early_answers import EarlyAnswers
from basicchat.cli.imports import quick_imports
from basicchat.domain.errors import BasicChatError, InvalidInput

COMMANDS = {
    "serve": ("serve:serve", "Start the server and its page."),
    "ask": ("ask:ask", "Ask your documents a question, without a server."),
    "index": ("index:index", "Index files and folders."),
    "search": ("search:search", "Search the indexed documents."),
    "chat": ("chat:chat", "Chat in the terminal, with or without a server."),
    "models": ("models:models", "List the available models."),
    "mcp": ("mcp:mcp", "Offer documents, chats and tools to Model Context Protocol clients."),
    "mqtt": ("mqtt:mqtt", "Bridge rooms to an MQTT broker."),
    "collection": (
        "collections:collection",
        "List, create, share and delete collections of documents.",
    ),
    "embedder": ("embedder:embedder", "Install an embedding model, to search by meaning."),
    "user": ("people:user", "Add, list, change and delete users."),
    "token": ("access:token", "Print a bearer token of the local owner; manage API keys."),
    "login": ("access:login", "Print a new one-time login link."),
    "doctor": ("doctor:doctor", "Check what BasicChat needs, and suggest fixes."),
    "compact": ("compact:compact", "Give free space of the database files back to the disk."),
    "config": ("config:config", "Print the effective settings and where they come from."),
    "migrate": ("migrate:migrate", "Copy the database from SQLite to PostgreSQL, or back."),
    "eval": ("evaluate:evaluate", "Measure retrieval on a collection in BEIR layout."),
}
UNEXPECTED = "Run `basicchat doctor` to find the cause, or use --log-level debug for a traceback."
FAILED, USAGE_ERROR, INTERRUPTED = 1, 2, 130


def run(words: Sequence[str], early: EarlyAnswers | None = None) -> NoReturn:
    """Run a command and exit: 0 success, 1 failure, 2 usage error, 130 interrupted.

    Args:
        early: the early answers to an MCP client, which the command takes over.
    """
    os.umask(0o077)
    try:
        _program(words)(list(words), prog_name="basicchat", obj=early)
    except InvalidInput as error:
        _print_error(error.message, error.hint)
        sys.exit(USAGE_ERROR)
    except BasicChatError as error:
        _print_error(error.message, error.hint)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        _print_error(f"{reason}: {error.filename or 'no file named'}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    # For any other error the user gets one line; the traceback is in the debug log.
    except Exception as error:
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        _print_error(f"Unexpected error: {type(error).__name__}.", UNEXPECTED)
    sys.exit(FAILED)


def _program(words: Sequence[str]) -> typer.Typer:
    """The commands; only the requested one is loaded, the others are a name and a line of help."""
    # Tracebacks with local variables would reveal secrets.
    program = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback(help="Ask your own documents, privately: a chat server and its tools.")(_root)
    requested = next((word for word in words if not word.startswith("-")), None)
    for name, (location, summary) in COMMANDS.items():
        if name == requested:
            command = _load(*location.split(":"))
            if isinstance(command, typer.Typer):
                program.add_typer(command, name=name)
            else:
                program.command(name)(command)
        else:
            program.command(name, help=summary)(_not_loaded)
    return program


def _load(module: str, function: str) -> Any:
    with quick_imports():
        return getattr(import_module(f"basicchat.cli.{module}"), function)


def _not_loaded() -> None:
    raise AssertionError("the requested command is always loaded")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"basicchat {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


def _print_error(message: str, hint: str | None = None) -> None:
    first, *more = message.splitlines()
    typer.echo("\n  ".join([f"basicchat: {first}", *more]), err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
