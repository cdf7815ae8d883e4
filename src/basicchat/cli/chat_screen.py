"""Terminal output and input of a chat, line by line."""

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
    """Writes lines; those that arrive while an answer is being written are shown after it."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._waiting: deque[tuple[str, str]] = deque(maxlen=MAX_LINES)
        self._writing = False
        self.live = self._console.is_terminal and sys.stdin.isatty()
        self._prompted = False

    def line(self, text: str, style: str = "") -> None:
        """Show a line now, or after the answer that is being written."""
        if self._writing:
            self._waiting.append((text, style))
            return
        if self._prompted:
            self._console.print()
            self._prompted = False
        self._console.print(Text(clean(text), style))

    def note(self, text: str) -> None:
        """Show a status line."""
        self.line(f"· {text}", "dim")

    def begin(self) -> None:
        """Start an answer; other lines wait for its end."""
        self._writing = True

    def piece(self, text: str) -> None:
        """Show a piece of the answer."""
        self._console.print(Text(clean(text)), end="")
        self._console.file.flush()

    def end(self) -> None:
        """End the answer, and show the lines that waited."""
        if self._writing:
            self._console.print()
        self._writing = False
        while self._waiting:
            self.line(*self._waiting.popleft())

    def within(self, text: str, style: str = "") -> None:
        """Show a line within the answer that is being written."""
        self._console.print(Text(clean(text), style))

    def question(self, text: str, choices: str) -> None:
        """Ask within the answer that is being written."""
        self._console.print()
        self.within(text, "yellow")
        self._console.print(Text(f"{choices} {PROMPT}", "bold"), end="")
        self._console.file.flush()

    def prompt(self) -> None:
        """Show the prompt, if a person is typing."""
        if self.live and not self._writing and not self._prompted:
            self._console.print(PROMPT, end="", style="bold")
            self._console.file.flush()
            self._prompted = True

    def typed(self) -> None:
        """Record that a line was typed after the prompt."""
        self._prompted = False


@asynccontextmanager
async def typed_lines() -> AsyncIterator[Lines]:
    """Yield a queue of the lines of stdin; None marks its end.

    A thread reads them, as stdin may be a file, a pipe or a terminal. It ends with the program.
    """
    loop = asyncio.get_running_loop()
    lines: Lines = asyncio.Queue(1)

    def read() -> None:
        try:
            for line in sys.stdin:
                asyncio.run_coroutine_threadsafe(lines.put(line.strip()), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()
        except (RuntimeError, CancelledError, ValueError, OSError):
            # The event loop or stdin was closed: there is no reader any more.
            return

    Thread(target=read, daemon=True, name="stdin").start()
    yield lines
