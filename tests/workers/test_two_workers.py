"""Two workers of one server on one SQLite file, as their clients see them."""

import asyncio
import os
import signal
import ssl
from pathlib import Path
from typing import Any

import pytest

from support import postgres
from support.redis_server import RedisServer
from support.server_process import SECONDS, Process, Talk
from support.tls import certificate
from support.worker_server import (
    another_user,
    at_both,
    at_worker,
    logged,
    numbers,
    resumed_at_worker,
    serving_workers,
    who,
)

LIST_ROOMS = {"jsonrpc": "2.0", "id": 1, "method": "rooms.list", "params": {}}


async def room_of(one: Talk, other: Talk) -> str:
    """A new room that both follow."""
    room: str = (await one.call("rooms.create", name="Bees"))["room_id"]
    for talk in (one, other):
        await talk.call("rooms.join", room_id=room)
    return room


@pytest.fixture(params=["broker", "redis", "postgres over tls"])
async def shared(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """What the workers share their state through, and how they are reached."""
    if request.param == "broker":
        return {}
    if request.param == "redis":
        redis: RedisServer = request.getfixturevalue("redis")
        return {"redis_url": redis.url, "secret_key": "k" * 32}
    database_url = request.getfixturevalue("postgres_url")
    await postgres.empty(database_url)
    cert, key = certificate(tmp_path / "tls", "127.0.0.1")
    trust = ssl.create_default_context(cafile=str(cert))
    tls = {"tls_cert": str(cert), "tls_key": str(key), "trust": trust}
    return {"database_url": database_url, **tls}


async def test_a_conversation_over_two_workers(tmp_path: Path, shared: dict[str, Any]) -> None:
    async with serving_workers(tmp_path, **shared) as process, at_worker(process, 1) as one:
        ann = await another_user(process, one, "Ann")
        async with at_worker(ann, 2) as other:
            await converse(process, one, other)


async def converse(process: Process, one: Talk, other: Talk) -> None:
    """The owner and Ann, each at a worker, in one room."""
    room = (await one.call("rooms.create", name="Bees"))["room_id"]
    await one.call("rooms.invite", room_id=room, name="Ann")
    for talk in (one, other):
        await talk.call("rooms.join", room_id=room)
    # Messages and signals of one reach the other.
    for number, (here, there) in enumerate([(one, other), (other, one)] * 3):
        await here.call("messages.post", room_id=room, text=f"message {number}")
        for talk in (here, there):
            assert (await talk.event("message.created"))["text"] == f"message {number}"
    await other.call("typing.set", room_id=room, typing=True)
    assert (await one.heard_signal("typing"))["typing"]
    # An answer reaches both, is resumed in its middle, and cancelled from elsewhere.
    query = "@assistant count on and on"
    run = (await one.call("stream_request", room_id=room, query=query))["run_id"]
    await other.text(100, run)
    async with at_worker(process, 1) as left, resumed_at_worker(process, 2, left.welcome) as late:
        await late.call("rooms.join", room_id=room)
        text = await known(late, run)
        assert text
        text = await continued(late, run, text, len(text) + 100)
        assert text.startswith("0 1 2 3 ")
        assert (await late.call("runs.cancel", run_id=run))["cancelled"]
    ended = await other.event("run.cancelled")
    assert ended["run_id"] == run
    assert "".join(part["text"] for part in ended["parts"]).startswith(text)
    listed = await other.call("messages.list", room_id=room)
    assert len(listed["messages"]) == 8
    # Metrics are those of the server, whichever worker is asked.
    for _ in range(4):
        found = await numbers(process)
        assert found['basicchat_connections{transport="websocket"}'] == 2
        assert found['basicchat_runs_total{mode="standard",status="cancelled"}'] == 1
        assert found["basicchat_runs_active"] == 0


async def known(talk: Talk, run_id: str) -> str:
    """The text of a run so far."""
    run = await talk.call("runs.get", run_id=run_id)
    return "".join(part["text"] for part in run["parts"])


async def continued(talk: Talk, run_id: str, text: str, length: int) -> str:
    """The text of a run with the deltas that follow, until it is so long.

    As clients do, it asks for the run if text from before the subscription is still missing.
    """
    while len(text) < length:
        name, params = await talk.note()
        if name == "delta" and params["run"] == run_id:
            if params["off"] > len(text):
                text = await known(talk, run_id)
            text = text[: params["off"]] + params["text"]
    return text


async def test_a_worker_that_is_killed_is_replaced_and_its_answer_interrupted(
    tmp_path: Path,
) -> None:
    async with serving_workers(tmp_path) as process, at_both(process) as (one, other):
        room = await room_of(one, other)
        _, killed = await who(one)
        before = await numbers(process)
        run = await one.call("stream_request", room_id=room, query="on and on")
        text = await other.text(100, run["run_id"])
        os.kill(killed, signal.SIGKILL)
        ended = await other.event("run.interrupted")
        assert ended["run_id"] == run["run_id"]
        saved = "".join(part["text"] for part in ended["parts"])
        # The text was saved a moment before.
        assert saved
        assert text.startswith(saved) or saved.startswith(text)
        async with at_worker(process, 1) as again:
            assert (await who(again))[1] != killed
            await again.call("rooms.join", room_id=room)
            await again.call("messages.post", room_id=room, text="still here")
            assert (await other.event("message.created"))["text"] == "still here"
        # What a worker had counted stays counted.
        after = await numbers(process)
        counted = [name for name in before if name.startswith("basicchat_") and "_total" in name]
        assert counted
        assert all(after[name] >= before[name] for name in counted)
        process.signal(signal.SIGTERM)
        code, err = await process.ended()
    assert code == 0, err
    assert "worker_ended" in err


async def test_a_rolling_restart_refuses_nobody(tmp_path: Path) -> None:
    async with serving_workers(tmp_path) as process:
        before = {await process_of(process, number) for number in (1, 2)}
        restarted = asyncio.Event()
        answered = 0

        async def ask(requests: int) -> None:
            """Ask again and again, with so many requests on each connection."""
            nonlocal answered
            while not restarted.is_set():
                async with process.http() as http:
                    for _ in range(requests):
                        answer = await http.post("/api/rpc", json=LIST_ROOMS)
                        assert answer.status_code == 200, answer.text
                        answered += 1

        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
            for requests in (1, 1, 5, 1000):
                group.create_task(ask(requests))
            process.signal(signal.SIGHUP)
            await logged(process, "workers_restarted")
            restarted.set()
        assert answered
        assert before.isdisjoint({await process_of(process, number) for number in (1, 2)})
        process.signal(signal.SIGTERM)
        code, err = await process.ended()
    assert code == 0, err


async def process_of(process: Process, number: int) -> int:
    """The process of a worker."""
    async with at_worker(process, number) as talk:
        return (await who(talk))[1]
