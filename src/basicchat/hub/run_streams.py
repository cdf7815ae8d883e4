"""Records runs: their steps, their text at intervals, and their end."""

from collections.abc import AsyncIterator, Callable, Collection
from datetime import datetime

import msgspec

from basicchat.domain.events import EventType, room_stream
from basicchat.domain.ports import Clock
from basicchat.domain.presence import PresenceStore
from basicchat.domain.store import Transaction
from basicchat.domain.turns import Outcome
from basicchat.domain.values import (
    Author,
    Message,
    PartKind,
    Run,
    Step,
)
from basicchat.hub.hub import Hub
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.members import posted
from basicchat.hub.run_stream import PartStream, RunStream

ASSISTANT = Author(id="assistant", name="Assistant", kind="assistant")
ENDED: dict[str, EventType] = {
    "completed": "run.completed",
    "failed": "run.failed",
    "cancelled": "run.cancelled",
    "interrupted": "run.interrupted",
}
MAX_STEPS = 200


def _ignore(text: str) -> None:
    """Drop the text of a run that has ended."""


class RunStreams:
    """Implements `domain.ports.RunSink`: delivers the text of runs, and makes it durable."""

    def __init__(
        self, hub: Hub, clock: Clock, live_runs: LiveRuns, presence: PresenceStore
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._live_runs = live_runs
        self._presence = presence
        # Stream with runs in progress → function that stops relaying their deltas to other nodes.
        self._relays: dict[str, Callable[[], None]] = {}

    def begin(self, run: Run) -> None:
        """Add a run that has been recorded as started."""
        fanout = self._hub.fanout(room_stream(run.room_id))
        if fanout.stream not in self._relays:
            self._relays[fanout.stream] = self._hub.relay_deltas(fanout)
        self._live_runs.add(RunStream(run, fanout))

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin a part, or continue it.

        Returns:
            a function that takes the part's text and delivers it.
        """
        live = self._live_runs.find(run_id)
        if live is None:
            return _ignore
        text = live.parts.get(part)
        if text is None:
            text = live.parts[part] = PartStream(live.fanout, run_id, part, kind)
        return text.add

    async def step(self, run_id: str, name: str, detail: str, ms: float | None) -> None:
        """Record a step of the run."""
        live = self._live_runs.find(run_id)
        if live is None or len(live.run.steps) >= MAX_STEPS:
            return
        step = Step(step=len(live.run.steps), name=name, detail=detail, ms=ms)
        live.run = run = msgspec.structs.replace(live.run, steps=(*live.run.steps, step))
        async with self._hub.change() as change:
            await change.record(live.stream, "run.step", run_id, lambda seq: run)
            await change.keep_run(live.now())

    def progress(self, run_id: str, done: float, message: str) -> None:
        """Report a run's progress. Never waits."""
        live = self._live_runs.find(run_id)
        if live is not None:
            live.done, live.message = done, message
            live.advanced.set()

    async def progressed(self, run_id: str) -> AsyncIterator[tuple[float, str]]:
        """Yield the run's progress, from 0 to 1, and its current activity at each change.

        For one reader: while it is busy, only the latest change is kept.
        """
        live = self._live_runs.find(run_id)
        while live is not None and self._live_runs.find(run_id) is live:
            await live.advanced.wait()
            live.advanced.clear()
            if not live.ending:
                yield live.done, live.message

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        """Record the run's end with its text; None if it had already ended."""
        live = self._live_runs.find(run_id)
        if live is None or live.ending:
            return None
        live.ending = True
        readers = await self._presence.followers(live.stream)
        try:
            async with self._hub.change() as change:
                run = ended(live.now(), outcome, self._clock.now())
                await record_end(change, run, outcome, readers)
        finally:
            self._forget(live)
        return run

    def _forget(self, live: RunStream) -> None:
        if not self._live_runs.remove(live):
            self._relays.pop(live.stream)()
        live.mute()
        live.advanced.set()

    async def save(self, at_most: int) -> int:
        """Save the text of some runs with unsaved text, in case this process is killed.

        Returns:
            the number of saved runs.
        """
        unsaved = self._live_runs.next_to_save(at_most)
        if not unsaved:
            return 0
        async with self._hub.change() as change:
            for live in unsaved:
                if not live.ending:
                    live.saved_length = live.length()
                    await change.keep_run(live.now())
        return len(unsaved)


def ended(run: Run, outcome: Outcome, at: datetime) -> Run:
    """The run after its end."""
    answer = outcome.answer
    return msgspec.structs.replace(
        run,
        status=outcome.status,
        ended_at=at,
        citations=answer.citations if answer else (),
        citations_dropped=answer.dropped if answer else 0,
        usage=outcome.usage,
        timings=outcome.timings,
        error=outcome.error,
    )


async def record_end(
    change: Transaction, run: Run, outcome: Outcome, readers: Collection[str]
) -> None:
    """Record the assistant's message and the run's end."""
    stream = room_stream(run.room_id)
    message = await change.record(
        stream, "message.created", run.message_id, _answer_message(run, outcome)
    )
    await change.put_message(message)
    await change.put_run(run)
    await change.record(stream, ENDED[outcome.status], run.run_id, lambda seq: run)
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
        run_status=outcome.status,
        error=outcome.error,
        model=run.model,
        provider=run.provider,
    )
