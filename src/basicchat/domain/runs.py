"""Runs: the turns of the assistant, with their parts, steps and errors."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from basicchat.domain.passages import Citation
from basicchat.domain.values import Value

PartKind = Literal["answer", "reasoning"]
Approval = Literal["once", "conversation", "always", "remembered", "denied", "expired"]
RunStatus = Literal["running", "completed", "failed", "cancelled", "interrupted"]


class RunError(Value, frozen=True, kw_only=True):
    """Why a run failed: code, message and data of the error that the requester gets."""

    code: int
    kind: str
    message: str
    hint: str | None = None
    retryable: bool | None = None
    incident: str | None = None
    reason: str | None = None
    params: dict[str, Any] = {}


class RunPart(Value, frozen=True, kw_only=True):
    """One text that a run writes; `off` is its length in code points."""

    part: int
    kind: PartKind
    text: str
    off: int


class Step(Value, frozen=True, kw_only=True):
    """A step of a run, for display: a search, a model call, a tool call.

    `part` is the number of parts that had begun before it. `progress` is that of the run, from 0 to
    1, if the mode can tell. `arguments` and `result` are those of a tool or a search, shortened;
    the arguments are JSON. `approval` says how a tool call that needs approval was allowed, by the
    user or by their earlier decision (`remembered`), or that it was `denied` or has `expired`.
    Only the user who started the run sees results, and only by `runs.get`.
    """

    step: int
    name: str
    detail: str
    ms: float | None = None
    part: int = 0
    progress: float | None = None
    arguments: str | None = None
    result: str | None = None
    is_error: bool = False
    approval: Approval | None = None


class PendingApproval(Value, frozen=True, kw_only=True):
    """A tool call that waits for the approval of the user who started the run (`runs.approve`).

    `arguments` are JSON, without their last `characters_left_out` characters. `server` names the
    tool's MCP server, if it is of one. `fingerprint` changes whenever the tool does. The call is
    refused at `expires_at`.
    """

    call_id: str
    tool: str
    title: str
    arguments: str
    fingerprint: str
    expires_at: datetime
    server: str | None = None
    characters_left_out: int = 0


class Usage(Value, frozen=True, kw_only=True):
    """Tokens counted by the provider, or estimated where it does not count them."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


Grounding = Literal["answered", "closest", "none", "model"]
"""What an answer rests on: its sources (`answered`), or none of them (`model`). Without an answer,
the closest passages are shown (`closest`), or the documents do not say (`none`)."""


class Run(Value, frozen=True, kw_only=True):
    """One turn of the assistant. `message_id` names the assistant's message it will write.

    `continues` is the id of the interrupted run that this one continues; `task_id` is the task of a
    background run. `awaiting` are tool calls that wait for approval. `cached_at` is the time of the
    earlier answer that was used again.
    """

    run_id: str
    room_id: str
    message_id: str
    status: RunStatus
    reasoning_mode: str
    model: str
    provider: str
    parts: tuple[RunPart, ...]
    steps: tuple[Step, ...]
    started_at: datetime
    user_id: str
    parent_id: str
    ended_at: datetime | None = None
    citations: tuple[Citation, ...] = ()
    citations_dropped: int = 0
    grounding: Grounding | None = None
    usage: Usage | None = None
    timings: dict[str, float] = {}
    error: RunError | None = None
    continues: str | None = None
    task_id: str | None = None
    awaiting: tuple[PendingApproval, ...] = ()
    cached_at: datetime | None = None

    @property
    def answer_text(self) -> str:
        """The texts of the answer's parts, separated by empty lines."""
        return "\n\n".join(each.text for each in self.parts if each.kind == "answer" and each.text)


def without_results(run: Run) -> Run:
    """The run without the results of its steps, which may quote documents of the user it is for."""
    if all(step.result is None for step in run.steps):
        return run
    steps = tuple(msgspec.structs.replace(step, result=None) for step in run.steps)
    return msgspec.structs.replace(run, steps=steps)


def without_details(run: Run) -> Run:
    """The run without the arguments and results of its steps, which quote the question."""
    steps = tuple(msgspec.structs.replace(step, arguments=None, result=None) for step in run.steps)
    return msgspec.structs.replace(run, steps=steps)
