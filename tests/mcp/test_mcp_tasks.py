"""The tasks extension: the same tasks that the page shows."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from support.mcp.client import TASKS, Refused, Talk, talking
from support.mcp.official_client import LEGACY, Kind, visiting
from support.mcp.wires import WAYS
from support.servers import ANSWER, SECONDS, RunningServer, lift, running, scripted, settings_for
from support.users import Person, key_of, person

pytestmark = pytest.mark.parametrize("way", WAYS)
UNKNOWN = -32602
MISSING = -32021


@pytest.fixture
def gate() -> asyncio.Semaphore:
    """Lets the model speak, a word at a time."""
    return asyncio.Semaphore(0)


@pytest.fixture
async def fixtures(
    tmp_path: Path, gate: asyncio.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RunningServer]:
    """A server with the conformance suite's tools."""
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    async with running(settings_for(tmp_path), scripted(gate)) as here:
        yield here


async def test_a_detached_answer_is_a_task(
    fixtures: RunningServer, gate: asyncio.Semaphore, way: str
) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    async with talking(ada, way, **TASKS) as client, talking(bob, way, **TASKS) as other:
        task = await client.tool("ask", question="Where is food?", detached=True)
        assert (task["resultType"], task["status"]) == ("task", "working")
        (listed,) = (await ada.call("tasks.list"))["tasks"]
        assert listed["task_id"] == task["taskId"]
        await unknown(other, "tasks/get", taskId=task["taskId"])
        lift(gate)
        async with asyncio.timeout(SECONDS):
            done = await client.until(task["taskId"], "completed")
        assert done["result"]["structuredContent"]["answer"] == "".join(ANSWER)


async def test_a_task_is_forgotten_a_week_after_its_end(tmp_path: Path, way: str) -> None:
    clock = FakeClock()
    async with running(settings_for(tmp_path), scripted(), clock) as server:
        ada = await person(server, "Ada")
        # Keys do not lapse with the days.
        key = await key_of(ada, "read", "write")
        async with talking(key, way, **TASKS) as client, asyncio.timeout(SECONDS):
            task = await client.tool("ask", question="Where is food?", detached=True)
            assert timedelta(milliseconds=task["ttlMs"]) == timedelta(days=7)
            await client.until(task["taskId"], "completed")
            clock.advance(timedelta(days=7, minutes=1).total_seconds())
            while await key.fails("tasks.get", task_id=task["taskId"]) == "done":
                pass
            await unknown(client, "tasks/get", taskId=task["taskId"])
        (room,) = (await key.call("rooms.list"))["rooms"]
        messages = (await key.call("messages.list", room_id=room["room_id"]))["messages"]
        assert messages[-1]["text"] == "".join(ANSWER)


async def unknown(client: Talk, method: str, **params: Any) -> None:
    """A request about a task is refused, as one about a task that is not there."""
    with pytest.raises(Refused) as refused:
        await client.call(method, **params)
    assert refused.value.code == UNKNOWN


async def test_cancelling_a_task_stops_the_model(fixtures: RunningServer, way: str) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    async with talking(ada, way, **TASKS) as client, talking(bob, way, **TASKS) as other:
        task = await client.tool("ask", question="Where is food?", detached=True)
        await unknown(other, "tasks/cancel", taskId=task["taskId"])
        await client.call("tasks/cancel", taskId=task["taskId"])
        runner = fixtures.app.services.runner
        async with asyncio.timeout(SECONDS):
            ended = await client.until(task["taskId"], "cancelled")
            await asyncio.gather(*(runner.wait(run) for run in runner._tasks))
        assert "result" not in ended


async def test_an_answer_that_fails_is_a_result(
    fixtures: RunningServer, gate: asyncio.Semaphore, way: str
) -> None:
    lift(gate)
    async with talking(await person(fixtures, "Ada"), way, **TASKS) as client:
        task = await client.tool("ask", question="Please break off", detached=True)
        async with asyncio.timeout(SECONDS):
            done = await client.until(task["taskId"], "completed", "failed")
        assert done["status"] == "completed"
        assert done["result"]["isError"]


