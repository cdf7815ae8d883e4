"""Any interleaving of deltas, stalls, losses and resumptions gives exactly the text (§4.6)."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import msgspec
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from basicchat.api.errors import to_run_error
from basicchat.domain.events import Position, room_stream
from basicchat.domain.runs import Run
from basicchat.hub.hub import Hub, Subscriber, Subscription
from basicchat.hub.live_runs import LiveRuns
from basicchat.hub.outbox import Outbox
from basicchat.hub.presence_memory import MemoryPresence
from basicchat.hub.run_streams import RunStreams
from basicchat.ops.supervisor import Supervisor
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.hub_clients import encode, turns

STREAM = room_stream("c1")
RUNS = ("r0", "r1")
START = Position(epoch="e", seq=0)


def a_run(run_id: str) -> Run:
    return Run(
        run_id=run_id,
        room_id="c1",
        message_id="m2",
        status="running",
        reasoning_mode="standard",
        model="m",
        provider="p",
        parts=(),
        steps=(),
        started_at=datetime(2026, 11, 1, tzinfo=UTC),
        user_id="ann",
        parent_id="m1",
    )


class Tap:
    """A wire that can be stalled; what came through is read frame by frame."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.open = asyncio.Event()
        self.open.set()

    def ready(self) -> bool:
        return self.open.is_set()

    def write(self, frame: bytes) -> None:
        self.frames.append(frame)

    async def drained(self) -> None:
        await self.open.wait()


class Client:
    """A receiver that follows the rule of §4.2 and nothing else."""

    def __init__(self, hub: Hub, live: LiveRuns, spawn: Supervisor, limit: int) -> None:
        self._hub, self._live, self._spawn, self._limit = hub, live, spawn, limit
        self.texts: dict[tuple[str, int], str] = {}
        self.tap: Tap | None = None
        self.subscriber: Subscriber | None = None
        self.pending: Subscription | None = None
        self.offsets: dict[str, dict[int, int]] | None = None
        self.asked = 0

    def lose(self) -> None:
        if self.subscriber is not None:
            self._hub.unsubscribe_all(self.subscriber)
            self.subscriber.outbox.shut()
        self.subscriber = self.tap = self.pending = None

    def connect(self) -> None:
        self.lose()
        self.tap = Tap()
        outbox = Outbox(
            self.tap, encode, self._spawn, self.lose, limit_bytes=self._limit, send_seconds=60
        )
        self.subscriber = Subscriber(outbox, "ann", "s")

    def resume(self, back: int) -> None:
        """Come back, saying what is here; `back` says less than that, as a client may."""
        self.connect()
        self._listen()
        self.offsets = {}
        for (run, part), text in self.texts.items():
            self.offsets.setdefault(run, {})[part] = max(len(text) - back, 0)

    def join(self) -> None:
        """Begin to subscribe anew on the connection that there is."""
        if self.subscriber is None:
            self.connect()
        self._listen()
        self.offsets = None

    def look(self) -> None:
        """Take the snapshot that a join is for."""
        if self.pending is None or self.offsets is not None:
            return
        self.offsets = {}
        # The snapshot is a reply, behind all that has been queued before.
        self.read()
        for run in self._live.in_room("c1"):
            self._replace(run)
            self.offsets[run.run_id] = {part.part: part.off for part in run.parts}

    def activate(self) -> None:
        """Let go what was held back."""
        self.look()
        if self.pending is not None:
            self._hub.activate(self.pending, START, (), self.offsets)
            self.pending = None

    def _listen(self) -> None:
        assert self.subscriber is not None
        self.pending = self._hub.subscribe(self.subscriber, STREAM)

    def read(self) -> None:
        """Take what has come."""
        if self.tap is not None:
            frames, self.tap.frames = self.tap.frames, []
            for frame in frames:
                self._receive(msgspec.json.decode(frame))

    def _receive(self, delta: dict[str, object]) -> None:
        run, part, off, text = delta["run"], delta["part"], delta["off"], delta["text"]
        assert isinstance(run, str)
        assert isinstance(part, int)
        assert isinstance(off, int)
        assert isinstance(text, str)
        have = self.texts.get((run, part), "")
        if len(have) < off:
            self.asked += 1
            now = self._live.get(run)
            assert now is not None
            self._replace(now)
        else:
            self.texts[run, part] = have + text[len(have) - off :]

    def _replace(self, run: Run) -> None:
        for part in run.parts:
            assert part.off == len(part.text)
            self.texts[run.run_id, part.part] = part.text

    async def do(self, act: "Act") -> None:
        """Behave as an act says."""
        match act.what:
            case "lose":
                self.lose()
            case "resume":
                self.resume(act.number)
            case "join":
                self.join()
            case "look":
                self.look()
            case "activate":
                self.activate()
            case "read":
                self.read()
            case "stall" if self.tap is not None:
                self.tap.open.clear()
            case "go on" if self.tap is not None:
                self.tap.open.set()
                await turns(act.number)


What = Literal["say", "lose", "resume", "join", "look", "activate", "stall", "go on", "read"]


@dataclass
class Act:
    """Something that happens: to a run, or to the client."""

    what: What
    text: str = ""
    run: int = 0
    number: int = 0


words = st.text(min_size=1, max_size=6) | st.sampled_from(
    ["e\u0301", "\U0001f600", "\U0001f469\u200d\U0001f680", "\n"]
)
number = st.integers(0, 4)
says = st.builds(
    Act, what=st.just("say"), text=words, run=st.integers(0, 1), number=st.integers(0, 1)
)
others = st.builds(Act, what=st.sampled_from(get_args(What)[1:]), number=number)
# Text waits; more comes while the reader begins anew, and more behind that.
ANEW = ["join", "activate", "stall", "say", "join", "say", "look", "activate", "say", "go on"]


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(says | says | others, max_size=40), st.sampled_from([150, 400, 100_000]))
@example([Act(what, "abc") for what in ANEW], 100_000)
async def test_the_text_is_whole(store: SqlStore, acts: list[Act], limit: int) -> None:
    async with Supervisor() as spawn, asyncio.timeout(60):
        runs = LiveRuns()
        hub = Hub(store, live_text=runs)
        live = RunStreams(hub, FakeClock(), runs, MemoryPresence(), spawn, to_run_error)
        client = Client(hub, runs, spawn, limit)
        said: dict[tuple[str, int], str] = {}
        for run in RUNS:
            live.begin(a_run(run))
        client.join()
        for act in acts:
            if act.what == "say":
                key = RUNS[act.run], act.number
                live.part(*key, "answer")(act.text)
                said[key] = said.get(key, "") + act.text
            else:
                await client.do(act)
        await client.do(Act("go on", number=200))
        if client.subscriber is None:
            client.resume(0)
        client.activate()
        await turns(5)
        client.read()
        assert client.texts == said


def test_offsets_are_code_points(store: SqlStore) -> None:
    """Each astral character is one, and so is each combining one."""
    runs = LiveRuns()
    hub = Hub(store, live_text=runs)
    live = RunStreams(hub, FakeClock(), runs, MemoryPresence(), Supervisor(), to_run_error)
    live.begin(a_run("r1"))
    for text in ("\U0001f600", "", "e\u0301", "\u00e9"):
        live.part("r1", 0, "answer")(text)
    live.part("none", 0, "answer")("x")
    table = [(0, 0, 4), (1, 1, 3), (3, 3, 1), (4, None, 0), (9, None, 0)]
    for have, off, length in table:
        found = [(d.off, len(d.text)) for d in runs.missing_text(STREAM, {"r1": {0: have}})]
        assert found == ([] if off is None else [(off, length)])
