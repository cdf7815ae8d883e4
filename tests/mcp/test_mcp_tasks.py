"""The tasks extension: the same tasks that the page shows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conversing import LEGACY, visiting
from modern import Modern, Refused
from people import Person, person
from running import ANSWER, SECONDS, Running, lift, running, scripted, settings_for

UNKNOWN = -32602
MISSING = -32021


@pytest.fixture
def gate() -> asyncio.Semaphore:
    """Lets the model speak, a word at a time."""
    return asyncio.Semaphore(0)


@pytest.fixture
async def fixtures(
    tmp_path: Path, gate: asyncio.Semaphore, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """A server with the conformance suite's tools."""
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    async with running(settings_for(tmp_path), scripted(gate)) as here:
        yield here


async def test_a_detached_answer_is_a_task(fixtures: Running, gate: asyncio.Semaphore) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    client = Modern(ada)
    task = await client.tool("ask", question="Where is food?", detached=True)
    assert (task["resultType"], task["status"]) == ("task", "working")
    (listed,) = (await ada.call("tasks.list"))["tasks"]
    assert listed["task_id"] == task["taskId"]
    with pytest.raises(Refused) as refused:
        await Modern(bob).call("tasks/get", taskId=task["taskId"])
    assert refused.value.code == UNKNOWN
    lift(gate)
    async with asyncio.timeout(SECONDS):
        done = await client.until(task["taskId"], "completed")
    assert done["result"]["structuredContent"]["answer"] == "".join(ANSWER)


async def test_cancelling_a_task_stops_the_model(fixtures: Running) -> None:
    ada = await person(fixtures, "Ada")
    client = Modern(ada)
    task = await client.tool("ask", question="Where is food?", detached=True)
    with pytest.raises(Refused) as refused:
        await Modern(await person(fixtures, "Bob")).call("tasks/cancel", taskId=task["taskId"])
    assert refused.value.code == UNKNOWN
    await client.call("tasks/cancel", taskId=task["taskId"])
    async with asyncio.timeout(SECONDS):
        ended = await client.until(task["taskId"], "cancelled")
        await asyncio.gather(
            *(fixtures.app.services.runner.wait(run) for run in fixtures.app.services.runner._tasks)
        )
    assert "result" not in ended


async def test_an_answer_that_fails_is_a_result(fixtures: Running, gate: asyncio.Semaphore) -> None:
    lift(gate)
    client = Modern(await person(fixtures, "Ada"))
    task = await client.tool("ask", question="Please break off", detached=True)
    async with asyncio.timeout(SECONDS):
        done = await client.until(task["taskId"], "completed", "failed")
    assert done["status"] == "completed"
    assert done["result"]["isError"]


async def test_a_task_asks_and_goes_on(fixtures: Running) -> None:
    ada, bob = await person(fixtures, "Ada"), await person(fixtures, "Bob")
    client = Modern(ada)
    task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
    async with asyncio.timeout(SECONDS):
        waiting = await client.until(task_id, "input_required")
    ((key, question),) = waiting["inputRequests"].items()
    assert question["method"] == "elicitation/create"
    yes = {key: {"action": "accept", "content": {"confirm": True}}}
    wrong = {key: {"action": "accept", "content": {"confirm": "perhaps"}}}
    for who, answers in ((Modern(bob), yes), (client, wrong)):
        with pytest.raises(Refused) as refused:
            await who.call("tasks/update", taskId=task_id, inputResponses=answers)
        assert refused.value.code == UNKNOWN
    await client.call("tasks/update", taskId=task_id, inputResponses={"none": {"action": "x"}})
    await client.call("tasks/update", taskId=task_id, inputResponses=yes)
    async with asyncio.timeout(SECONDS):
        done = await client.until(task_id, "completed")
    assert done["result"]["content"][0]["text"] == "Deleted"


async def test_who_listens_is_told(fixtures: Running) -> None:
    ada = await person(fixtures, "Ada")
    client = Modern(ada)
    task_id = (await client.tool("confirm_delete", filename="a.txt"))["taskId"]
    other = (await Modern(await person(fixtures, "Bob")).tool("slow_compute", seconds=60))["taskId"]
    async with client.listen(taskIds=[task_id, other]) as notes, asyncio.timeout(SECONDS):
        first = await anext(notes)
        assert first["params"]["notifications"]["taskIds"] == [task_id]
        key = next(iter((await client.until(task_id, "input_required"))["inputRequests"]))
        no = {key: {"action": "decline"}}
        await client.call("tasks/update", taskId=task_id, inputResponses=no)
        async for note in notes:
            assert note["method"] == "notifications/tasks"
            assert note["params"]["taskId"] == task_id
            if note["params"]["status"] == "completed":
                assert note["params"]["result"]["content"][0]["text"] == "Kept"
                break


NOT_DECLARED: list[tuple[str, dict[str, Any]]] = [
    ("tasks/get", {"taskId": "x"}),
    ("tasks/update", {"taskId": "x", "inputResponses": {}}),
    ("tasks/cancel", {"taskId": "x"}),
    ("subscriptions/listen", {"notifications": {"taskIds": ["x"]}}),
    ("tools/call", {"name": "failing_job", "arguments": {}}),
]


@pytest.mark.parametrize(("method", "params"), NOT_DECLARED, ids=[row[0] for row in NOT_DECLARED])
async def test_who_does_not_know_tasks_gets_none(
    fixtures: Running, method: str, params: dict[str, Any]
) -> None:
    client = Modern(await person(fixtures, "Ada"), {})
    with pytest.raises(Refused) as refused:
        await client.call(method, **params)
    assert (refused.value.code, refused.value.status) == (MISSING, 400)


async def test_sessions_know_no_tasks(fixtures: Running, gate: asyncio.Semaphore) -> None:
    lift(gate)
    async with visiting(await person(fixtures, "Ada"), LEGACY) as client:
        done = await client.call_tool("slow_compute", {"seconds": 0, "label": "x"})
        assert not done.is_error
        begun = await client.call_tool("ask", {"question": "Where?", "detached": True})
        assert begun.structured_content is not None
        assert begun.structured_content["run_id"]


async def test_a_restart_takes_tasks_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASICCHAT_MCP_FIXTURES", "1")
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        task_id = (await Modern(ada).tool("confirm_delete", filename="a.txt"))["taskId"]
        async with asyncio.timeout(SECONDS):
            before = await Modern(ada).until(task_id, "input_required")
    async with running(settings_for(tmp_path)) as server:
        client = Modern(Person(server, ada.user, server.app.token(ada.user)))
        async with asyncio.timeout(SECONDS):
            again = await client.until(task_id, "input_required")
            (key,) = again["inputRequests"]
            assert key not in before["inputRequests"]
            answers = {key: {"action": "accept", "content": {"confirm": True}}}
            await client.call("tasks/update", taskId=task_id, inputResponses=answers)
            await client.until(task_id, "completed")