async def test_a_protocol_error_is_stored_completely(fixtures: RunningServer, way: str) -> None:
    ada = await person(fixtures, "Ada")
    # It knows tasks, and cannot ask its user anything.
    async with talking(ada, way, extensions=TASKS["extensions"]) as client:
        task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
        async with asyncio.timeout(SECONDS):
            failed = await client.until(task_id, "failed")
    assert failed["error"]["code"] == -32021
    assert failed["error"]["data"]["requiredCapabilities"]["elicitation"] == {}
    assert "result" not in failed


async def test_a_task_asks_for_input_and_continues(fixtures: RunningServer, way: str) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    async with talking(ada, way, **TASKS) as client, talking(bob, way, **TASKS) as other:
        task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
        async with asyncio.timeout(SECONDS):
            waiting = await client.until(task_id, "input_required")
        ((key, question),) = waiting["inputRequests"].items()
        assert question["method"] == "elicitation/create"
        yes = {key: {"action": "accept", "content": {"confirm": True}}}
        wrong = {key: {"action": "accept", "content": {"confirm": "perhaps"}}}
        for who, answers in ((other, yes), (client, wrong)):
            await unknown(who, "tasks/update", taskId=task_id, inputResponses=answers)
        nothing = {"none": {"action": "x"}}
        await client.call("tasks/update", taskId=task_id, inputResponses=nothing)
        await client.call("tasks/update", taskId=task_id, inputResponses=yes)
        async with asyncio.timeout(SECONDS):
            done = await client.until(task_id, "completed")
        assert done["result"]["content"][0]["text"] == "Deleted"


async def test_subscribers_are_notified_of_tasks(fixtures: RunningServer, way: str) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    async with talking(ada, way, **TASKS) as client, talking(bob, way, **TASKS) as other:
        task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
        theirs = (await other.tool("slow_compute", seconds=60))["taskId"]
        await client.ask("subscriptions/listen", notifications={"taskIds": [task_id, theirs]})
        first = await client.said("notifications/subscriptions/acknowledged")
        assert first["params"]["notifications"]["taskIds"] == [task_id]
        async with asyncio.timeout(SECONDS):
            key = next(iter((await client.until(task_id, "input_required"))["inputRequests"]))
        no = {key: {"action": "decline"}}
        await client.call("tasks/update", taskId=task_id, inputResponses=no)
        async with asyncio.timeout(SECONDS):
            while True:
                told = (await client.said("notifications/tasks"))["params"]
                assert told["taskId"] == task_id
                if told["status"] == "completed":
                    break
        assert told["result"]["content"][0]["text"] == "Kept"


NOT_DECLARED: list[tuple[str, dict[str, Any]]] = [
    ("tasks/get", {"taskId": "x"}),
    ("tasks/update", {"taskId": "x", "inputResponses": {}}),
    ("tasks/cancel", {"taskId": "x"}),
    ("subscriptions/listen", {"notifications": {"taskIds": ["x"]}}),
    ("tools/call", {"name": "failing_job", "arguments": {}}),
]


async def test_clients_without_the_extension_get_no_tasks(
    fixtures: RunningServer, way: str
) -> None:
    async with talking(await person(fixtures, "Ada"), way) as client:
        for method, params in NOT_DECLARED:
            with pytest.raises(Refused) as refused:
                await client.call(method, **params)
            assert refused.value.code == MISSING, method


async def test_sessions_have_no_tasks(
    fixtures: RunningServer, gate: asyncio.Semaphore, way: str
) -> None:
    lift(gate)
    async with visiting(await person(fixtures, "Ada"), Kind(way, LEGACY)) as client:
        done = await client.call_tool("slow_compute", {"seconds": 0, "label": "x"})
        assert not done.is_error
        begun = await client.call_tool("ask", {"question": "Where?", "detached": True})
        assert begun.structured_content is not None
        assert begun.structured_content["run_id"]


async def test_tasks_continue_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        async with talking(ada, way, **TASKS) as client, asyncio.timeout(SECONDS):
            task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
            before = await client.until(task_id, "input_required")
    async with running(settings_for(tmp_path)) as server:
        again = Person(server, ada.user, server.app.token(ada.user))
        async with talking(again, way, **TASKS) as client, asyncio.timeout(SECONDS):
            (key,) = (await client.until(task_id, "input_required"))["inputRequests"]
            assert key not in before["inputRequests"]
            answers = {key: {"action": "accept", "content": {"confirm": True}}}
            await client.call("tasks/update", taskId=task_id, inputResponses=answers)
            await client.until(task_id, "completed")
