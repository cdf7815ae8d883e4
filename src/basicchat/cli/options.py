"""Command-line options for settings, generated from the settings table."""

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from basicchat.config import Settings, load_settings
from basicchat.config.fields import walk
from basicchat.ops.logs import configure_logging

_FIELDS = dict(walk(Settings))
_COMMON = ("data_dir", "log_level")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, nothing else.")]

YesFlag = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def confirm(question: str, yes: bool) -> None:
    """Ask a person in a terminal before something is deleted; ends the command if they refuse."""
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


def with_settings(
    *names: str, quiet: bool = True
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add options for settings to a command, and call it with the effective settings.

    Args:
        names: settings with an option of their own, in addition to those of every command.
        quiet: log only warnings, unless a level was chosen, because a person reads the output.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def run(**given: Any) -> None:
            file, pairs = given.pop("config_file"), given.pop("pairs")
            flags = {name: given.pop(name) for name in (*names, *_COMMON)}
            settings = load_settings(flags, pairs=pairs, config=file)
            chosen = "log_level" in settings.origins or not quiet
            configure_logging(settings.log_level if chosen else "warning", settings.log_format)
            command(settings=settings, **given)

        own = [p for p in inspect.signature(command).parameters.values() if p.name != "settings"]
        parameters = own + [_option(name) for name in (*names, *_COMMON)] + _general()
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
        )
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


def _option(name: str) -> inspect.Parameter:
    flag = typer.Option(
        "--" + name.replace("_", "-"), help=_FIELDS[name].description, metavar="VALUE"
    )
    return _parameter(name, Annotated[str | None, flag], None)


def _general() -> list[inspect.Parameter]:
    file = typer.Option("--config", help="TOML file of settings.", metavar="FILE")
    pairs = typer.Option("--set", help="Any other setting; may be repeated.", metavar="NAME=VALUE")
    return [
        _parameter("config_file", Annotated[Path | None, file], None),
        _parameter("pairs", Annotated[list[str], pairs], []),
    ]


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )
