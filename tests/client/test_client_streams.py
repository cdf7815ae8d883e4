"""An old snapshot and the events since are a fresh snapshot, whatever way the events took."""

import asyncio
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from basicchat.client.events import ClientEvent, Delta, Event, Snapshot
from basicchat.client.pending_request import OnResult
from basicchat.client.session import Session
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup

ROOM, STREAM = "c", "room:c"
Step = tuple[str, int]


class Reader:
    """Somebody who knows a room only by what the client tells; and the server's side of it."""

    def __init__(self) -> None:
        self.log: list[int] = []
        self.epoch = 0
        self.knows: list[int] = []
        self.tasks = TaskGroup()
        self.streams = Streams(self.hear, self.ask, lambda: None, self.tasks)
        self.asked = 0

    def hear(self, event: ClientEvent) -> None:
        if isinstance(event, Snapshot):
            self.knows = list(event.data["messages"])
        elif isinstance(event, Event):
            assert event.seq == len(self.knows) + 1, "doubled, or missing"
            self.knows.append(event.seq)

    async def ask(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Any:
        assert (method, params) == ("rooms.join", {"room_id": ROOM})
        self.asked += 1
        await asyncio.sleep(0)
        result = {**self.place(len(self.log)), "messages": list(self.log), "active_runs": []}
        if on_result is not None:
            on_result(result)
        return result

    def place(self, seq: int) -> dict[str, Any]:
        return {"epoch": f"e{self.epoch}", "seq": seq}

    def deliver(self, first: int, last: int) -> None:
        """Have events come in one frame, whether they are due or not."""
        events = [
            {"seq": seq, "type": "message.created", "data": {}} for seq in self.log[first:last]
        ]
        if events:
            frame = {"stream": STREAM, "epoch": f"e{self.epoch}", "events": events}
            self.streams.receive("events", frame)

    async def take(self, step: Step) -> None:
        what, n = step
        if what == "happens":
            self.log += range(len(self.log) + 1, len(self.log) + n + 1)
        elif what == "comes":
            self.deliver(max(0, len(self.log) - n), len(self.log))
        elif what == "comes late":
            self.deliver(0, max(0, len(self.log) - n))
        elif what == "comes back":
            known = self.streams.followed().get(STREAM)
            recovered = known is not None and known.epoch == f"e{self.epoch}"
            state = {"recovered": recovered, **self.place(len(self.log))}
            self.streams.restore("u", {STREAM: state})
            if recovered and known is not None:
                self.deliver(known.seq, len(self.log))
        elif what == "is trimmed":
            self.epoch += 1
        for _ in range(n % 3):
            await asyncio.sleep(0)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["happens", "comes", "comes late", "comes back", "is trimmed"]),
        st.integers(1, 6),
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_the_known_messages_equal_the_servers(steps: list[Step]) -> None:
    async def live() -> None:
        reader = Reader()
        await reader.streams.join(ROOM)
        for step in steps:
            await reader.take(step)
        await reader.tasks.drain()
        await reader.take(("comes back", 1))
        await reader.tasks.drain()
        assert reader.knows == reader.log
        assert reader.streams.resume()["cursors"][STREAM].seq == len(reader.log)

    asyncio.run(live())


def test_a_session_is_described_by_the_last_welcome() -> None:
    session = Session()
    assert session.resume is None
    session.update({"session_id": "s", "resume_token": "t", "user": {"id": "u"}, "extra": 1})
    assert session.resume == {"session_id": "s", "resume_token": "t"}
    assert (session.user, session.heartbeat_seconds) == ({"id": "u"}, 25.0)
    session.forget()
    assert session.resume is None


class States:
    """A server whose room has one run, in the states that are still to be told."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.asked: list[str] = []
        self.go = asyncio.Event()
        self.ends: list[str] = []
        self.text = ""
        self.tasks = TaskGroup()
        self.streams = Streams(self.hear, self.ask, lambda: None, self.tasks)

    def hear(self, event: ClientEvent) -> None:
        if isinstance(event, Delta):
            self.text += event.text
        elif isinstance(event, Event):
            self.ends.append(event.type)

    async def ask(
        self, method: str, params: Mapping[str, Any], on_result: OnResult | None = None
    ) -> Any:
        self.asked.append(method)
        result: dict[str, Any] = {"epoch": "e", "seq": 9, "messages": [], "active_runs": []}
        if method == "runs.get":
            result = {**ENDED, "status": self.states.pop(0)}
            await self.go.wait()
        if on_result is not None:
            on_result(result)
        return result

    async def settled(self) -> None:
        """Let all requests be answered."""
        self.go.set()
        for _ in range(20):
            await asyncio.sleep(0)


TEXT = "Bees dance."
ENDED = {
    "run_id": "r",
    "room_id": ROOM,
    "parts": [{"part": 0, "kind": "answer", "text": TEXT, "off": len(TEXT)}],
}
GAP = {"run": "r", "part": 0, "kind": "answer", "off": 5, "text": "dance"}
ACCEPTED = {"run_id": "r", "room_id": ROOM, "epoch": "e", "seq": 9}


async def test_a_run_fetched_because_of_a_gap_ends_by_its_event() -> None:
    server = States("completed")
    server.streams.accepted(ACCEPTED)
    server.streams.receive("delta", GAP)
    await server.settled()
    assert (server.text, server.ends) == (TEXT, [])
    end = {"seq": 10, "type": "run.completed", "data": ENDED}
    server.streams.receive("events", {"stream": STREAM, "epoch": "e", "events": [end]})
    assert server.ends == ["run.completed"]


async def test_a_run_that_a_snapshot_passes_over_is_fetched_again() -> None:
    server = States("running", "completed")
    server.streams.accepted(ACCEPTED)
    server.streams.receive("delta", GAP)
    await asyncio.sleep(0)
    await server.streams.join(ROOM)
    await server.settled()
    assert server.asked == ["runs.get", "rooms.join", "runs.get"]
    assert server.ends == ["run.completed"]
