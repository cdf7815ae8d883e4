"""Runs in progress: their text so far, their steps, and their end."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from datetime import datetime

import msgspec

from basicchat.domain.events import Delta, EventType, room_stream
from basicchat.domain.ports import Clock
from basicchat.domain.store import Transaction
from basicchat.domain.turns import Outcome
from basicchat.domain.values import (
    Author,
    Message,
    PartKind,
    Run,
    Step,
)
from basicchat.hub.hub import Hub, Offsets
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
    """What is said of a run that is over."""


class RunStreams:
    """Implements `domain.ports.RunSink`, and keeps the text of runs until it is durable."""

    def __init__(self, hub: Hub, clock: Clock) -> None:
        self._hub = hub
        self._clock = clock
        self._live: dict[str, RunStream] = {}
        self._in_room: dict[str, dict[str, RunStream]] = {}
        self._turns: deque[RunStream] = deque()
        hub.on_activate(self.missing_text)

    def begin(self, run: Run) -> None:
        """Take up a run that has been recorded as started."""
        live = self._live[run.run_id] = RunStream(run, self._hub.fanout(room_stream(run.room_id)))
        self._turns.append(live)
        self._in_room.setdefault(live.stream, {})[run.run_id] = live

    def get(self, run_id: str) -> Run | None:
        """A run in progress with its text so far."""
        live = self._live.get(run_id)
        return None if live is None else live.now()

    def in_room(self, room_id: str) -> list[Run]:
        """All runs in progress in a room, with their text so far.

        Without those whose end is being recorded: beside a snapshot that already holds the end
        they would seem to go on for ever.
        """
        beside = self._in_room.get(room_stream(room_id), {}).values()
        return [live.now() for live in beside if not live.ending]

    def part(self, run_id: str, part: int, kind: PartKind) -> Callable[[str], None]:
        """Begin a part, or go on with it; what is returned takes its text and delivers it."""
        live = self._live.get(run_id)
        if live is None:
            return _ignore
        text = live.parts.get(part)
        if text is None:
            text = live.parts[part] = PartStream(live.fanout, run_id, part, kind)
        return text.add

    def missing_text(self, stream: str, have: Offsets) -> Iterator[Delta]:
        """What a subscriber lacks of the text of a stream's live runs; an end brings it all."""
        for run_id, live in self._in_room.get(stream, {}).items():
            if live.ending:
                continue
            offsets = have.get(run_id, {})
            for number, text in sorted(live.parts.items()):
                off = min(offsets.get(number, 0), text.length)
                if off < text.length:
                    yield Delta(
                        run=run_id,
                        part=number,
                        kind=text.kind,
                        off=off,
                        text=text.whole()[off:],
                    )

    async def step(self, run_id: str, name: str, detail: str, ms: float | None) -> None:
        """Record something the run did."""
        live = self._live.get(run_id)
        if live is None or len(live.run.steps) >= MAX_STEPS:
            return
        step = Step(step=len(live.run.steps), name=name, detail=detail, ms=ms)
        live.run = run = msgspec.structs.replace(live.run, steps=(*live.run.steps, step))
        async with self._hub.change() as change:
            await change.record(live.stream, "run.step", run_id, lambda seq: run)
            await change.keep_run(live.now())

    def progress(self, run_id: str, done: float, message: str) -> None:
        """Note how far a run is. Never waits."""
        live = self._live.get(run_id)
        if live is not None:
            live.done, live.message = done, message
            live.advanced.set()

    async def progressed(self, run_id: str) -> AsyncIterator[tuple[float, str]]:
        """How far a run is, from 0 to 1, and what it does: each time that it gets on, to its end.

        For one listener: what comes while it is busy is told as the latest alone.
        """
        live = self._live.get(run_id)
        while live is not None and live.run.run_id in self._live:
            await live.advanced.wait()
            live.advanced.clear()
            if not live.ending:
                yield live.done, live.message

    async def finish(self, run_id: str, outcome: Outcome) -> Run | None:
        """Make the run's text durable, and tell of its end; None if it had ended before."""
        live = self._live.get(run_id)
        if live is None or live.ending:
            return None
        live.ending = True
        readers = self._hub.listening_users(live.stream)
        try:
            async with self._hub.change() as change:
                run = ended(live.now(), outcome, self._clock.now())
                await record_end(change, run, outcome, readers)
        finally:
            self._forget(live)
        return run

    def _forget(self, live: RunStream) -> None:
        self._live.pop(live.run.run_id, None)
        live.fall_silent()
        live.advanced.set()
        beside = self._in_room.get(live.stream, {})
        beside.pop(live.run.run_id, None)
        if not beside:
            self._in_room.pop(live.stream, None)

    async def save(self, at_most: int) -> int:
        """Keep the text so far of runs that have grown, in case this process is killed.

        Runs take turns, so that a call costs the same however many there are.

        Returns how many runs were saved.
        """
        grown = self._next_grown(at_most)
        if not grown:
            return 0
        async with self._hub.change() as change:
            for live in grown:
                if not live.ending:
                    live.saved_length = live.length()
                    await change.keep_run(live.now())
        return len(grown)

    def _next_grown(self, at_most: int) -> list[RunStream]:
        grown: list[RunStream] = []
        for _ in range(min(len(self._turns), at_most * 4)):
            live = self._turns.popleft()
            if live.ending:
                continue
            self._turns.append(live)
            if live.length() > live.saved_length:
                grown.append(live)
            if len(grown) == at_most:
                break
        return grown


def ended(run: Run, outcome: Outcome, at: datetime) -> Run:
    """The run as it is after its end."""
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
