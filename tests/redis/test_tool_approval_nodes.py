"""A tool call waits on one node, and its user decides at another one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from basicchat.app import App
from basicchat.config.tool_servers import ToolServer
from basicchat.domain.chat import ChatRequest, ToolCall
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.quick_app import open_quick_app
from support.redis_server import RedisServer
from support.servers import SECONDS, settings_for
from support.tool_programs import NOTES
from support.two_nodes import Reader


def call_once(request: ChatRequest) -> Sequence[ScriptItem]:
    if any(message.role == "tool" for message in request.messages):
        return ["Added."]
    return [ToolCall(id="c", name="notes__add", arguments={"word": "bee"})]


@asynccontextmanager
async def node(folder: Path, name: str, redis: RedisServer) -> AsyncIterator[App]:
    settings = settings_for(
        folder / name,
        database_url=f"sqlite:///{folder}/shared.db",
        redis_url=redis.url,
        secret_key="k" * 32,
        mcp_servers=[ToolServer(name="notes", command=NOTES, tools=("*",))],
    )
    llm = PacedLLM(call_once, capabilities=("tools",))
    async with open_quick_app(settings, llm=llm) as app:
        yield app


async def offered(reader: Reader) -> None:
    async with asyncio.timeout(SECONDS):
        while len((await reader.call("tools.list", {}))["tools"]) < 4:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def question(reader: Reader) -> dict[str, Any]:
    while True:
        run = (await reader.until("run.step"))["data"]
        if "awaiting" in run:
            return dict(run["awaiting"][0])


async def test_any_node_takes_the_decision_to_the_owner(tmp_path: Path, redis: RedisServer) -> None:
    async with node(tmp_path, "one", redis) as first, node(tmp_path, "other", redis) as second:
        one, other = Reader(first), Reader(second)
        await one.hello()
        await other.hello()
        await offered(one)
        await offered(other)
        room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
        await one.follow(room)
        query = {"room_id": room, "query": "Add it", "reasoning_mode": "agent"}
        run = await one.call("stream_request", query | {"can_approve": True})
        call = await question(one)
        seen = await other.call("runs.get", {"run_id": run["run_id"]})
        assert seen["awaiting"] == [call]
        await other.follow(room)
        decision = {"run_id": run["run_id"], "call_id": call["call_id"], "decision": "always"}
        assert (await other.call("runs.approve", decision))["accepted"]
        ended = await other.until("run.completed")
        steps = [step for step in ended["data"]["steps"] if step["name"] == "tool"]
        assert [step["approval"] for step in steps] == ["always"]
        # Remembered on all nodes.
        await other.call("stream_request", query)
        ended = await one.until("run.completed")
        ended = await one.until("run.completed")
        steps = [step for step in ended["data"]["steps"] if step["name"] == "tool"]
        assert [step["approval"] for step in steps] == ["remembered"]
