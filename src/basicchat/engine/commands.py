"""What a mode may ask of the driver, and what it is sent back.

A mode is a generator that yields commands, or tuples of commands to be carried out at the same
time, is sent the reply (or a tuple of replies in the same order), and returns an `Answer`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from basicchat.domain.chat import ChatMessage, ToolCall, ToolSpec
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Hit, PartKind, Value


class Search(Value, frozen=True, kw_only=True):
    """Find passages; replied with a tuple of `Hit`."""

    query: str
    k: int = 8


class Ask(Value, frozen=True, kw_only=True):
    """Ask the model; replied with `Said`.

    Its text is streamed to the user as it comes, unless `hidden`; with `onto`, the answer goes on
    in the part of that number.
    """

    messages: tuple[ChatMessage, ...]
    question: str = ""
    hits: tuple[Hit, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    hidden: bool = False
    onto: int | None = None
    temperature: float | None = None


class Said(Value, frozen=True, kw_only=True):
    """A model's whole reply."""

    text: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    truncated: bool = False


class CallTool(Value, frozen=True, kw_only=True):
    """Run a tool; replied with a `ToolResult`."""

    name: str
    arguments: dict[str, Any]


class Cite(Value, frozen=True, kw_only=True):
    """Check an answer's `[n]` marks against their sources; replied with `Cited`."""

    answer: str
    hits: tuple[Hit, ...]


class Emit(Value, frozen=True, kw_only=True):
    """Show the user text of the mode's own; replied with None."""

    kind: PartKind
    text: str


Command = Search | Ask | CallTool | Cite | Emit
Script = Generator[Command | tuple[Command, ...], Any, Answer]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way of answering. One file in `basicchat/engine/modes` each."""

    name: str
    title: str
    description: str
    run: Callable[[Turn], Script]
