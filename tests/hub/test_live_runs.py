"""Runs in progress: their text, their steps, their end, and what a deleted room does to them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import pytest
from msgspec import structs

from basicchat.api.errors import to_run_error
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Position, room_stream
from basicchat.domain.passages import Citation
from basicchat.domain.runs import Run, RunError, RunPart, Step, Usage
from basicchat.domain.turns import Answer, Outcome
from basicchat.hub.hub import Hub
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.hub.run_streams import MAX_RESULTS_CHARS, MAX_STEPS, RunStreams
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.frozen_time import turns_until
from support.full_disk import full
from support.hub_clients import subscriber

STREAM = room_stream("c1")
CITATION = Citation(n=1, document_id="d", title="D", quote="q", score=1.0, start=0, end=1)


@dataclass
class House:
    """A hub with runs and a reader of their room."""

    store: SqlStore
    hub: Hub
    live_runs: LiveRuns
    live: RunStreams
    clock: FakeClock
    frames: list[bytes]

    async def start(self, run_id: str = "r1") -> Run:
        run = Run(
            run_id=run_id,
            room_id="c1",
            message_id=f"{run_id}_m",
            status="running",
            reasoning_mode="standard",
            model="m",
            provider="p",
            parts=(),
            steps=(),
            started_at=self.clock.now(),
            user_id="ann",
            parent_id="m1",
        )
        async with self.hub.change() as change:
            await change.record(STREAM, "run.started", run_id, lambda seq: run)
            await change.put_run(run)
        self.live.begin(run)
        return run

    def speak(self, run_id: str = "r1") -> None:
        for part, kind, text in ((0, "reasoning", "hm"), (1, "answer", "é"), (1, "answer", "😀")):
            self.live.part(run_id, part, kind)(text)  # type: ignore[arg-type]

    async def delete_room(self) -> None:
        async with self.hub.change() as change:
            await change.delete_room("c1")

    def events(self) -> list[tuple[str, dict[str, object]]]:
        items = [msgspec.json.decode(frame) for frame in self.frames]
        return [(item["type"], item["data"]) for item in items if "seq" in item]


PARTS = (
    RunPart(part=0, kind="reasoning", text="hm", off=2),
    RunPart(part=1, kind="answer", text="é😀", off=2),
)


@pytest.fixture
async def house(store: SqlStore) -> AsyncIterator[House]:
    async with Supervisor() as spawn, asyncio.timeout(60):
        live_runs, clock = LiveRuns(), FakeClock()
        hub = Hub(store, live_text=live_runs)
        live = RunStreams(
            hub, clock, live_runs, MemoryPresence(), spawn, to_run_error, retry_seconds=0.01
        )
        reader, wire = subscriber(spawn)
        position = await store.position(STREAM)
        assert position is not None
        hub.activate(hub.subscribe(reader, STREAM), position)
        yield House(store, hub, live_runs, live, clock, wire.frames)


async def test_text_is_kept_while_it_streams(house: House) -> None:
    await house.start()
    house.speak()
    run = house.live_runs.get("r1")
    assert run is not None
    assert run.parts == PARTS
    assert house.live_runs.in_room("c1") == [run]
    assert house.live_runs.in_room("c2") == []
    deltas = [msgspec.json.decode(frame) for frame in house.frames[1:]]
    assert [(d["part"], d["kind"], d["off"], d["text"]) for d in deltas] == [
        (0, "reasoning", 0, "hm"),
        (1, "answer", 0, "é"),
        (1, "answer", 1, "😀"),
    ]


async def test_an_end_that_cannot_be_recorded_is_recorded_later(house: House) -> None:
    await house.start()
    text = "é" * 100_000
    house.live.part("r1", 0, "answer")(text)
    outcome = Outcome(status="completed", answer=Answer(text=text))
    with full(house.store):
        run = await house.live.finish("r1", outcome)
        assert run is not None
        assert (run.status, run.answer_text) == ("completed", text)
        # Whoever asks gets it; whoever joins sees a run with all its text.
        assert house.live_runs.get("r1") == run
        (shown,) = house.live_runs.in_room("c1")
        assert (shown.status, shown.answer_text) == ("running", text)
        assert await house.live.finish("r1", outcome) is None
        signal = next(
            s for s in map(msgspec.json.decode, house.frames) if s.get("type") == "unsaved"
        )
        assert (signal["data"]["run_id"], signal["data"]["kind"]) == ("r1", "storage_full")
        assert house.events()[-1][0] == "run.started"
    await turns_until(lambda: house.live_runs.get("r1") is None)
    assert [type for type, _ in house.events()][-2:] == ["message.created", "run.completed"]
    stored = await house.store.run("r1")
    assert stored is not None
    assert (stored.status, stored.answer_text) == ("completed", text)
    assert house.live_runs.in_room("c1") == []


async def test_an_unsaved_end_is_recorded_before_a_stop(house: House) -> None:
    await house.start()
    text = "é" * 100_000
    house.live.part("r1", 0, "answer")(text)
    with full(house.store):
        await house.live.finish("r1", Outcome(status="cancelled"))
        await house.live.record_unsaved()
    await house.live.record_unsaved()
    stored = await house.store.run("r1")
    assert stored is not None
    assert (stored.status, stored.answer_text) == ("cancelled", text)


async def test_an_unsaved_end_of_a_deleted_room_is_dropped(house: House) -> None:
    await house.start()
    house.live.part("r1", 0, "answer")("é" * 100_000)
    with full(house.store):
        await house.live.finish("r1", Outcome(status="cancelled"))
        await house.delete_room()
        await house.live.record_unsaved()
    assert house.live_runs.get("r1") is None


OUTCOMES = [
    Outcome(
        status="completed",
        answer=Answer(text="é😀", citations=(CITATION,), dropped=2),
        usage=Usage(input_tokens=1, output_tokens=2),
        timings={"total_ms": 3.0},
    ),
    Outcome(status="failed", error=RunError(code=-32050, kind="u", message="m", hint="h")),
    Outcome(status="cancelled"),
    Outcome(status="interrupted"),
]


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.status)
async def test_an_end_makes_all_durable_and_known(house: House, outcome: Outcome) -> None:
    await house.start()
    house.speak()
    house.clock.advance(5)
    run = await house.live.finish("r1", outcome)
    assert run is not None
    assert run == await house.store.run("r1")
    assert (run.status, run.parts, run.ended_at) == (outcome.status, PARTS, house.clock.now())
    assert (run.error, run.usage, run.timings) == (outcome.error, outcome.usage, outcome.timings)
    assert (run.citations_dropped, len(run.citations)) == ((2, 1) if outcome.answer else (0, 0))
    message = await house.store.message("r1_m")
    assert message is not None
    assert (message.text, message.run_id, message.parent_id) == ("é😀", "r1", "m1")
    assert (message.run_status, message.error, message.citations) == (
        outcome.status,
        outcome.error,
        run.citations,
    )
    assert [kind for kind, _ in house.events()] == [
        "run.started",
        "message.created",
        f"run.{outcome.status}",
    ]
    assert msgspec.convert(house.events()[-1][1], Run) == run
    assert house.live_runs.get("r1") is None
    assert house.live_runs.in_room("c1") == []
    room = await house.store.room("c1", "ann")
    assert room is not None
    assert room.unread == 1
    others = await house.store.room("c1", "ben")
    assert others is not None
    assert others.unread == 1


async def test_only_the_latest_progress_is_sent_until_the_run_ends(house: House) -> None:
    told: list[tuple[float, str]] = []

    async def listen() -> None:
        async for each in house.live.progressed("r1"):
            told.append(each)
            heard.set()

    heard = asyncio.Event()
    await house.start()
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(listen())
        house.live.progress("r1", 0.1, "Planning")
        house.live.progress("r1", 0.2, "Reading")
        await heard.wait()
        heard.clear()
        house.live.progress("r1", 0.9, "Writing")
        await heard.wait()
        await house.live.finish("r1", Outcome(status="cancelled"))
    assert told == [(0.2, "Reading"), (0.9, "Writing")]
    house.live.progress("r1", 1.0, "Too late")
    assert [each async for each in house.live.progressed("r1")] == []


async def test_a_run_ends_once(house: House) -> None:
    await house.start()
    begun = house.live.part("r1", 0, "answer")
    ends = [house.live.finish("r1", Outcome(status=s)) for s in ("completed", "cancelled")]  # type: ignore[arg-type]
    first, second = await asyncio.gather(*ends)
    assert first is not None
    assert second is None
    assert await house.live.finish("r1", Outcome(status="failed")) is None
    assert await house.live.finish("none", Outcome(status="failed")) is None
    told = len(house.frames)
    begun("late")
    house.live.part("r1", 0, "answer")("late")
    await house.live.step("r1", Step(step=0, name="late", detail=""))
    assert len(house.frames) == told
    assert len(house.events()) == 3


async def test_an_ending_run_is_in_no_snapshot(house: House) -> None:
    """Between the commit and its telling, a snapshot holds the end: the run is not beside it."""
    await house.start()
    house.speak()
    ending = asyncio.get_running_loop().create_task(
        house.live.finish("r1", Outcome(status="completed"))
    )
    for _ in range(200):
        snapshot = await house.store.snapshot("c1", "ann", 10)
        assert snapshot is not None
        active = {run.run_id for run in house.live_runs.in_room("c1")}
        assert not active & {message.run_id for message in snapshot.messages}
        if ending.done():
            break
    assert await ending is not None


async def test_steps_are_delivered_and_stored(house: House) -> None:
    await house.start()
    house.speak()
    steps = (Step(step=0, name="search", detail="3 passages", ms=1.5),)
    await house.live.step("r1", steps[0])
    run = await house.store.run("r1")
    assert run is not None
    assert (run.steps, run.parts) == (steps, PARTS)
    kind, data = house.events()[-1]
    assert kind == "run.step"
    assert data["parts"] == []
    for _ in range(MAX_STEPS + 3):
        await house.live.step("r1", Step(step=1, name="more", detail=""))
    kept = house.live_runs.get("r1")
    assert kept is not None
    assert len(kept.steps) == MAX_STEPS


async def test_results_of_steps_are_kept_but_not_told(house: House) -> None:
    await house.start()
    large = "r" * (MAX_RESULTS_CHARS // 4)
    for number in range(6):
        step = Step(step=number, name="tool", detail="t", arguments="{}", result=large)
        await house.live.step("r1", step)
    assert await house.live.finish("r1", Outcome(status="completed")) is not None
    kept = await house.store.run("r1")
    assert kept is not None
    assert [step.result is not None for step in kept.steps] == [True] * 5 + [False]
    assert all(step.arguments == "{}" for step in kept.steps)
    assert len(kept.steps) == 6
    assert not any(b"rrrr" in frame for frame in house.frames)


async def test_growing_text_is_saved(house: House) -> None:
    """What a killed process leaves behind is at most a second old."""
    for run_id in ("r1", "r2", "r3"):
        await house.start(run_id)
    house.speak("r1")
    house.live.part("r2", 0, "answer")("longer than the other")
    assert await house.live.save(1) == 1
    kept = [await house.store.run(run_id) for run_id in ("r1", "r2", "r3")]
    assert [len(run.parts) for run in kept if run] == [2, 0, 0]
    assert await house.live.save(9) == 1
    assert await house.live.save(9) == 0
    saved = await house.store.run("r1")
    assert saved is not None
    assert (saved.parts, saved.status) == (PARTS, "running")
    house.live.part("r1", 1, "answer")("!")
    await asyncio.gather(house.live.finish("r1", OUTCOMES[0]), house.live.save(9))
    ended = await house.store.run("r1")
    assert ended is not None
    assert (ended.status, ended.parts[1].text) == ("completed", "é😀!")


async def test_a_deleted_room_takes_its_runs_along(house: House) -> None:
    await house.start("r1")
    await house.start("r2")
    house.speak("r1")
    await house.delete_room()
    await house.live.save(9)
    assert [run.run_id for run in house.live_runs.in_room("c1")] == ["r2"]
    assert await house.live.finish("r1", Outcome(status="completed")) is None
    with pytest.raises(NotFound):
        await house.live.step("r2", Step(step=0, name="search", detail=""))
    with pytest.raises(NotFound):
        await house.live.finish("r2", Outcome(status="completed"))
    assert house.live_runs.in_room("c1") == []
    assert await house.store.run("r1") is None
    assert await house.store.message("r1_m") is None


async def test_a_run_that_another_node_ended_is_written_no_more(house: House) -> None:
    await house.start("r1")
    await house.start("r2")
    house.speak("r1")
    for run_id in ("r1", "r2"):
        run = house.live_runs.get(run_id)
        assert run is not None
        async with house.store.transaction() as change:
            await change.put_run(structs.replace(run, status="interrupted"))
    await house.live.save(9)
    assert await house.live.finish("r1", Outcome(status="completed")) is None
    with pytest.raises(NotFound):
        await house.live.step("r2", Step(step=0, name="search", detail=""))
    with pytest.raises(NotFound):
        await house.live.finish("r2", Outcome(status="completed"))
    for run_id in ("r1", "r2"):
        stored = await house.store.run(run_id)
        assert stored is not None
        assert stored.status == "interrupted"
        assert await house.store.message(f"{run_id}_m") is None


async def test_a_late_reader_gets_the_text_it_lacks(house: House, store: SqlStore) -> None:
    await house.start()
    house.speak()
    position = await store.position(STREAM)
    assert position is not None
    async with Supervisor() as spawn:
        # by part, how much the reader has; what it then gets
        table = [
            ({}, [(0, 0, "hm"), (1, 0, "é😀")]),
            ({"r1": {0: 2, 1: 1}}, [(1, 1, "😀")]),
            ({"r1": {0: 9, 1: 2}}, []),
            ({"r0": {0: 1}}, [(0, 0, "hm"), (1, 0, "é😀")]),
        ]
        for offsets, expected in table:
            reader, wire = subscriber(spawn)
            start = Position(epoch=position.epoch, seq=position.seq)
            house.hub.activate(house.hub.subscribe(reader, STREAM), start, (), offsets)
            got = [msgspec.json.decode(frame) for frame in wire.frames]
            assert [(d["part"], d["off"], d["text"]) for d in got] == expected
