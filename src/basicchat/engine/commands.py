"""The commands that a mode yields to the driver, and their replies.

A mode is a generator. It yields a command, or a tuple of commands to run concurrently, is sent the
reply (or a tuple of replies in the same order), and returns an `Answer`.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from basicchat.domain.chat import ChatMessage, ToolCall, ToolSpec
from basicchat.domain.passages import Hit
from basicchat.domain.runs import Grounding, PartKind
from basicchat.domain.turns import Answer, Turn
from basicchat.domain.values import Value


class Search(Value, frozen=True, kw_only=True):
    """Find passages; replied with a tuple of `Hit`."""

    query: str
    k: int = 8


class Ask(Value, frozen=True, kw_only=True):
    """Ask the model; replied with `ModelReply`.

    Its text is streamed to the user: as the answer, as reasoning if it is an `aside`, or not at
    all if it is `hidden`. With `onto`, the answer continues the part of that number. `think` turns
    the reasoning of a model that supports it on or off; None leaves the choice to the model.
    `standalone` is the question with what it leaves out of the earlier ones, if it is another text.
    """

    messages: tuple[ChatMessage, ...]
    question: str = ""
    standalone: str = ""
    hits: tuple[Hit, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    hidden: bool = False
    aside: bool = False
    onto: int | None = None
    think: bool | None = None
    temperature: float | None = None


class ModelReply(Value, frozen=True, kw_only=True):
    """A model's whole reply; `grounding` is what it rests on, if the provider knows."""

    text: str
    reasoning: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    truncated: bool = False
    grounding: Grounding | None = None


class CallTool(Value, frozen=True, kw_only=True):
    """Run a tool; replied with a `ToolResult`."""

    name: str
    arguments: dict[str, Any]


class Cite(Value, frozen=True, kw_only=True):
    """Check an answer's `[n]` marks against their sources; replied with `Cited`."""

    answer: str
    hits: tuple[Hit, ...]


class Emit(Value, frozen=True, kw_only=True):
    """Show the user a text of the mode itself; replied with None."""

    kind: PartKind
    text: str


class Note(Value, frozen=True, kw_only=True):
    """Record a step that is worth showing; replied with None.

    `progress` is the run's progress from 0 to 1, if the mode can tell.
    """

    name: str
    detail: str
    progress: float | None = None


Command = Search | Ask | CallTool | Cite | Emit | Note
ModeProgram = Generator[Command | tuple[Command, ...], Any, Answer]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """A way of answering. One file in `basicchat/engine/modes` each.

    A mode that `speaks` needs a model that follows instructions; without one, the standard mode
    answers instead. Runs of a `background` mode take minutes, and are listed as tasks. Lists show
    modes by `rank`.
    """

    name: str
    title: str
    description: str
    run: Callable[[Turn], ModeProgram]
    rank: int = 100
    speaks: bool = True
    background: bool = False
