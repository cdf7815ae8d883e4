"""An old snapshot plus the events since equals a fresh snapshot (§4.6), over any history.

The histories are real: requests to an assembled server, whose model is held by the test.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from basicchat.app import App, open_app
from basicchat.config import Settings
from basicchat.config.limits import Limits
from basicchat.domain.chat import ChatRequest, TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.testing.scripted_llm import PacedLLM
from basicchat.transports.memory import CallError, MemoryClient
from support.hub_clients import turns

JSON = dict[str, Any]
ENDED = {"run.completed", "run.failed", "run.cancelled", "run.interrupted"}
TRIES = 400


def script(request: ChatRequest) -> Any:
    """Thinks, says a few words of many kinds, and sometimes breaks off."""
    yield TextDelta(kind="reasoning", text="Hm\u0301. ")
    yield from ("One ", "\U0001f600 ", "two ", "e\u0301 ", "three.")
    if "break" in request.question:
        yield UpstreamUnavailable("The model broke off", provider="scripted")


@dataclass
class Room:
    """A room as a client holds it."""

    name: str
    messages: dict[str, JSON]
    runs: dict[str, JSON]
    texts: dict[tuple[str, int], str]
    cursor: tuple[str, int]


def shown(room: Room) -> JSON:
    """What a user sees of a room."""
    return {
        "name": room.name,
        "messages": sorted(room.messages.values(), key=lambda message: message["seq"]),
        "runs": {run: each["steps"] for run, each in sorted(room.runs.items())},
        "texts": {key: text for key, text in sorted(room.texts.items()) if key[0] in room.runs},
        "cursor": room.cursor,
    }


@dataclass
class Replica:
    """A client that takes snapshots, applies events and deltas, and comes back after a loss."""

    app: App
    client: MemoryClient | None = None
    session: JSON = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    own: tuple[str, int] = ("", 0)
    rooms: dict[str, Room] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    notes: list[tuple[str, JSON]] = field(default_factory=list)
    watching: asyncio.Task[None] | None = None
    refused: list[str] = field(default_factory=list)

    async def _watch(self, client: MemoryClient) -> None:
        async for note in client.notifications:
            self.notes.append(note)

    async def connect(self) -> None:
        self.client = self.app.memory_client()
        self.watching = asyncio.get_running_loop().create_task(self._watch(self.client))
        resume = {}
        if self.session:
            cursors = {f"room:{key}": room.cursor for key, room in self.rooms.items()}
            cursors[f"user:{self.app.owner.id}"] = self.own
            offsets: dict[str, dict[str, int]] = {}
            for room in self.rooms.values():
                for (run, part), text in room.texts.items():
                    offsets.setdefault(run, {})[str(part)] = len(text)
            resume = {
                "session_id": self.session["session_id"],
                "resume_token": self.session["resume_token"],
                "cursors": {k: {"epoch": e, "seq": s} for k, (e, s) in cursors.items()},
                "runs": offsets,
            }
        hello = {"resume": resume} if resume else {}
        before, self.session = self.session, await self.client.call("session.hello", hello)
        assert self.session["resumed"] is bool(before)
        streams = self.session["streams"]
        if not before:
            state = streams[f"user:{self.app.owner.id}"]
            self.own = state["epoch"], state["seq"]
            listed = await self.client.call("rooms.list")
            self.names = {room["room_id"]: room["name"] for room in listed["rooms"]}
        assert all(state["recovered"] for state in streams.values()) or not before
        self.rooms = {key: room for key, room in self.rooms.items() if f"room:{key}" in streams}

    async def lose(self) -> None:
        if self.client is not None:
            client, self.client = self.client, None
            if self.watching is not None:
                self.watching.cancel()
            await client.close()
            self.notes.clear()

    async def join(self, room_id: str) -> None:
        if self.client is None:
            return
        try:
            snapshot = await self.client.call("rooms.join", {"room_id": room_id})
        except CallError as error:
            self.refused.append(error.error.data.kind)
            return
        # What came before the reply is behind its position, and skipped.
        self.rooms[room_id] = taken(snapshot)
        self.apply_all()

    def apply_all(self) -> None:
        """Apply what has come, in the order in which it came."""
        notes, self.notes = self.notes, []
        for name, params in notes:
            if name == "delta":
                self._delta(params)
            elif name == "events":
                for event in params["events"]:
                    self._event(params["stream"], params["epoch"], event)

    def _event(self, stream: str, epoch: str, event: JSON) -> None:
        kind, _, key = stream.partition(":")
        if kind == "user":
            assert (epoch, event["seq"] - 1) == self.own
            self.own = epoch, event["seq"]
            self._own_event(event["type"], event["data"])
            return
        room = self.rooms.get(key)
        if room is None:
            return
        if event["seq"] <= room.cursor[1]:
            return
        assert (epoch, event["seq"] - 1) == room.cursor
        room.cursor = epoch, event["seq"]
        apply(room, event["type"], event["data"])

    def _own_event(self, kind: str, data: JSON) -> None:
        if kind == "room.updated":
            self.names[data["room_id"]] = data["name"]
            if data["room_id"] in self.rooms:
                self.rooms[data["room_id"]].name = data["name"]
        elif kind == "room.deleted":
            self.names.pop(data["room_id"], None)
            self.rooms.pop(data["room_id"], None)

    def _delta(self, delta: JSON) -> None:
        for room in self.rooms.values():
            if delta["run"] in room.runs:
                key = delta["run"], delta["part"]
                have = room.texts.get(key, "")
                if len(have) >= delta["off"]:
                    room.texts[key] = have + delta["text"][len(have) - delta["off"] :]
                else:
                    self.lacking.add(delta["run"])


def taken(snapshot: JSON) -> Room:
    """A room from a fresh snapshot."""
    runs = {run["run_id"]: run for run in snapshot["active_runs"]}
    return Room(
        name=snapshot["room"]["name"],
        messages={message["message_id"]: message for message in snapshot["messages"]},
        runs=runs,
        texts={(run, p["part"]): p["text"] for run, r in runs.items() for p in r["parts"]},
        cursor=(snapshot["epoch"], snapshot["seq"]),
    )


def apply(room: Room, kind: str, data: JSON) -> None:
    """Change a room as an event says; the data is the whole value after the change."""
    if kind in ("message.created", "message.updated"):
        room.messages[data["message_id"]] = data
    elif kind == "message.deleted":
        room.messages.pop(data["message_id"], None)
    elif kind in ("run.started", "run.step"):
        room.runs[data["run_id"]] = data
    elif kind in ENDED:
        room.runs.pop(data["run_id"], None)


What = Literal[
    "create",
    "ask",
    "break",
    "go on",
    "cancel",
    "rename",
    "again",
    "delete",
    "lose",
    "connect",
    "join",
]


@dataclass
class Act:
    """One thing that happens; `n` chooses among what there is, and how much."""

    what: What
    n: int = 0


class House:
    """A server, someone who does things, and someone who watches."""

    def __init__(self, app: App, gate: asyncio.Semaphore) -> None:
        self.app, self.gate = app, gate
        self.actor = app.memory_client()
        self.watcher = Replica(app)
        self.rooms: list[str] = []
        self.runs: list[str] = []
        self.asked: list[str] = []

    async def attempt(self, method: str, params: JSON) -> JSON:
        """Do something that may have become impossible."""
        try:
            done: JSON = await self.actor.call(method, params)
        except CallError as error:
            self.watcher.refused.append(error.error.data.kind)
            return {}
        return done

    def pick(self, there: list[str], n: int) -> str:
        return there[n % len(there)] if there else "none"

    async def do(self, act: Act) -> None:
        room = self.pick(self.rooms, act.n)
        match act.what:
            case "create":
                made = await self.attempt("rooms.create", {"name": f"Room {act.n}"})
                self.rooms.append(made["room_id"])
            case "ask" | "break":
                params = {"query": f"{act.what} {act.n}"}
                if self.rooms:
                    params["room_id"] = room
                self.began(await self.attempt("stream_request", params))
            case "again":
                message = {"message_id": self.pick(self.asked, act.n)}
                self.began(await self.attempt("messages.regenerate", message))
            case "go on":
                await self.go_on(act.n)
            case "cancel":
                await self.attempt("runs.cancel", {"run_id": self.pick(self.runs, act.n)})
            case "rename":
                await self.attempt("rooms.update", {"room_id": room, "name": f"Name {act.n}"})
            case "delete":
                await self.attempt("rooms.delete", {"room_id": room})
            case "lose":
                await self.watcher.lose()
            case "connect":
                await self.watcher.lose()
                await self.watcher.connect()
            case "join":
                await self.watcher.join(room)
        self.watcher.apply_all()

    async def go_on(self, chunks: int) -> None:
        """Let the model say so many chunks, and wait until it has, unless nobody asks it."""
        for _ in range(chunks):
            self.gate.release()
        for _ in range(100_000):
            if self.gate.locked() or not any(map(self.app.services.live_runs.get, self.runs)):
                break
            await turns(1)
        await turns(10)

    def began(self, started: JSON) -> None:
        if started:
            self.runs.append(started["run_id"])
            self.asked.append(started["message_id"])
            if started["room_id"] not in self.rooms:
                self.rooms.append(started["room_id"])

    async def compare(self) -> None:
        """Wait until the watcher holds what a newcomer gets; it must come to that."""
        watcher, newcomer = self.watcher, Replica(self.app)
        await newcomer.connect()
        if watcher.client is None:
            await watcher.connect()
        for room_id in self.rooms:
            if room_id not in watcher.rooms:
                await watcher.join(room_id)
        mine: JSON = {}
        fresh: JSON = {}
        for _ in range(TRIES):
            assert watcher.client is not None
            await watcher.client.call("session.ping")
            await turns(3)
            watcher.apply_all()
            assert not watcher.lacking
            newcomer.rooms = {}
            for room_id in self.rooms:
                await newcomer.join(room_id)
            mine = {key: shown(room) for key, room in watcher.rooms.items()}
            fresh = {key: shown(room) for key, room in newcomer.rooms.items()}
            if mine == fresh:
                break
        assert mine == fresh
        await newcomer.lose()
        other = Replica(self.app)
        await other.connect()
        assert other.names == watcher.names
        await other.lose()


@asynccontextmanager
async def house() -> AsyncIterator[House]:
    limits = Limits(messages_per_minute=1_000_000, connections_per_address=1000)
    gate = asyncio.Semaphore(0)
    with tempfile.TemporaryDirectory() as folder:
        told = Settings(data_dir=Path(folder) / "data", provider="extractive", limits=limits)
        async with asyncio.timeout(60), open_app(told, llm=PacedLLM(script, gate=gate)) as app:
            home = House(app, gate)
            await home.actor.call("session.hello")
            await home.watcher.connect()
            yield home
            await home.watcher.lose()
            await home.actor.close()


acts = st.lists(
    st.builds(Act, what=st.sampled_from(get_args(What)), n=st.integers(0, 6)), max_size=25
)
LONG = [
    Act("ask"), Act("join"), Act("go on", 3), Act("lose"), Act("go on", 2), Act("connect"),
    Act("ask", 1), Act("go on", 4), Act("cancel", 1), Act("rename", 2), Act("again"), Act("break"),
    Act("go on", 6), Act("lose"), Act("create"), Act("delete", 1), Act("go on", 6),
]  # fmt: skip


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(acts)
@example(LONG)
async def test_a_snapshot_plus_later_events_equals_a_fresh_snapshot(history: list[Act]) -> None:
    async with house() as home:
        for act in history:
            await home.do(act)
        await home.compare()
        for _ in range(300):
            home.gate.release()
        for run in home.runs:
            await home.app.services.runner.wait(run)
        await home.compare()
        assert all(not room.runs for room in home.watcher.rooms.values())
        # Of all that was tried only what is gone, or too much at once, may have been refused.
        assert set(home.watcher.refused) <= {"not_found", "rate_limited"}
