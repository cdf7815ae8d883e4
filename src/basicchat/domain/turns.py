"""A turn: what a run is given, and what becomes of it."""

from typing import Literal

from basicchat.domain.chat import ChatMessage, ToolSpec
from basicchat.domain.values import Actor, Citation, RunError, Scope, Usage, Value


class Turn(Value, frozen=True, kw_only=True):
    """One question to the assistant, with all that a mode may know.

    `history` is the conversation before the question, oldest first; `passages` says how many
    passages to answer from, and `context_chars` about how many characters of prompt the model
    can take. `so_far` is the answer that a broken-off run had written, to be gone on with.
    `capabilities` are the model's, as its provider names them: `tools`, `thinking`, …; none if it
    does not tell. `tools` are those that the actor may use.
    """

    run_id: str
    room_id: str
    actor: Actor
    question: str
    history: tuple[ChatMessage, ...]
    scope: Scope
    model: str
    mode: str
    passages: int
    context_chars: int
    so_far: str = ""
    capabilities: tuple[str, ...] = ()
    tools: tuple[ToolSpec, ...] = ()


class Answer(Value, frozen=True, kw_only=True):
    """What a mode returns at its end: the answer's text and what it cites."""

    text: str
    citations: tuple[Citation, ...] = ()
    dropped: int = 0


class Outcome(Value, frozen=True, kw_only=True):
    """How a run ended; `timings` in milliseconds since it began."""

    status: Literal["completed", "failed", "cancelled", "interrupted"]
    answer: Answer | None = None
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
