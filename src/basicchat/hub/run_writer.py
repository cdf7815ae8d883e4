"""Writes the end of a run: the assistant's message, the run, and their events."""

from collections.abc import Callable, Collection
from datetime import datetime

import msgspec

from basicchat.domain.errors import NotFound
from basicchat.domain.events import EventType, room_stream
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rooms import Message
from basicchat.domain.runs import Run, without_details, without_results
from basicchat.domain.store import Transaction
from basicchat.domain.turns import Outcome
from basicchat.domain.values import Author
from basicchat.hub.hub import Hub
from basicchat.hub.members import posted
from basicchat.hub.run_stream import RunStream

ASSISTANT = Author(id="assistant", name="Assistant", kind="assistant")
ENDED: dict[str, EventType] = {
    "completed": "run.completed",
    "failed": "run.failed",
    "cancelled": "run.cancelled",
    "interrupted": "run.interrupted",
}


class RunWriter:
    """Records the ends of this node's runs, each in one transaction."""

    def __init__(self, hub: Hub, presence: PresenceStore) -> None:
        self._hub = hub
        self._presence = presence

    async def record(self, live: RunStream, run: Run, outcome: Outcome) -> None:
        """Record a run's end.

        Args:
            run: the run after its end.

        Raises:
            NotFound: its room was deleted, or another node has ended it.
        """
        readers = await self._presence.followers(live.stream)
        async with self._hub.change() as change:
            if not await change.keep_run(run):
                raise run_ended_elsewhere()
            await record_end(change, run, outcome, readers)


def run_ended_elsewhere() -> NotFound:
    """The error of a change to a run that is over, as far as the database knows."""
    return NotFound(
        "The run has been ended by another node, or its room was deleted",
        reason="resource_not_found",
        params={"resource": "run"},
    )


def ended(run: Run, outcome: Outcome, at: datetime) -> Run:
    """The run after its end."""
    answer = outcome.answer
    model, provider = outcome.answered_by or (run.model, run.provider)
    return msgspec.structs.replace(
        run,
        status=outcome.status,
        model=model,
        provider=provider,
        ended_at=at,
        citations=answer.citations if answer else (),
        citations_dropped=answer.dropped if answer else 0,
        grounding=answer.grounding if answer else None,
        usage=outcome.usage,
        timings=outcome.timings,
        error=outcome.error,
        awaiting=(),
        cached_at=outcome.cached_at,
    )


async def record_end(
    change: Transaction, run: Run, outcome: Outcome, readers: Collection[str]
) -> None:
    """Record the assistant's message and the run's end."""
    stream = room_stream(run.room_id)
    question = await change.message(run.parent_id)
    if question is not None and question.deleted_at is not None:
        run = without_details(run)
        await change.scrub(run.run_id, ENDED[outcome.status], run)
    message = await change.record(
        stream, "message.created", run.message_id, _answer_message(run, outcome)
    )
    await change.put_message(message)
    await change.put_run(run)
    shown = without_results(run)
    await change.record(stream, ENDED[outcome.status], run.run_id, lambda seq: shown)
    await posted(change, message, readers)


def _answer_message(run: Run, outcome: Outcome) -> Callable[[int], Message]:
    return lambda seq: Message(
        message_id=run.message_id,
        room_id=run.room_id,
        seq=seq,
        author=ASSISTANT,
        text=run.answer_text,
        created_at=run.ended_at or run.started_at,
        run_id=run.run_id,
        parent_id=run.parent_id,
        citations=run.citations,
        citations_dropped=run.citations_dropped,
        grounding=run.grounding,
        citation_marks=outcome.answer.marks if outcome.answer else (),
        run_status=outcome.status,
        error=outcome.error,
        model=run.model,
        provider=run.provider,
        cached_at=run.cached_at,
    )
