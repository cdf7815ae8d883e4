"""PROTOCOL §4.6: an old snapshot and the events since are a fresh snapshot, whatever happened.

The folding here is what a client has to do, and all that it has to do.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from basicchat.app import App
from basicchat.domain.chat import ChatRequest, Finish, ModelChunk
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.rooms import SMALL_ROOM
from basicchat.domain.turns import Outcome
from basicchat.domain.values import User
from basicchat.testing.scripted_llm import PacedLLM
from basicchat.transports.memory import CallError, MemoryClient
from support.quick_app import open_quick_app
from support.servers import ANSWER, settings_for

JSON = dict[str, Any]
SECONDS = 60.0
RUN_FIELDS = ("run_id", "message_id", "parent_id", "model", "provider", "reasoning_mode", "steps")


class HaltingLLM(PacedLLM):
    """Answers; "break" breaks off; "stuck" says all but its end, and `halts` tells of it."""

    def __init__(self) -> None:
        broken = [*ANSWER[:2], UpstreamUnavailable("It broke off", provider="scripted")]
        super().__init__({"break": broken, "": ANSWER})
        self.halts: asyncio.Queue[None] = asyncio.Queue(1000)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ModelChunk, None]:
        async for chunk in super().stream(request):
            if isinstance(chunk, Finish) and "stuck" in request.question:
                self.halts.put_nowait(None)
                await asyncio.Event().wait()
            yield chunk


class Fold:
    """What a client knows: from snapshots, and from what it has heard since."""

    def __init__(self, client: MemoryClient) -> None:
        self.client = client
        self.room: JSON = {}
        self.rooms: dict[str, JSON] = {}
        self.documents: dict[str, JSON] = {}
        self.tasks: dict[str, JSON] = {}
        self.types: set[str] = set()
        self._seqs: dict[str, int] = {}

    async def look(self, room_id: str | None) -> "Fold":
        """Take fresh snapshots."""
        if room_id is not None:
            # Joining may mark the room as read: the second snapshot is after that.
            await self.client.call("rooms.join", {"room_id": room_id})
            self.room = view(await self.client.call("rooms.join", {"room_id": room_id}))
        rooms = (await self.client.call("rooms.list"))["rooms"]
        documents = (await self.client.call("documents.list", {"limit": 200}))["documents"]
        tasks = (await self.client.call("tasks.list", {"limit": 200}))["tasks"]
        self.rooms = {each["room_id"]: listed(each) for each in rooms}
        self.documents = {each["document_id"]: each for each in documents}
        self.tasks = {each["task_id"]: each for each in tasks}
        return self

    async def catch_up(self) -> None:
        """Hear all that has been sent: a reply comes behind it."""
        await self.client.call("session.ping")
        with suppress(TimeoutError):
            while True:
                name, params = await self.client.next_note(0.001)
                self._hear(name, params)

    def _hear(self, name: str, params: JSON) -> None:
        if name == "delta":
            self._append(params)
        for event in params["events"] if name == "events" else ():
            stream, seq = params["stream"], event["seq"]
            assert seq == self._seqs.get(stream, seq - 1) + 1
            self._seqs[stream] = seq
            self.types.add(event["type"])
            if stream.startswith("room:"):
                self._hear_room(event["type"], event["data"])
            else:
                self._hear_own(event["type"], event["data"])

    def _append(self, delta: JSON) -> None:
        parts = self.room["runs"][delta["run"]]["parts"]
        part = parts.setdefault(delta["part"], {"kind": delta["kind"], "text": ""})
        assert len(part["text"]) >= delta["off"]
        part["text"] += delta["text"][len(part["text"]) - delta["off"] :]

    def _hear_room(self, kind: str, data: JSON) -> None:
        members = self.room["members"]
        match kind:
            case "message.created" | "message.updated" | "message.deleted":
                self.room["messages"][data["message_id"]] = data
                author = members.get(data["author"]["id"])
                if kind == "message.created" and author and 1 < len(members) <= SMALL_ROOM:
                    author["read_seq"] = max(author.get("read_seq", 0), data["seq"])
            case "feedback.set":
                message = self.room["messages"][data["message_id"]]
                feedback = {**message.get("feedback", {})}
                feedback.pop(data["user_id"], None)
                if data["value"] is not None:
                    said = {name: data[name] for name in ("value", "comment") if name in data}
                    feedback[data["user_id"]] = said
                self.room["messages"][data["message_id"]] = with_feedback(message, feedback)
            case "run.started" | "run.step":
                known = self.room["runs"].get(data["run_id"], {"parts": {}})
                shown = {name: data[name] for name in RUN_FIELDS}
                self.room["runs"][data["run_id"]] = shown | {"parts": known["parts"]}
            case "run.completed" | "run.failed" | "run.cancelled" | "run.interrupted":
                self.room["runs"].pop(data["run_id"], None)
            case "member.joined" | "member.changed":
                members[data["id"]] = data
            case "member.left":
                members.pop(data["id"])
            case _:
                raise AssertionError(kind)

    def _hear_own(self, kind: str, data: JSON) -> None:
        match kind:
            case "room.updated":
                self.rooms[data["room_id"]] = listed(data)
                if data["room_id"] == self.room.get("room_id"):
                    self.room["name"] = data["name"]
            case "room.deleted":
                self.rooms.pop(data["room_id"], None)
            case "document.added" | "document.updated":
                self.documents[data["document_id"]] = data
            case "document.removed":
                gone = self.documents.pop(data["document_id"])
                self.tasks.pop(gone.get("task_id", ""), None)
            case "task.updated":
                self.tasks[data["task_id"]] = data
            case _:
                raise AssertionError(kind)


def view(snapshot: JSON) -> JSON:
    """A room's snapshot, by the ids of what is in it."""
    runs = {}
    for run in snapshot["active_runs"]:
        parts = {p["part"]: {"kind": p["kind"], "text": p["text"]} for p in run["parts"]}
        runs[run["run_id"]] = {name: run[name] for name in RUN_FIELDS} | {"parts": parts}
    return {
        "room_id": snapshot["room"]["room_id"],
        "name": snapshot["room"]["name"],
        "members": {each["id"]: each for each in snapshot["members"]},
        "messages": {each["message_id"]: each for each in snapshot["messages"]},
        "runs": runs,
    }


