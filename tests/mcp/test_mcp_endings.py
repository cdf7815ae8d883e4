"""Streams of changes have an answer when the server ends them (2026-07-28, subscriptions)."""

import asyncio
import signal
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from basicchat.api import calls
from support.mcp.bridge_process import program
from support.mcp.client import Talk, talking
from support.mcp.official_client import MODERN, Kind, visiting
from support.mcp.sockets import greeted, modern
from support.servers import SECONDS, RunningServer, eventually
from support.users import Person, set_status

TAG = "io.modelcontextprotocol/subscriptionId"
WIRES = ("http", "websocket")
LISTEN = {"notifications": {"resourcesListChanged": True}}


async def listening(talk: Talk) -> str:
    """An open subscription."""
    number = await talk.ask("subscriptions/listen", **LISTEN)
    await talk.said("notifications/subscriptions/acknowledged")
    return number


def is_end(result: dict[str, Any], number: object) -> bool:
    """Whether it is what a stream of changes ends with, and says of which."""
    return result["resultType"] == "complete" and result["_meta"][TAG] == number


@pytest.mark.parametrize("way", WIRES)
async def test_subscriptions_end_with_a_result_when_the_server_stops(
    server: RunningServer, ada: Person, way: str
) -> None:
    async with talking(ada, way) as talk:
        numbers = {await listening(talk), await listening(talk)}
        async with asyncio.TaskGroup() as group:
            group.create_task(server.stop())
            ends = [await talk.wire.receive() for _ in numbers]
        assert {each["id"] for each in ends} == numbers
        assert all(is_end(each["result"], each["id"]) for each in ends)


@pytest.mark.parametrize("way", WIRES)
async def test_the_official_client_accepts_the_end_of_a_subscription(
    server: RunningServer, ada: Person, way: str
) -> None:
    async with (
        visiting(ada, Kind(way, MODERN)) as client,
        client.listen(resources_list_changed=True) as stream,
        asyncio.TaskGroup() as group,
    ):
        group.create_task(server.stop())
        async with asyncio.timeout(SECONDS):
            # Any other end raises.
            assert [event async for event in stream] == []


@pytest.mark.parametrize("way", WIRES)
async def test_subscriptions_end_with_a_result_when_access_is_lost(
    server: RunningServer, ada: Person, way: str
) -> None:
    async with talking(ada, way) as talk:
        number = await listening(talk)
        await set_status(server, ada, status="suspended")
        assert is_end(await talk.result(number), number)
        if way == "websocket":
            with pytest.raises(EOFError) as ended:
                await asyncio.wait_for(talk.wire.raw(), SECONDS)
            closed = ended.value.__cause__
            assert isinstance(closed, ConnectionClosed)
            assert closed.rcvd is not None
            assert closed.rcvd.code == 4403
        assert talk.beside == []


@pytest.mark.parametrize("how", ["signal", "input"])
async def test_subscriptions_end_with_a_result_when_the_program_ends(
    server: RunningServer, how: str
) -> None:
    async with program(server.app.settings.data_dir.parent / "another") as talk:
        await talk.send(modern("all", "subscriptions/listen", **LISTEN))
        assert (await talk.receive())["method"] == "notifications/subscriptions/acknowledged"
        if how == "signal":
            talk.process.send_signal(signal.SIGTERM)
            assert await talk.ended() == 0
        else:
            assert await talk.end() == 0
        assert is_end((await talk.reply("all"))["result"], "all")


async def test_a_stalled_reader_does_not_delay_the_shutdown(
    server: RunningServer, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "ANSWER_SECONDS", SECONDS)
    async with greeted(ada) as one, greeted(ada) as other:
        callers = [shell.caller for shell in server.app.server_context.open]
        with ExitStack() as stuck:
            for each in callers:
                stuck.enter_context(each.long_requests().register())
            await set_status(server, ada, status="suspended")
            # At once none of them may do anything; that they are told so can wait.
            await eventually(lambda: all(each.actor is None for each in callers))
            assert len(server.app.server_context.open) == len(callers) == 2
        assert [await each.close_code() for each in (one, other)] == [4403, 4403]


async def test_a_subscription_during_the_shutdown_ends_at_once(
    server: RunningServer, ada: Person
) -> None:
    async with talking(ada, "websocket") as talk:
        number = await listening(talk)
        for shell in server.app.server_context.open:
            shell.caller.long_requests().end()
        assert is_end(await talk.result(number), number)
        late = await listening(talk)
        assert is_end(await talk.result(late), late)
