"""The tool `ask`, in both eras: the answer, its progress, and its end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest

from basicchat.llm.extractive import Extractive
from support.mcp.official_client import Kind, add, every_kind, text_of, visiting
from support.servers import ANSWER, SECONDS, eventually, lift, running, scripted, settings_for
from support.users import Person, person

BEES = b"Bees dance to tell where food is.\n"
WASPS = b"Wasps build nests of paper.\n"


@pytest.fixture
def gate() -> asyncio.Semaphore:
    """Lets the model speak, a word at a time."""
    return asyncio.Semaphore(0)


@pytest.fixture
async def asker(tmp_path: Path, gate: asyncio.Semaphore) -> AsyncIterator[Person]:
    """Somebody on a server whose model waits for the gate."""
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        yield await person(server, "Ada")


@pytest.fixture
async def quoter(tmp_path: Path) -> AsyncIterator[Person]:
    """Somebody on a server without a model."""
    async with running(settings_for(tmp_path), Extractive()) as server:
        yield await person(server, "Ada")


@every_kind
async def test_an_answer_has_citations_and_links(quoter: Person, kind: Kind) -> None:
    document_id = await add(quoter, "bees.txt", BEES)
    async with visiting(quoter, kind) as client:
        asked = {"question": "How do bees tell where food is?"}
        result = await client.call_tool("ask", asked)
    told = result.structured_content
    assert told is not None
    assert told["status"] == "completed"
    assert told["citations"][0]["quote"] in BEES.decode()
    assert told["answer"] in text_of(result)
    links = {each.uri for each in result.content if isinstance(each, types.ResourceLink)}
    assert links == {
        f"basicchat://document/{document_id}",
        f"basicchat://conversation/{told['conversation_id']}",
    }


@every_kind
async def test_progress_carries_the_text_so_far(
    asker: Person, gate: asyncio.Semaphore, kind: Kind
) -> None:
    heard: list[tuple[float, str]] = []
    begun = asyncio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, message or ""))
        if message == ANSWER[0] + ANSWER[1]:
            begun.set()

    async with visiting(asker, kind) as client, asyncio.TaskGroup() as group:
        asked = {"question": "Where is food?"}
        asking = group.create_task(client.call_tool("ask", asked, progress_callback=note))
        lift(gate, 2)
        async with asyncio.timeout(SECONDS):
            await begun.wait()
        lift(gate)
        result = await asking
    assert text_of(result).startswith("".join(ANSWER))
    numbers = [number for number, _ in heard]
    assert numbers == sorted(set(numbers))


@every_kind
async def test_steps_are_log_messages(asker: Person, gate: asyncio.Semaphore, kind: Kind) -> None:
    lines: asyncio.Queue[types.LoggingMessageNotificationParams] = asyncio.Queue()

    async def note(params: types.LoggingMessageNotificationParams) -> None:
        lines.put_nowait(params)

    wanted: Any = {"logging_callback": note, "log_level": "info"}
    async with visiting(asker, kind, **wanted) as client, asyncio.TaskGroup() as group:
        asking = group.create_task(client.call_tool("ask", {"question": "Where is food?"}))
        async with asyncio.timeout(SECONDS):
            line = await lines.get()
        assert (line.level, line.logger) == ("info", "basicchat")
        assert str(line.data).startswith("search")
        lift(gate)
        await asking


@every_kind
async def test_cancelling_stops_the_model(
    asker: Person, gate: asyncio.Semaphore, kind: Kind
) -> None:
    runner = asker.server.app.server_context.router.services.runner
    async with visiting(asker, kind) as client:
        asking = asyncio.create_task(client.call_tool("ask", {"question": "Where is food?"}))
        await eventually(lambda: bool(runner._tasks))
        asking.cancel()
        await eventually(lambda: not runner._tasks)
    rooms = (await asker.call("rooms.list"))["rooms"]
    messages = (await asker.call("messages.list", room_id=rooms[0]["room_id"]))["messages"]
    assert messages[-1]["run_status"] == "cancelled"


@every_kind
async def test_an_idempotency_key_gives_one_answer(
    asker: Person, gate: asyncio.Semaphore, kind: Kind
) -> None:
    lift(gate)
    asked = {"question": "Where is food?", "idempotency_key": "k1"}
    async with visiting(asker, kind) as client:
        first = await client.call_tool("ask", asked)
        assert (await client.call_tool("ask", asked)).structured_content == first.structured_content
        other = await client.call_tool("ask", {**asked, "question": "What else?"})
        assert other.is_error
        assert "was used for something else" in text_of(other)


@every_kind
async def test_a_detached_answer_can_be_read_later(
    asker: Person, gate: asyncio.Semaphore, kind: Kind
) -> None:
    async with visiting(asker, kind) as client:
        begun = await client.call_tool("ask", {"question": "Where is food?", "detached": True})
        assert begun.structured_content is not None
        assert begun.structured_content["status"] == "running"
        run_id = begun.structured_content["run_id"]
        lift(gate)
        await asker.server.app.server_context.router.services.runner.wait(run_id)
        read = await client.call_tool("read_answer", {"run_id": run_id})
        assert read.structured_content is not None
        assert read.structured_content["answer"] == "".join(ANSWER)
    bob = await person(asker.server, "Bob")
    async with visiting(bob, kind) as client:
        refused = await client.call_tool("read_answer", {"run_id": run_id})
        assert refused.is_error
        assert text_of(refused) == "There is no such run"


@every_kind
async def test_errors_are_results(asker: Person, gate: asyncio.Semaphore, kind: Kind) -> None:
    lift(gate)
    async with visiting(asker, kind) as client:
        broken = await client.call_tool("ask", {"question": "Please break off"})
        assert broken.is_error
        assert text_of(broken).startswith("It broke off")
        unknown = await client.call_tool("ask", {"question": "x", "mode": "guessing"})
        assert unknown.is_error
        assert "guessing" in text_of(unknown)


@every_kind
async def test_the_clients_model_answers_without_a_server_model(quoter: Person, kind: Kind) -> None:
    await add(quoter, "bees.txt", BEES)
    prompts: list[str] = []

    async def sample(context: Any, params: types.CreateMessageRequestParams) -> Any:
        block = params.messages[0].content
        prompts.append(block.text if isinstance(block, types.TextContent) else "")
        said = types.TextContent(type="text", text="They dance [1]. They sing [7].")
        return types.CreateMessageResult(role="assistant", content=said, model="theirs")

    async with visiting(quoter, kind, sampling_callback=sample) as client:
        result = await client.call_tool("ask", {"question": "How do bees tell where food is?"})
    told = result.structured_content
    assert told is not None
    assert (told["provider"], told["model"]) == ("client", "theirs")
    assert [each["n"] for each in told["citations"]] == [1]
    assert "Bees dance" in prompts[0]
