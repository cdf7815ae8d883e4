"""Terminal output shared by the commands, and errors that end a command."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import msgspec
import typer

from basicchat.domain.errors import BasicChatError

# Text from documents and models may contain terminal control sequences and bidirectional marks.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIPE = "\r\x1b[K"


def clean(text: str) -> str:
    """Text without terminal control characters and bidirectional marks."""
    return _CONTROLS.sub("", text)


def say(text: str = "", *, end: str = "\n", faint: bool = False) -> None:
    """Write to stdout and flush, also into a pipe."""
    text = clean(text)
    sys.stdout.write((_faint(text) if faint and coloured(sys.stdout) else text) + end)
    sys.stdout.flush()


def note(text: str) -> None:
    """Write to stderr."""
    typer.echo(clean(text), err=True)


def say_json(value: Any) -> None:
    """Write one line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def counted(number: int, thing: str) -> str:
    """A number with its noun: `1 document`, `2 documents`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that shows styled text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def waiting(text: str) -> Iterator[Callable[[str | None], None]]:
    """Show a status line on a terminal until the block ends.

    The yielded function replaces the line, or removes it for good if it is called with None.
    """
    shows = coloured(sys.stderr)

    def show(line: str | None) -> None:
        nonlocal shows
        if shows:
            sys.stderr.write(_WIPE + (_faint(line) if line else ""))
            sys.stderr.flush()
        shows = shows and line is not None

    show(text)
    try:
        yield show
    finally:
        show(None)


def failure(message: str, hint: str | None = None) -> BasicChatError:
    """An error that ends the command with a reason on stderr and exit code 1."""
    return BasicChatError(clean(message), hint=clean(hint) if hint else None)


def _faint(text: str) -> str:
    return typer.style(text, dim=True)
