"""A run is heard to its end, whatever came first of it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from basicchat.client.events import ClientEvent, Delta, Event, Stale
from basicchat.client.pending_request import OnResult
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup

RUN = {"run_id": "r", "room_id": "c", "status": "completed"}
ENDED = {**RUN, "parts": [{"part": 0, "kind": "answer", "text": "Bees dance.", "off": 11}]}


async def test_its_end_is_asked_for_if_a_snapshot_swallowed_it() -> None:
    """Deltas came while the snapshot was on its way, the snapshot has the end, then the reply."""
    told: list[ClientEvent] = []
    asked: list[str] = []
    answer = asyncio.Event()

    async def ask(method: str, params: Mapping[str, Any], on_result: OnResult | None = None) -> Any:
        asked.append(method)
        result: dict[str, Any] = ENDED
        if method == "rooms.join":
            await answer.wait()
            result = {"epoch": "e", "seq": 9, "messages": [], "active_runs": []}
        if on_result is not None:
            on_result(result)
        return result

    tasks = TaskGroup()
    streams = Streams(told.append, ask, lambda: None, tasks)
    joining = asyncio.create_task(streams.join("c"))
    await asyncio.sleep(0)
    streams.receive("delta", {"run": "r", "part": 0, "kind": "answer", "off": 0, "text": "Bees"})
    answer.set()
    await joining
    streams.accepted({"run_id": "r", "room_id": "c", "epoch": "e", "seq": 4})
    await tasks.drain()
    assert asked == ["rooms.join", "runs.get"]
    assert "".join(each.text for each in told if isinstance(each, Delta)) == "Bees dance."
    assert [each.type for each in told if isinstance(each, Event)] == ["run.completed"]


async def test_streams_of_another_user_are_declared_stale() -> None:
    told: list[ClientEvent] = []

    async def ask(method: str, params: Mapping[str, Any], on_result: OnResult | None = None) -> Any:
        raise AssertionError(method)

    streams = Streams(told.append, ask, lambda: None, TaskGroup())
    streams.restore("u", {"user:u": {"recovered": False, "epoch": "a", "seq": 1}})
    assert told == []
    streams.restore("v", {"user:v": {"recovered": False, "epoch": "b", "seq": 1}})
    assert told == [Stale(stream="user:v")]
    assert set(streams.resume()["cursors"]) == {"user:v"}


async def test_a_stream_awaiting_a_snapshot_is_not_resumed() -> None:
    """Or its replay, which grows, would stand before the snapshot on each new connection."""
    answer = asyncio.Event()
    snapshot = {"epoch": "e", "seq": 9, "messages": [], "active_runs": []}

    async def ask(method: str, params: Mapping[str, Any], on_result: OnResult | None = None) -> Any:
        await answer.wait()
        if on_result is not None:
            on_result(snapshot)
        return snapshot

    tasks = TaskGroup()
    streams = Streams(lambda event: None, ask, lambda: None, tasks)
    own = {"recovered": True, "epoch": "u", "seq": 1}
    streams.restore("u", {"user:u": own})
    streams.accepted({"run_id": "r", "room_id": "c", "epoch": "e", "seq": 4})
    assert set(streams.resume()["cursors"]) == {"user:u", "room:c"}
    streams.restore("u", {"user:u": own, "room:c": {"recovered": False, "epoch": "e", "seq": 8}})
    assert set(streams.resume()["cursors"]) == {"user:u"}
    answer.set()
    await tasks.drain()
    assert streams.resume()["cursors"]["room:c"].seq == 9