def listed(room: JSON) -> JSON:
    """A room in a list, without what its own stream tells."""
    return {name: value for name, value in room.items() if name != "last_seq"}


def with_feedback(message: JSON, feedback: JSON) -> JSON:
    plain = {name: value for name, value in message.items() if name != "feedback"}
    return plain | ({"feedback": feedback} if feedback else {})


@dataclass
class Act:
    """What somebody does; `number` chooses of what, or how."""

    what: str
    who: str = "ann"
    number: int = 0


@dataclass
class Play:
    """A room, and those who act in it."""

    app: App
    llm: HaltingLLM
    folder: Path
    room_id: str
    clients: dict[str, MemoryClient]
    ids: dict[str, str]
    files: "count[int]"
    documents: list[str] = field(default_factory=list)

    async def do(self, act: Act) -> None:
        """Try it; not everyone may do everything."""
        with suppress(CallError):
            await getattr(self, act.what)(self.clients[act.who], act.number)

    async def _message(self, number: int) -> str:
        page = await self.app.store.messages(self.room_id, None, 200)
        return page[number % len(page)].message_id if page else "m_none"

    async def _ask(self, client: MemoryClient, text: str) -> None:
        await client.call("query", {"query": f"@assistant {text}", "room_id": self.room_id})

    async def say(self, client: MemoryClient, number: int) -> None:
        await client.call("query", {"query": f"Hello {number}", "room_id": self.room_id})

    async def ask(self, client: MemoryClient, number: int) -> None:
        await self._ask(client, f"why {number}?")

    async def fail(self, client: MemoryClient, number: int) -> None:
        await self._ask(client, "break")

    async def stick(self, client: MemoryClient, number: int) -> None:
        query = {"query": "@assistant stuck", "room_id": self.room_id}
        await client.call("stream_request", query)
        await self.llm.halts.get()

    async def cancel(self, client: MemoryClient, number: int) -> None:
        for run in self.app.services.live_runs.in_room(self.room_id)[:1]:
            await client.call("runs.cancel", {"run_id": run.run_id})

    async def interrupt(self, client: MemoryClient, number: int) -> None:
        for run in self.app.services.live_runs.in_room(self.room_id)[:1]:
            await self.app.services.run_streams.finish(run.run_id, Outcome(status="interrupted"))
            self.app.services.runner.cancel(run.run_id)
            await self.app.services.runner.wait(run.run_id)

    async def go_on(self, client: MemoryClient, number: int) -> None:
        message = await self.app.store.message(await self._message(number))
        if message is not None and message.run_id is not None:
            run = await client.call("runs.continue", {"run_id": message.run_id})
            await self._settled(run)

    async def regenerate(self, client: MemoryClient, number: int) -> None:
        named = {"message_id": await self._message(number)}
        await self._settled(await client.call("messages.regenerate", named))

    async def _settled(self, run: JSON) -> None:
        """Wait for a run to end, or to be stuck."""
        ended = asyncio.ensure_future(self.app.services.runner.wait(run["run_id"]))
        halted = asyncio.ensure_future(self.llm.halts.get())
        await asyncio.wait([ended, halted], return_when=asyncio.FIRST_COMPLETED)
        for each in (ended, halted):
            each.cancel()

    async def edit(self, client: MemoryClient, number: int) -> None:
        named = {"message_id": await self._message(number)}
        await client.call("messages.edit", {**named, "text": f"Edited {number}"})

    async def delete(self, client: MemoryClient, number: int) -> None:
        await client.call("messages.delete", {"message_id": await self._message(number)})

    async def rate(self, client: MemoryClient, number: int) -> None:
        given = {"value": ("up", "down", None)[number % 3], "comment": ("x", None)[number % 2]}
        await client.call("feedback.set", {"message_id": await self._message(number), **given})

    async def read(self, client: MemoryClient, number: int) -> None:
        await client.call("rooms.read", {"room_id": self.room_id, "seq": number * 5})

    async def invite(self, client: MemoryClient, number: int) -> None:
        user_id = self.ids[("ben", "carl", "ann")[number % 3]]
        role = ("member", "viewer", "owner")[number // 3 % 3]
        params = {"room_id": self.room_id, "user_id": user_id, "role": role}
        await client.call("rooms.invite", params)

    async def remove(self, client: MemoryClient, number: int) -> None:
        user_id = self.ids[("ben", "carl")[number % 2]]
        await client.call("rooms.remove", {"room_id": self.room_id, "user_id": user_id})

    async def rename(self, client: MemoryClient, number: int) -> None:
        await client.call("rooms.update", {"room_id": self.room_id, "name": f"Name {number}"})

    async def another(self, client: MemoryClient, number: int) -> None:
        room = await client.call("rooms.create", {"name": "Another"})
        if number % 2:
            await client.call("rooms.delete", {"room_id": room["room_id"]})

    async def upload(self, client: MemoryClient, number: int) -> None:
        path = self.folder / f"upload-{next(self.files)}.txt"
        path.write_text(f"Text {path}")
        owner = self.app.owner.id
        arrival = await self.app.services.documents.add(owner, path, path.name, "text/plain")
        await self.app.services.jobs.wait({arrival.task_id})
        self.documents.append(arrival.document_id)

    async def discard(self, client: MemoryClient, number: int) -> None:
        if self.documents:
            await client.call("documents.delete", {"document_id": self.documents.pop()})


@dataclass
class Stage:
    """What all plays share."""

    app: App
    llm: HaltingLLM
    folder: Path
    files: "count[int]"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    llm = HaltingLLM()
    async with open_quick_app(settings_for(tmp_path), llm=llm) as app:
        async with app.store.transaction() as change:
            for name in ("Ben", "Carl"):
                user = User(id=name.lower(), name=name, role="member")
                await change.put_user(user, app.services.clock.now())
        yield Stage(app, llm, tmp_path, count())


async def connect(app: App, user_id: str) -> MemoryClient:
    user = await app.store.user(user_id)
    assert user is not None
    client = MemoryClient(app.server_context.connect, app.token(user))
    await client.call("session.hello")
    return client


def act(*whats: str) -> st.SearchStrategy[Act]:
    who = st.sampled_from(["ann", "ann", "ben", "carl"])
    return st.builds(Act, what=st.sampled_from(whats), who=who, number=st.integers(0, 8))


ACTS = (
    act("say", "ask", "stick", "fail", "cancel", "interrupt", "go_on", "regenerate")
    | act("edit", "delete", "rate", "read")
    | act("invite", "remove", "rename", "another", "upload", "discard")
)
EVERYTHING = [
    Act("invite", number=0), Act("invite", number=4), Act("say", "ben"), Act("ask", "ben", 1),
    Act("stick"), Act("cancel", "ben"), Act("stick"), Act("interrupt"), Act("fail"),
    Act("go_on", number=4), Act("edit", "ann", 0), Act("edit", "ben", 0), Act("rate", "ben", 2),
    Act("rate", "ben", 1), Act("delete", "ben", 1), Act("read", "ben", 3), Act("invite", number=3),
    Act("rename"), Act("another", number=1), Act("upload"), Act("upload"), Act("discard"),
    Act("remove", number=1), Act("stick"), Act("remove", "ben"), Act("say"),
]  # fmt: skip


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTS, max_size=16), st.integers(0, 8))
@example(EVERYTHING, 0)
@example(EVERYTHING, 6)
@example([Act("invite"), Act("ask"), Act("remove"), Act("say")], 0)
async def test_old_snapshots_and_the_events_since_are_fresh_ones(
    stage: Stage, acts: list[Act], before: int
) -> None:
    types = await played(stage, acts, before)
    if acts is EVERYTHING and before == 0:
        assert types == {
            "message.created", "message.updated", "message.deleted",
            "run.started", "run.step", "run.completed", "run.failed", "run.cancelled",
            "run.interrupted", "member.joined", "member.left", "member.changed", "room.updated",
            "room.deleted", "document.added", "document.updated", "document.removed",
            "task.updated", "feedback.set",
        }  # fmt: skip


