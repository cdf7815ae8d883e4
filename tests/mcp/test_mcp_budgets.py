"""Reads over MCP have a budget of their own."""

import re
from pathlib import Path
from typing import Any

import pytest

from support.mcp.client import Refused, Talk, talking
from support.servers import running, settings_for
from support.users import person

every_way = pytest.mark.parametrize("way", ["http", "websocket", "stdio"])
every_era = pytest.mark.parametrize("era", ["legacy", "modern"])
SECONDS = re.compile(r"Try again in (\d+) seconds?\.$")


async def read_everything(talk: Talk, count: int) -> None:
    """What hosts do when they connect."""
    for _ in range(count):
        listed = (await talk.call("resources/list"))["resources"]
        for resource in listed:
            await talk.call("resources/read", uri=resource["uri"])
        assert (await talk.tool("list_documents"))["structuredContent"]["documents"]


async def list_often(talk: Talk) -> None:
    for _ in range(80):
        await talk.call("resources/list")


async def add(talk: Talk, number: int) -> dict[str, Any]:
    return await talk.tool("add_document", name=f"{number}.txt", text=f"Bees dance {number} times.")


@every_way
@every_era
async def test_reading_does_not_use_up_the_budget_for_writing(
    tmp_path: Path, way: str, era: str
) -> None:
    settings = settings_for(tmp_path, limits={"messages_per_minute": 6})
    async with running(settings) as server:
        ada = await person(server, "Ada")
        async with talking(ada, way, era) as talk:
            assert not (await add(talk, 0)).get("isError")
            await read_everything(talk, 40)
            for number in range(1, 5):
                assert not (await add(talk, number)).get("isError")
            refused = [await add(talk, number) for number in range(5, 8)][-1]
            assert refused["isError"]
            told = refused["content"][0]["text"]
            found = SECONDS.search(told)
            assert found, told
            assert 1 <= int(found[1]) <= 60
            error = refused["_meta"]["basicchat/error"]
            assert (error["kind"], error["reason"]) == ("rate_limited", "too_many_messages")
            # And the other way round.
            await read_everything(talk, 1)


@every_way
async def test_reads_are_limited_too(tmp_path: Path, way: str) -> None:
    limits = {"messages_per_minute": 5, "mcp_reads_per_minute": 50}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        ada = await person(server, "Ada")
        async with talking(ada, way, "legacy") as talk:
            with pytest.raises(Refused) as refused:
                await list_often(talk)
            assert SECONDS.search(str(refused.value))
            result = await talk.tool("list_documents")
            assert result["isError"]
            assert SECONDS.search(result["content"][0]["text"])
            assert not (await add(talk, 0)).get("isError")
