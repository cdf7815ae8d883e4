"""PROTOCOL §5 and §7: runs, effectively-once requests, limits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from support.frozen_time import frozen_time
from support.servers import (
    ANSWER,
    RunningServer,
    WireFailure,
    lift,
    request,
    running,
    scripted,
    settings_for,
)
from support.transport_clients import TRANSPORTS

TEXT = "".join(ANSWER)


async def failure(work: Any) -> dict[str, Any]:
    """The error that a call is answered with."""
    with pytest.raises(WireFailure) as failed:
        await work
    return failed.value.error


async def test_cancelling_closes_upstream_at_once_and_keeps_the_text(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(2)
    llm = scripted(gate)
    async with running(settings_for(tmp_path), llm) as server, server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        text = ""
        while text != "Bees dance ":
            name, params = await talk.note()
            text += params["text"] if name == "delta" else ""
        # At once (PROTOCOL 5.3): without waiting for any timer.
        with frozen_time():
            number = await talk.ask("runs.cancel", run_id=run["run_id"])
            await llm.idle()
        answered = (await talk.reply(number))["result"]
        assert llm.cancelled == 1
        ended = await talk.ended()
        assert answered == {**ended, "cancelled": True}
        assert ended["status"] == "cancelled"
        assert ended["parts"] == [{"part": 0, "kind": "answer", "text": text, "off": len(text)}]
        stored = await talk.call("runs.get", run_id=run["run_id"])
        assert stored == ended
        (_, answer) = (await talk.call("messages.list", room_id=run["room_id"]))["messages"]
        assert (answer["text"], answer["run_status"]) == (text, "cancelled")


async def test_cancelling_from_everywhere_at_once_loses_nothing(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(1)
    async with running(settings_for(tmp_path), scripted(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        numbers = [await talk.ask("runs.cancel", run_id=run["run_id"]) for _ in range(8)]
        for number in numbers:
            assert (await talk.reply(number))["result"]["status"] == "cancelled"
        assert (await talk.call("runs.get", run_id=run["run_id"]))["status"] == "cancelled"
        assert await server.app.store.running() == ()


async def test_a_run_can_be_cancelled_before_it_began(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        runner, store = server.app.services.runner, server.app.store
        client = server.app.memory_client()
        await client.call("session.hello")
        run = await client.call("stream_request", {"query": "why?"})
        assert runner.cancel(run["run_id"])
        await runner.wait(run["run_id"])
        stored = await store.run(run["run_id"])
        assert stored is not None
        assert stored.status == "cancelled"
        await client.close()


async def test_a_query_whose_run_is_cancelled_says_so(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server, server.talk() as talk:
        number = await talk.ask("query", query="why?")
        name, params = await talk.note()
        while name != "events" or params["events"][0]["type"] != "run.started":
            name, params = await talk.note()
        run_id = params["events"][0]["data"]["run_id"]
        assert (await talk.call("runs.cancel", run_id=run_id))["cancelled"]
        error = (await talk.reply(number))["error"]
        assert (error["code"], error["data"]["kind"]) == (-32051, "cancelled")


async def test_a_disconnect_does_not_cancel(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(1)
    llm = scripted(gate)
    async with running(settings_for(tmp_path), llm) as server:
        async with server.talk() as talk:
            streamed = await talk.call("stream_request", query="one")
            await talk.ask("query", query="two", client_msg_id="two")
            while llm.active < 2:
                await talk.note()
        lift(gate)
        async with server.talk() as back:
            answered = await back.call("query", query="two", client_msg_id="two")
            assert answered["answer"] == TEXT
            await server.app.services.runner.wait(streamed["run_id"])
            run = await back.call("runs.get", run_id=streamed["run_id"])
            assert (run["status"], run["parts"][0]["text"]) == ("completed", TEXT)
    assert llm.cancelled == 0


ONCE: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
    ("stream_request", {"query": "why?"}, {"query": "how?"}),
    ("query", {"query": "why?"}, {"query": "why?", "reasoning_mode": "standard"}),
    (
        "tool_execution",
        {"name": "current_time", "arguments": {}},
        {"name": "calculator", "arguments": {"expression": "1"}},
    ),
]


@pytest.mark.parametrize(("method", "body", "other"), ONCE, ids=[once[0] for once in ONCE])
async def test_the_same_client_msg_id_is_done_once(
    server: RunningServer, method: str, body: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    first = None
    for transport in TRANSPORTS.values():
        async with transport(server) as talker:
            reply = await talker.call(method, {**body, "client_msg_id": "once"})
            first = first or reply
            assert reply == first
            error = await failure(talker.call(method, {**other, "client_msg_id": "once"}))
            assert error["code"] == -32009
    if method != "tool_execution":
        assert len((await server.app.store.rooms(server.app.owner.id)).rooms) == 1


@pytest.mark.parametrize(("method", "body"), [once[:2] for once in ONCE], ids=[o[0] for o in ONCE])
async def test_the_same_at_the_same_time_is_done_once(
    server: RunningServer, method: str, body: Mapping[str, Any]
) -> None:
    async with server.talk() as one, server.talk() as two:
        params = {**body, "client_msg_id": "twin"}
        replies = await asyncio.gather(
            *(talk.call(method, **params) for talk in (one, two)),
        )
        numbers = [await one.ask(method, **params) for _ in range(8)]
        replies += [(await one.reply(number))["result"] for number in numbers]
        assert all(reply == replies[0] for reply in replies)


async def test_regenerating_is_done_once(server: RunningServer) -> None:
    async with server.talk() as talk:
        answer = await talk.call("query", query="why?")
        again = {"message_id": answer["message_id"], "client_msg_id": "again"}
        numbers = [await talk.ask("messages.regenerate", **again) for _ in range(4)]
        first, *rest = [(await talk.reply(number))["result"] for number in numbers]
        assert rest == [first] * 3


async def test_a_repetition_costs_a_tenth_and_starts_no_run(tmp_path: Path) -> None:
    limits = {"messages_per_minute": 7, "runs_per_user": 1}
    gate = asyncio.Semaphore(0)
    settings = settings_for(tmp_path, limits=limits)
    async with (
        running(settings, scripted(gate), FakeClock()) as server,
        server.talk() as talk,
    ):
        asked = {"query": "why?", "client_msg_id": "one"}
        run = await talk.call("stream_request", **asked)
        for _ in range(20):
            assert await talk.call("stream_request", **asked) == run
        refused = await failure(talk.call("stream_request", query="more"))
        assert refused["data"]["kind"] == "rate_limited"
        assert "written for you" in refused["message"]
        for _ in range(3):
            await talk.call("session.ping")
        assert (await failure(talk.call("session.ping")))["data"]["kind"] == "rate_limited"
        late = await failure(talk.call("stream_request", **asked))
        assert (late["data"]["kind"], late["data"]["retryable"]) == ("rate_limited", True)
        lift(gate)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_messages_per_minute_hold_everywhere(tmp_path: Path, transport: str) -> None:
    settings = settings_for(tmp_path, limits={"messages_per_minute": 6})
    async with running(settings) as server, TRANSPORTS[transport](server) as talker:
        for _ in range(5):
            await talker.call("rooms.list", {})
        error = await failure(_pings(talker.call, 2))
        assert (error["code"], error["data"]["retryable"]) == (-32029, True)
        assert 0 < error["data"]["retry_after_ms"] <= 10_000
        assert error["data"]["hint"]


async def _pings(call: Callable[[str, dict[str, Any]], Awaitable[Any]], count: int) -> None:
    for _ in range(count):
        await call("session.ping", {})


async def test_a_session_has_one_limit_over_all_its_connections(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"messages_per_minute": 10})
    async with running(settings) as server:
        async with server.talk() as talk:
            for _ in range(9):
                await talk.call("session.ping")
            welcome = talk.welcome
        back = {name: welcome[name] for name in ("session_id", "resume_token")}
        async with server.talk(resume=back) as again:
            error = await failure(_pings(lambda name, params: again.call(name, **params), 3))
            assert "Too many messages" in error["message"]


async def test_runs_per_user_hold_also_at_once(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    settings = settings_for(tmp_path, limits={"runs_per_user": 3})
    async with running(settings, scripted(gate)) as server, server.talk() as talk:
        numbers = [await talk.ask("stream_request", query=f"n{n}") for n in range(10)]
        replies = [await talk.reply(number) for number in numbers]
        refused = [reply["error"] for reply in replies if "error" in reply]
        assert len(refused) == 7
        assert {error["data"]["kind"] for error in refused} == {"rate_limited"}
        assert len(await server.app.store.running()) == 3
        assert len((await server.app.store.rooms(server.app.owner.id)).rooms) == 3
        lift(gate)
        for reply in replies:
            if "result" in reply:
                await server.app.services.runner.wait(reply["result"]["run_id"])
        assert (await talk.call("query", query="now"))["answer"] == TEXT


async def test_requests_in_flight_are_bounded(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    settings = settings_for(tmp_path, limits={"runs_per_user": 100})
    async with running(settings, scripted(gate)) as server, server.talk() as talk:
        for n in range(32):
            await talk.send(request(f"q{n}", "query", {"query": "why?"}))
        await talk.send(request("over", "rooms.list"))
        error = (await talk.reply("over"))["error"]
        assert (error["code"], error["data"]["retry_after_ms"]) == (-32029, 100)
        assert "32" in error["message"]
        # What needs no waiting is answered all the same.
        await talk.send(request("ping", "session.ping"))
        assert (await talk.reply("ping"))["result"]["at"]
        await talk.send([request("a", "rooms.list"), {"jsonrpc": "2.0", "method": "rooms.list"}])
        while not isinstance(reply := await talk.receive(), list):
            pass
        assert [each["error"]["code"] for each in reply] == [-32029]
        lift(gate)
        for n in range(32):
            assert (await talk.reply(f"q{n}"))["result"]["answer"] == TEXT


async def test_connections_per_address_give_their_places_back(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"connections_per_address": 2})) as server:
        async with server.talk(), server.talk(), server.socket() as third:
            assert await third.close_code() == 4429
        async with server.talk() as one, server.talk() as two:
            assert await one.call("session.ping")
            assert await two.call("session.ping")