async def played(stage: Stage, acts: list[Act], before: int) -> set[str]:
    """Play, with an observer from some act on, and one who follows nothing but their own."""
    app = stage.app
    ids = {"ann": app.owner.id, "ben": "ben", "carl": "carl"}
    clients = {name: await connect(app, user_id) for name, user_id in ids.items()}
    room_id = (await clients["ann"].call("rooms.create", {"name": "Room"}))["room_id"]
    play = Play(app, stage.llm, stage.folder, room_id, clients, ids, stage.files)
    others: list[MemoryClient] = []

    async def observer(user_id: str) -> Fold:
        others.append(await connect(app, user_id))
        return Fold(others[-1])

    async with asyncio.timeout(SECONDS):
        for one in acts[:before]:
            await play.do(one)
        ann = await (await observer(ids["ann"])).look(room_id)
        ben = await (await observer("ben")).look(None)
        for one in acts[before:]:
            await play.do(one)
        fresh = await (await observer(ids["ann"])).look(room_id)
        freshly = await (await observer("ben")).look(None)
        for old, new in ((ann, fresh), (ben, freshly)):
            await old.catch_up()
            assert old.room == new.room
            assert old.rooms == new.rooms
            assert old.documents == new.documents
            assert old.tasks == new.tasks
        for run in app.services.live_runs.in_room(room_id):
            app.services.runner.cancel(run.run_id)
        for client in (*clients.values(), *others):
            await client.close()
    return ann.types
