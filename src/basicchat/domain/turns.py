"""A turn: the input of a run, and its outcome."""

from typing import Literal

from basicchat.domain.chat import ChatMessage, ToolCall, ToolSpec
from basicchat.domain.values import Actor, Citation, RunError, Scope, Usage, Value


class Turn(Value, frozen=True, kw_only=True):
    """One question to the assistant, with everything that a mode may use.

    `history` is the conversation before the question, oldest first; `passages` says how many
    passages to answer from, and `context_chars` about how many characters of prompt the model
    can take. `so_far` is the answer that a broken-off run had written, to be gone on with.
    `capabilities` are the model's, as its provider names them: `tools`, `thinking`, …; none if it
    does not tell. `tools` are those that the actor may use. `instructions` is what the asker wants
    of all answers; `temperature` and `max_tokens` hold for what is shown as the answer.
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
    instructions: str = ""
    temperature: float | None = None
    max_tokens: int | None = None


class Answer(Value, frozen=True, kw_only=True):
    """The result of a mode: the answer's text and its citations.

    `tool_calls` are for the asker, who offered tools of their own.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    dropped: int = 0
    tool_calls: tuple[ToolCall, ...] = ()


class Outcome(Value, frozen=True, kw_only=True):
    """How a run ended; `timings` in milliseconds since it began.

    `truncated`: the model was cut off at its most tokens.
    """

    status: Literal["completed", "failed", "cancelled", "interrupted"]
    answer: Answer | None = None
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
    truncated: bool = False
