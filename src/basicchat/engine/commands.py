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
    """Ask the model; replied with `ModelReply`.

    Its text is streamed to the user as it comes: as the answer, as reasoning if it is an `aside`,
    or not at all if it is `hidden`. With `onto`, the answer goes on in the part of that number.
    `think` asks a model that can to reason first, or not to; None leaves that to it.
    """

    messages: tuple[ChatMessage, ...]
    question: str = ""
    hits: tuple[Hit, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    hidden: bool = False
    aside: bool = False
    onto: int | None = None
    think: bool | None = None
    temperature: float | None = None


class ModelReply(Value, frozen=True, kw_only=True):
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


class Note(Value, frozen=True, kw_only=True):
    """Record a step that is worth showing; replied with None.

    `progress`, from 0 to 1, says how far the run is, where its mode can tell.
    """

    name: str
    detail: str
    progress: float | None = None


Command = Search | Ask | CallTool | Cite | Emit | Note
ModeProgram = Generator[Command | tuple[Command, ...], Any, Answer]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way of answering. One file in `basicchat/engine/modes` each.

    A mode that `speaks` needs a model that can follow instructions: where there is none, its
    questions are answered in the standard mode. Runs of a `background` mode take long, and are
    listed as tasks too. Lists show modes by `rank`.
    """

    name: str
    title: str
    description: str
    run: Callable[[Turn], ModeProgram]
    rank: int = 100
    speaks: bool = True
    background: bool = False
