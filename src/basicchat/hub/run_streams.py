"""Records runs: their steps, their text at intervals, and their end."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
import structlog

from basicchat.domain.errors import DatabaseUnavailable, NotFound, StorageFull
from basicchat.domain.events import room_stream
from basicchat.domain.ports import Clock, Spawn
from basicchat.domain.presence import PresenceStore
from basicchat.domain.runs import PartKind, PendingApproval, Run, RunError, Step, without_results
from basicchat.domain.turns import Outcome
from basicchat.hub.hub import Hub
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.run_stream import PartStream, RunStream
from basicchat.hub.run_writer import RunWriter, ended, run_ended_elsewhere
from basicchat.hub.unsaved_runs import UnsavedRuns

log = structlog.get_logger(__name__)
MAX_STEPS = 200
# Of all results of one run together, in its row, which is written at each step.
MAX_RESULTS_CHARS = 64_000


def _ignore(text: str) -> None:
    """Drop the text of a run that has ended."""


class RunStreams:
    """Implements `domain.ports.RunSink`: delivers the text of runs, and makes it durable.

    Args:
        describe: maps an exception to the error that users see.
        retry_seconds: the pause before an end that could not be recorded is recorded again.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        live_runs: LiveRuns,
        presence: PresenceStore,
        spawn: Spawn,
        describe: Callable[[Exception], RunError],
        *,
        retry_seconds: float = 1.0,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._live_runs = live_runs
        self._writer = RunWriter(hub, presence)
        self._unsaved = UnsavedRuns(
            hub, self._writer, spawn, self._forget, describe, retry_seconds=retry_seconds
        )
        # Stream with runs in progress → function that stops relaying their deltas to other nodes.
        self._relays: dict[str, Callable[[], None]] = {}

    def begin(self, run: Run) -> None:
        """Add a run that has been recorded as started."""
        fanout = self._hub.fanout(room_stream(run.room_id))
        if fanout.stream not in self._relays:
            self._relays[fanout.stream] = self._hub.relay_deltas(fanout)
        self._live_runs.add(RunStream(run, fanout))

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin a part, or continue it. A part that continues with another kind gets that kind.

        Returns:
            a function that takes the part's text and delivers it.
        """
        live = self._live_runs.find(run_id)
        if live is None:
            return _ignore
        text = live.parts.get(part)
        if text is None:
            text = live.parts[part] = PartStream(live.fanout, run_id, part, kind)
        elif text.kind != kind:
            text.change_kind(kind)
        return text.add

    async def step(self, run_id: str, step: Step) -> None:
        """Record a step of the run."""
        live = self._live_runs.find(run_id)
        if live is None or len(live.run.steps) >= MAX_STEPS:
            return
        if sum(len(each.result or "") for each in live.run.steps) > MAX_RESULTS_CHARS:
            step = msgspec.structs.replace(step, result=None)
        live.run = msgspec.structs.replace(live.run, steps=(*live.run.steps, step))
        await self._record(live)

    async def awaiting(self, run_id: str, pending: tuple[PendingApproval, ...]) -> None:
        """Record which tool calls wait for approval, instead of those before."""
        live = self._live_runs.find(run_id)
        if live is None or live.run.awaiting == pending:
            return
        live.run = msgspec.structs.replace(live.run, awaiting=pending)
        await self._record(live)

    async def _record(self, live: RunStream) -> None:
        """Record the run with its steps and questions as they are now."""
        run_id = live.run.run_id
        shown = without_results(live.run)
        try:
            async with self._hub.change() as change:
                if not await change.keep_run(live.now()):
                    raise run_ended_elsewhere()
                await change.record(live.stream, "run.step", run_id, lambda seq: shown)
        # The answer goes on: the next step and the run's end have this step, too.
        except (StorageFull, DatabaseUnavailable) as error:
            log.warning("step_not_recorded", run_id=run_id, reason=error.message)

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
        """Record the run's end with its text; None if it had already ended.

        If it cannot be recorded now, the run is kept and returned, and recorded later.
        """
        live = self._live_runs.find(run_id)
        if live is None or live.ending or live.unsaved is not None:
            return None
        live.ending = True
        run = ended(live.now(), outcome, self._clock.now())
        try:
            await self._writer.record(live, run, outcome)
        except (NotFound, asyncio.CancelledError):
            self._forget(live)
            raise
        # The text must not be lost, whatever the reason is.
        except Exception as error:  # noqa: BLE001
            self._unsaved.add(live, run, outcome, error)
            return run
        self._forget(live)
        return run

    async def record_unsaved(self) -> None:
        """Try once more to record the ends that could not be recorded yet."""
        await self._unsaved.record_all()

    def _forget(self, live: RunStream) -> None:
        if not self._live_runs.remove(live):
            self._relays.pop(live.stream)()
        live.mute()
        live.advanced.set()

    async def save(self, limit: int) -> int:
        """Save the text of some runs with unsaved text, in case this process is killed.

        Returns:
            the number of saved runs.
        """
        unsaved = self._live_runs.next_to_save(limit)
        if not unsaved:
            return 0
        lost = []
        async with self._hub.change() as change:
            for live in unsaved:
                if not live.ending:
                    live.saved_length = live.length()
                    if not await change.keep_run(live.now()):
                        lost.append(live)
        for live in lost:
            # Another node took this one for dead, or the room was deleted.
            if not live.ending and self._live_runs.find(live.run.run_id) is live:
                log.warning("run_lost", run_id=live.run.run_id)
                self._forget(live)
        return len(unsaved)
