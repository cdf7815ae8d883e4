"""A turn: the input of a run, and its outcome."""

from datetime import datetime
from typing import Literal

from basicchat.domain.chat import ChatMessage, ToolCall, ToolSpec
from basicchat.domain.passages import Citation
from basicchat.domain.runs import Grounding, RunError, Usage
from basicchat.domain.search import Cited
from basicchat.domain.values import Actor, Scope, Value

# What a turn may do with the cache of answers: nothing, store its answer, or also be answered from
# it.
Caching = Literal["off", "store", "use"]


class Turn(Value, frozen=True, kw_only=True):
    """One question to the assistant, with everything that a mode may use.

    `history` is the conversation before the question, oldest first. `passages` is the number of
    passages to answer from, `context_chars` the approximate maximum length of a prompt.
    `so_far` is the text of an interrupted run to continue. `capabilities` are the model's, as
    its provider names them (`tools`, `thinking`, …); empty if the provider does not list them.
    `tools` are those that the actor may use; `can_approve` says that their client asks them
    to approve calls. `instructions` are the user's, for all answers; `temperature` and `max_tokens`
    apply to the text that is shown as the answer.
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
    can_approve: bool = False
    caching: Caching = "off"


class Answer(Value, frozen=True, kw_only=True):
    """The result of a mode: the answer's text and its citations.

    `marks` says which citation each mark in the text has (see `Cited`). `tool_calls` are for
    clients that offered tools of their own. `grounding` is what the answer rests on.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    dropped: int = 0
    marks: tuple[int, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    grounding: Grounding = "model"

    @classmethod
    def cited(cls, text: str, cited: Cited, grounding: Grounding | None = None) -> "Answer":
        """An answer whose citations have been verified.

        Args:
            grounding: what it rests on, if the provider knows; otherwise its citations tell.
        """
        return cls(
            text=text,
            citations=cited.citations,
            dropped=cited.dropped,
            marks=cited.marks,
            grounding=grounding or ("answered" if cited.citations else "model"),
        )


class Outcome(Value, frozen=True, kw_only=True):
    """How a run ended; `timings` in milliseconds since its start.

    `truncated`: the model reached its maximum of tokens. `answered_by`: the last model that
    answered, and its provider, which may be another one than was asked. `cached_at`: when the
    earlier run ended whose answer this is.
    """

    status: Literal["completed", "failed", "cancelled", "interrupted"]
    answer: Answer | None = None
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
    truncated: bool = False
    answered_by: tuple[str, str] | None = None
    cached_at: datetime | None = None
