"""A turn: the input of a run, and its outcome."""

from typing import Literal

from basicchat.domain.chat import ChatMessage, ToolCall, ToolSpec
from basicchat.domain.values import Actor, Citation, RunError, Scope, Usage, Value


class Turn(Value, frozen=True, kw_only=True):
    """One question to the assistant, with everything that a mode may use.

    `history` is the conversation before the question, oldest first. `passages` is the number of
    passages to answer from, `context_chars` the approximate maximum length of a prompt.
    `so_far` is the text of an interrupted run to continue. `capabilities` are the model's, as
    its provider names them (`tools`, `thinking`, …); empty if the provider does not list them.
    `tools` are those that the actor may use. `instructions` are the user's, for all answers;
    `temperature` and `max_tokens` apply to the text that is shown as the answer.
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

    `tool_calls` are for clients that offered tools of their own.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    dropped: int = 0
    tool_calls: tuple[ToolCall, ...] = ()


class Outcome(Value, frozen=True, kw_only=True):
    """How a run ended; `timings` in milliseconds since its start.

    `truncated`: the model reached its maximum of tokens.
    """

    status: Literal["completed", "failed", "cancelled", "interrupted"]
    answer: Answer | None = None
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
    truncated: bool = False
