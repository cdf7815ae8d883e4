"""Asking the assistant: `query`, `stream_request`, `messages.regenerate` and `runs.*`."""

from datetime import datetime
from functools import partial

from msgspec import structs

from basicchat.api import access, turns
from basicchat.api.calls import Call, Method
from basicchat.api.errors import RunFailed
from basicchat.api.turn_recording import Started, begin_once
from basicchat.domain.errors import BasicChatError, Cancelled
from basicchat.domain.passages import Citation
from basicchat.domain.runs import Grounding, Run, RunError, Usage
from basicchat.domain.values import Value
from basicchat.protocol.types import Query, Regenerate, RunContinue, RunRef

# How long another node may take to record the end of a run that it was asked to cancel.
CANCEL_SECONDS = 5.0
# Hashed into receipts, which are stored for days; so these values must not change.
ASK, REGENERATION, CONTINUATION = "", "again", "go on"


class FinishedTurn(Value, frozen=True, kw_only=True):
    """A turn from question to answer; `timings` in milliseconds.

    `cached_at` is the time of the earlier run whose answer this is, if it is `cached`. If the
    assistant was not mentioned, `run_id` is null, the fields of the answer are empty, and
    `message_id` is that of the posted message.
    """

    run_id: str | None
    room_id: str
    message_id: str
    answer: str
    reasoning: str
    citations: tuple[Citation, ...]
    citations_dropped: int
    grounding: Grounding | None
    reasoning_mode: str
    model: str
    provider: str
    usage: Usage
    cached: bool
    timings: dict[str, float]
    epoch: str
    seq: int
    cached_at: datetime | None = None


class CancelledRun(Run, frozen=True, kw_only=True):
    """A run after it was asked to stop, with the text of each part so far.

    `cancelled` is false if the run had already ended.
    """

    cancelled: bool


async def query(call: Call, params: Query) -> FinishedTurn:
    """Ask, and wait for the finished answer; subscribers also get events and deltas meanwhile."""
    started = await stream_request(call, params)
    # Now, so that subscribers see the turn while it runs, not only after the reply.
    while call.after_reply:
        call.after_reply.pop(0)()
    if started.run_id is None:
        return _only_posted(started)
    await call.services.run_waits.wait(started.run_id)
    # The asker may have been removed from the room in the meantime.
    run = await access.run(call, started.run_id, "see")
    if run.status != "completed":
        raise failure(run)
    return _finished(started, run)


def _only_posted(started: Started) -> FinishedTurn:
    return FinishedTurn(
        run_id=None,
        room_id=started.room_id,
        message_id=started.message_id,
        answer="",
        reasoning="",
        citations=(),
        citations_dropped=0,
        grounding=None,
        reasoning_mode="",
        model="",
        provider="",
        usage=Usage(input_tokens=0, output_tokens=0),
        cached=False,
        timings={},
        epoch=started.epoch,
        seq=started.seq,
    )


def _finished(started: Started, run: Run) -> FinishedTurn:
    reasoning = "\n\n".join(part.text for part in run.parts if part.kind == "reasoning")
    return FinishedTurn(
        run_id=run.run_id,
        room_id=run.room_id,
        message_id=run.message_id,
        answer=run.answer_text,
        reasoning=reasoning,
        citations=run.citations,
        citations_dropped=run.citations_dropped,
        grounding=run.grounding,
        reasoning_mode=run.reasoning_mode,
        model=run.model,
        provider=run.provider,
        usage=run.usage or Usage(input_tokens=0, output_tokens=0, estimated=True),
        cached=run.cached_at is not None,
        cached_at=run.cached_at,
        timings=run.timings,
        epoch=started.epoch,
        seq=started.seq,
    )


def failure(run: Run) -> BasicChatError:
    """The error for the requester of a run that was not completed."""
    if run.status in ("cancelled", "interrupted"):
        return Cancelled(
            f"The run was {run.status}",
            hint="Ask again, or regenerate the answer.",
            reason="run_ended",
            params={"status": run.status},
        )
    unknown = RunError(code=-32603, kind="internal", message="Processing error: the run failed")
    return RunFailed(run.error or unknown)


async def stream_request(call: Call, params: Query) -> Started:
    """Ask; the answer arrives as events and deltas after the position in the reply."""
    return await begin_once(call, params, ASK, partial(turns.plan_query, call, params))


async def regenerate(call: Call, params: Regenerate) -> Started:
    """Answer again; the new answer has the same `parent_id` as the old."""
    plan = partial(turns.plan_regeneration, call, params)
    return await begin_once(call, params, REGENERATION, plan)


async def continue_run(call: Call, params: RunContinue) -> Started:
    """Continue an interrupted answer; the new message also holds the text so far."""
    plan = partial(turns.plan_continuation, call, params)
    return await begin_once(call, params, CONTINUATION, plan)


async def get_run(call: Call, params: RunRef) -> Run:
    """Get a run with the text of each part so far."""
    return await access.run(call, params.run_id, "see")


async def cancel_run(call: Call, params: RunRef) -> CancelledRun:
    """Stop a run: its connection to the model closes at once, and its text so far is kept."""
    await access.run(call, params.run_id, "write")
    cancelled = await call.services.runner.cancel_anywhere(params.run_id)
    await call.services.run_waits.wait(params.run_id, CANCEL_SECONDS)
    run = await access.run(call, params.run_id, "see")
    return CancelledRun(cancelled=cancelled, **structs.asdict(run))


QUERY = Method(
    name="query", params=Query, result=FinishedTurn, handler=query, repeat="once", mcp=True
)
STREAM_REQUEST = Method(
    name="stream_request", params=Query, result=Started, handler=stream_request, repeat="once"
)
REGENERATE = Method(
    name="messages.regenerate", params=Regenerate, result=Started, handler=regenerate, repeat="once"
)
RUNS_CONTINUE = Method(
    name="runs.continue", params=RunContinue, result=Started, handler=continue_run, repeat="once"
)
RUNS_GET = Method(name="runs.get", params=RunRef, result=Run, handler=get_run, repeat="safe")
RUNS_CANCEL = Method(
    name="runs.cancel", params=RunRef, result=CancelledRun, handler=cancel_run, repeat="safe"
)
