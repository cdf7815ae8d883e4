"""What clients see of a server that was told to stop, and what it leaves in its log."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from support.server_process import SECONDS, Process, counting

RECONNECT = re.compile(r"reconnect after (\d+) ms")


async def readiness(process: Process) -> tuple[int, str]:
    async with process.http() as http:
        answer = await http.get("/health/ready")
        return answer.status_code, answer.json()["status"]


async def test_idle_clients_leave_at_once_and_answers_are_finished(tmp_path: Path) -> None:
    async with (
        counting(tmp_path, 600) as process,
        process.talk() as asking,
        process.talk() as idle,
        process.talk() as other,
    ):
        await asking.call("stream_request", query="400")
        await asking.text(20)
        assert (await readiness(process))[0] == 200
        process.signal(signal.SIGTERM)
        pauses = []
        for talk in (idle, other):
            assert await talk.close_code() == 1001
            pause = RECONNECT.search(talk.socket.close_reason or "")
            assert pause is not None, talk.socket.close_reason
            pauses.append(int(pause[1]))
        assert all(0 < pause <= 5000 for pause in pauses)
        # It still listens, so that a load balancer sees why it should send nobody.
        assert await readiness(process) == (503, "draining")
        where = process.url.replace("http", "ws", 1) + "/ws"
        async with connect(where, subprotocols=[Subprotocol("basicchat.v1")]) as late:
            async with asyncio.timeout(SECONDS):
                await late.wait_closed()
            assert late.close_code == 1001
        refused = await asking.error("stream_request", query="another")
        assert refused["data"]["retryable"]
        run = await asking.event("run.completed", "run.interrupted", "run.cancelled")
        assert run["status"] == "completed"
        assert await asking.close_code() == 1001
        code, err = await process.ended()
    assert code == 0
    assert "Traceback" not in err


async def test_a_second_signal_ends_the_process(tmp_path: Path) -> None:
    async with counting(tmp_path, 600) as process:
        async with process.http() as http, process.talk() as asking, process.talk() as idle:
            started = await asking.call("stream_request", query="on and on")
            await asking.text(20)
            stream = {"stream": f"room:{started['room_id']}"}
            async with http.stream("GET", "/api/events", params=stream) as feed:
                pieces = feed.aiter_raw()
                await anext(pieces)
                upload = asyncio.create_task(_endless_upload(process))
                process.signal(signal.SIGTERM)
                assert await idle.close_code() == 1001
                process.signal(signal.SIGTERM)
                # Without it, the answer would have ten minutes.
                _, err = await process.ended()
                upload.cancel()
        assert "Traceback" not in err, err


async def _endless_upload(process: Process) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        await asyncio.Event().wait()

    headers = {"content-type": "multipart/form-data; boundary=b"}
    try:
        async with process.http() as http:
            await http.post("/api/documents", content=body(), headers=headers)
    except (httpx2.HTTPError, ConnectionClosed):
        pass


async def test_open_requests_leave_no_traceback(tmp_path: Path) -> None:
    async with (
        counting(tmp_path, 0.1) as process,
        process.http() as http,
        process.talk() as asking,
    ):
        started = await asking.call("stream_request", query="on and on")
        await asking.text(20)
        waiting = asyncio.create_task(asking.call("query", query="on and on"))
        upload = asyncio.create_task(_endless_upload(process))
        stream = {"stream": f"room:{started['room_id']}"}
        async with http.stream("GET", "/api/events", params=stream) as feed:
            pieces = feed.aiter_raw()
            await anext(pieces)
            process.signal(signal.SIGTERM)
            rest = b"".join([piece async for piece in pieces])
        assert b"run.interrupted" in rest
        # When an EventSource is to connect again.
        assert re.search(rb"\nretry: \d+\n\n$", rest)
        await asyncio.gather(waiting, return_exceptions=True)
        code, err = await process.ended()
        upload.cancel()
    assert code == 0
    assert "Traceback" not in err, err
