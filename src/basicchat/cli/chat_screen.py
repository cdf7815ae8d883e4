"""What a terminal chat shows, line by line, and what is typed into it."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager
from threading import Thread

from rich.console import Console
from rich.text import Text

from basicchat.cli.terminal import clean

MAX_LINES = 1000
PROMPT = "> "
Lines = asyncio.Queue[str | None]


class Screen:
    """Writes lines; while an answer is being written, others wait for its end."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MAX_LINES)
        self._writing = False
        self.live = self._console.is_terminal and sys.stdin.isatty()
        self._prompted = False

    def line(self, text: str, style: str = "") -> None:
        """Show a line, as soon as no answer is in its way."""
        if self._writing:
            self._waiting.append((text, style))
            return
        if self._prompted:
            self._console.print()
            self._prompted = False
        self._console.print(Text(clean(text), style))

    def note(self, text: str) -> None:
        """Show a line that nobody said."""
        self.line(f"· {text}", "dim")

    def begin(self) -> None:
        """An answer begins: other lines wait."""
        self._writing = True

    def piece(self, text: str) -> None:
        """Show a piece of the answer."""
        self._console.print(Text(clean(text)), end="")
        self._console.file.flush()

    def end(self) -> None:
        """The answer has ended; what waited is shown."""
        if self._writing:
            self._console.print()
        self._writing = False
        while self._waiting:
            self.line(*self._waiting.popleft())

    def prompt(self) -> None:
        """Ask for a line, of a person."""
        if self.live and not self._writing and not self._prompted:
            self._console.print(PROMPT, end="", style="bold")
            self._console.file.flush()
            self._prompted = True

    def typed(self) -> None:
        """A line was typed behind the prompt."""
        self._prompted = False


@asynccontextmanager
async def typed_lines() -> AsyncIterator[Lines]:
    """What comes on stdin, line by line; None is its end.

    A thread reads, as stdin may be a file, a pipe or a terminal; it ends with the program.
    """
    loop = asyncio.get_running_loop()
    lines: Lines = asyncio.Queue(1)

    def read() -> None:
        try:
            for line in sys.stdin:
                asyncio.run_coroutine_threadsafe(lines.put(line.strip()), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()
        except (RuntimeError, CancelledError, ValueError, OSError):
            # The loop, or stdin, was closed first: nobody reads on.
            return

    Thread(target=read, daemon=True, name="stdin").start()
    yield lines
