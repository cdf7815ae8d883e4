"""The command line. The table below is all that `basicchat --help` needs to load."""

import gc
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer

from basicchat import __version__
from basicchat.domain.errors import BasicChatError, InvalidInput

COMMANDS = {
    "serve": ("serve:serve", "Start the server and its page."),
    "ask": ("ask:ask", "Ask your documents, without a server."),
    "index": ("index:index", "Index files and folders."),
    "search": ("search:search", "Search the indexed documents."),
    "chat": ("chat:chat", "Chat in the terminal, with a server or without."),
    "models": ("models:models", "List the models that can be asked."),
    "mcp": ("mcp:mcp", "Offer documents, chats and tools to Model Context Protocol clients."),
    "user": ("people:user", "Add, list, change and delete users."),
    "token": ("access:token", "Print a bearer token of the local owner; manage API keys."),
    "login": ("access:login", "Print a new one-time login link."),
    "doctor": ("doctor:doctor", "Check what BasicChat needs, and say what to do."),
    "config": ("config:config", "Print the effective settings and where they come from."),
    "eval": ("evaluate:evaluate", "Measure retrieval on a collection in BEIR layout."),
}
UNEXPECTED = "`basicchat doctor` looks for the cause; --log-level debug shows where it happened."
FAILED, USED_WRONGLY, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 done, 1 failed, 2 used wrongly, 130 interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _program(given)(given, prog_name="basicchat")
    except InvalidInput as error:
        _complain(error.message, error.hint)
        sys.exit(USED_WRONGLY)
    except BasicChatError as error:
        _complain(error.message, error.hint)
    except OSError as error:
        _complain(f"{error.strerror or type(error).__name__}: {error.filename or 'no file named'}")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    # Whatever else goes wrong: a person gets a line, who looks for the fault its traceback.
    except Exception as error:
        logging.getLogger(__name__).debug("command failed", exc_info=True)
        _complain(f"Something unexpected went wrong: {type(error).__name__}.", UNEXPECTED)
    sys.exit(FAILED)


def _program(given: Sequence[str]) -> typer.Typer:
    """The commands; only the one that was asked for is more than its name and a line of help."""
    # Tracebacks that show local variables would show secrets too.
    program = typer.Typer(
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback(help="Ask your own documents, privately: a chat server and its tools.")(_root)
    asked = next((word for word in given if not word.startswith("-")), None)
    for name, (place, line) in COMMANDS.items():
        if name == asked:
            found = _loaded(*place.split(":"))
            if isinstance(found, typer.Typer):
                program.add_typer(found, name=name)
            else:
                program.command(name)(found)
        else:
            program.command(name, help=line)(_unloaded)
    return program


def _loaded(module: str, function: str) -> Any:
    # What loading makes stays; to look through it for cycles is a tenth of the start.
    gc.disable()
    try:
        return getattr(import_module(f"basicchat.cli.{module}"), function)
    finally:
        gc.freeze()
        gc.enable()


def _unloaded() -> None:
    raise AssertionError("a command that was asked for is always loaded")


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


def _complain(message: str, hint: str | None = None) -> None:
    first, *more = message.splitlines()
    typer.echo("\n  ".join([f"basicchat: {first}", *more]), err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
