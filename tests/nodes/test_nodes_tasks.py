"""Tasks of MCP clients, whose requests go to another node each time."""

import asyncio
from typing import Any

import pytest

from basicchat.mcp.features import tasks
from support.mcp.client import TASKS, Refused, Talk, talking
from support.servers import SECONDS, RunningServer
from support.users import Person


@pytest.fixture(autouse=True)
def fixture_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The conformance suite's tools."""
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")


async def test_questions_of_a_task_are_asked_and_answered_on_every_node(
    server: RunningServer, ada: Person
) -> None:
    async with asyncio.timeout(SECONDS), talking(ada, "http", **TASKS) as client:
        for _ in range(2):
            task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
            questions: dict[str, Any] = {}
            # Of both nodes, whichever works on the task.
            for _ in range(2):
                task = await client.until(task_id, "input_required")
                questions = questions or task["inputRequests"]
                assert task["inputRequests"] == questions
            (key,) = questions
            unfit = {key: {"action": "x"}}
            for _ in range(2):
                with pytest.raises(Refused) as refused:
                    await client.call("tasks/update", taskId=task_id, inputResponses=unfit)
                assert refused.value.data["reason"] == "client_input_invalid"
            yes = {key: {"action": "accept", "content": {"confirm": True}}}
            await client.call("tasks/update", taskId=task_id, inputResponses=yes)
            done = await client.until(task_id, "completed")
            assert done["result"]["content"][0]["text"] == "Deleted"


async def test_a_task_is_followed_on_one_node_and_answered_on_the_other(
    server: RunningServer, ada: Person
) -> None:
    one, other = (Person(node, ada.user, ada.token) for node in server.nodes)
    async with (
        asyncio.timeout(SECONDS),
        talking(one, "http", **TASKS) as here,
        talking(other, "http", **TASKS) as there,
    ):
        task_id = (await here.tool("confirm_delete", filename="a.txt"))["taskId"]
        await there.ask("subscriptions/listen", notifications={"taskIds": [task_id]})
        await there.said("notifications/subscriptions/acknowledged")
        key = next(iter((await there.until(task_id, "input_required"))["inputRequests"]))
        no = {key: {"action": "decline"}}
        await there.call("tasks/update", taskId=task_id, inputResponses=no)
        while True:
            told = (await there.said("notifications/tasks"))["params"]
            if told["status"] == "completed":
                break
        assert told["result"]["content"][0]["text"] == "Kept"


async def test_a_users_tasks_are_limited_over_all_nodes(
    server: RunningServer, ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TASKS_PER_USER", 1)
    one, other = (Person(node, ada.user, ada.token) for node in server.nodes)
    async with (
        asyncio.timeout(SECONDS),
        talking(one, "http", **TASKS) as here,
        talking(other, "http", **TASKS) as there,
        talking(bob, "http", **TASKS) as elsewhere,
    ):

        async def begin(client: Talk) -> str:
            reply = await client.tool("slow_compute", seconds=600)
            return str(reply["taskId"] if "taskId" in reply else reply["content"][0]["text"])

        began = [each for _ in range(3) for each in await asyncio.gather(begin(here), begin(there))]
        (running,) = (each for each in began if each.startswith("t_"))
        assert sum("You already have 1 running tasks" in each for each in began) == 5
        assert (await begin(elsewhere)).startswith("t_")
        await there.call("tasks/cancel", taskId=running)
        await there.until(running, "cancelled")
        assert (await begin(here)).startswith("t_")


async def test_a_task_is_listed_and_cancelled_on_the_other_node(
    server: RunningServer, ada: Person
) -> None:
    one, other = (Person(node, ada.user, ada.token) for node in server.nodes)
    async with asyncio.timeout(SECONDS), talking(one, "http", **TASKS) as client:
        task_id = (await client.tool("slow_compute", seconds=600))["taskId"]
        await client.until(task_id, "working")
        (listed,) = (await other.call("tasks.list"))["tasks"]
        assert listed["task_id"] == task_id
        assert (await other.call("tasks.cancel", task_id=task_id))["status"] == "cancelled"
        assert server.nodes[0].app.services.jobs.open == {"waiting": 0, "running": 0}
        # And as an MCP client.
        again = (await client.tool("slow_compute", seconds=600))["taskId"]
        async with talking(other, "http", **TASKS) as there:
            await there.call("tasks/cancel", taskId=again)
        await client.until(again, "cancelled")
