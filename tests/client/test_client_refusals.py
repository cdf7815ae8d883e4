"""What a client does when a server, or something that calls itself one, will not have it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from basicchat.client import BasicChatClient, ChatError, State
from basicchat.client.liveness import TICKS_PER_PROBE
from basicchat.testing.scripted_llm import PacedLLM
from support.frozen_time import frozen_time, turns_until
from support.restartable_server import QUICK, SECONDS, becomes, place, reaches, settings_for

Talk = Callable[[ServerConnection], Awaitable[None]]
WELCOME = {
    "session_id": "s",
    "resume_token": "t",
    "user": {"id": "u", "name": "Owner", "role": "owner"},
    "heartbeat_seconds": 0.5,
    "resumed": True,
    "streams": {},
}


@asynccontextmanager
async def scripted(*talks: Talk) -> AsyncIterator[str]:
    """A WebSocket server that treats each connection as told, the last way again and again."""
    left = list(talks)

    async def handle(socket: ServerConnection) -> None:
        talk = left.pop(0) if len(left) > 1 else left[0]
        await talk(socket)

    async with serve(handle, "127.0.0.1", 0, subprotocols=[Subprotocol("basicchat.v1")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}"


async def greet(socket: ServerConnection) -> dict[str, Any]:
    hello: dict[str, Any] = msgspec.json.decode(await socket.recv())
    await say(socket, {"jsonrpc": "2.0", "id": hello["id"], "result": WELCOME})
    return hello


async def say(socket: ServerConnection, frame: dict[str, Any]) -> None:
    await socket.send(msgspec.json.encode(frame).decode())


async def answer_all(socket: ServerConnection) -> None:
    await greet(socket)
    async for frame in socket:
        request = msgspec.json.decode(frame)
        await say(socket, {"jsonrpc": "2.0", "id": request["id"], "result": {"rooms": []}})


def closing(code: int) -> Talk:
    async def talk(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.close(code)

    return talk


def client_of(url: str, **options: Any) -> BasicChatClient:
    given: dict[str, Any] = {"timing": QUICK, "http": False, "random": lambda: 0.5} | options
    return BasicChatClient(url, "token", **given)


@pytest.mark.parametrize(
    ("code", "status"), [(4400, "failed"), (4403, "forbidden"), (4401, "unauthenticated")]
)
async def test_close_codes_that_end_it(code: int, status: str) -> None:
    async with scripted(closing(code), answer_all) as url:
        client = client_of(url)
        await client.connect()
        with pytest.raises(ChatError) as ended:
            async for _ in client.events("event"):
                pass
        assert (client.state.status, ended.value.kind) == (status, status)
        await client.authenticate("another")
        assert await client.call("rooms.list") == {"rooms": []}
        await client.close()


@pytest.mark.parametrize("code", [1000, 1001, 1009, 1011, 4408])
async def test_close_codes_after_which_it_reconnects(code: int) -> None:
    resumed: list[Any] = []

    async def again(socket: ServerConnection) -> None:
        hello = await greet(socket)
        resumed.append(hello["params"].get("resume"))
        await socket.wait_closed()

    async with scripted(closing(code), again) as url, client_of(url) as client:
        if client.state.status == "online" and not resumed:
            await reaches(client, "reconnecting")
        await reaches(client, "online")
        assert resumed[0]["session_id"] == "s"
        assert resumed[0]["resume_token"] == "t"


async def test_a_server_that_stops_says_when_to_reconnect() -> None:
    async def stopping(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.close(1001, "the server is stopping; reconnect after 20000 ms")

    async with scripted(stopping, answer_all) as url, client_of(url) as client:
        await becomes(client, lambda state: state.retry_in is not None)
        assert client.state.retry_in == 20
        client.wake()
        assert await client.call("rooms.list") == {"rooms": []}


async def test_a_full_server_is_left_alone_for_a_while(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, connections_per_address=1)
    async with place(settings, lambda: PacedLLM({"": ["x"]})) as server:
        url = f"http://127.0.0.1:{server.port}"
        async with BasicChatClient(url, server.token(), timing=QUICK):
            late = BasicChatClient(url, server.token(), timing=QUICK)
            connecting = asyncio.create_task(late.connect())
            await becomes(late, lambda state: state.retry_in is not None)
            assert late.state.retry_in
            assert late.state.retry_in >= 5
        late.wake()
        async with asyncio.timeout(SECONDS):
            await connecting
        assert late.state.transport == "websocket"
        await late.close()


async def test_a_wrong_token_and_then_a_right_one(tmp_path: Path) -> None:
    async with place(settings_for(tmp_path), lambda: PacedLLM({"": ["Yes."]})) as server:
        client = BasicChatClient(f"http://127.0.0.1:{server.port}", "wrong", timing=QUICK)
        with pytest.raises(ChatError) as refused:
            await client.connect()
        assert refused.value.kind == "unauthenticated"
        assert refused.value.hint
        waiting = asyncio.create_task(client.send_query("Is it?"))
        await client.authenticate(server.token())
        assert (await waiting)["answer"] == "Yes."
        await client.close()
        with pytest.raises(ChatError) as closed:
            await client.call("rooms.list")
        assert closed.value.kind == "closed"


async def test_silence_is_asked_and_then_given_up() -> None:
    async def silent(socket: ServerConnection) -> None:
        await greet(socket)
        await socket.wait_closed()

    timing = msgspec.structs.replace(QUICK, probe_after=0.2, probe_timeout=0.2)
    async with scripted(silent, answer_all) as url, client_of(url, timing=timing) as client:
        states: list[State] = []
        client.on("state", states.append)
        async with asyncio.timeout(SECONDS):
            assert await client.call("rooms.list") == {"rooms": []}
        assert states[0].status == "reconnecting"


async def test_a_request_fails_only_without_progress() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(socket: ServerConnection) -> None:
        await greet(socket)
        async for frame in socket:
            request = msgspec.json.decode(frame)
            if request["method"] == "session.ping":
                await say(socket, {"jsonrpc": "2.0", "id": request["id"], "result": {}})
            elif request["method"] == "tools.list":
                asked.set()
                await go_on.wait()
                await say(socket, {"jsonrpc": "2.0", "id": request["id"], "result": {"tools": []}})

    lively = msgspec.structs.replace(QUICK, probe_after=0.1, progress_timeout=0.4)
    async with scripted(slow) as url, client_of(url, timing=lively) as client:
        with frozen_time() as clock:
            # The server answers one request after the other, so it is silent while it works.
            failing = asyncio.create_task(client.call("tools.list"))
            await turns_until(asked.is_set)
            while not failing.done():
                clock.advance(lively.probe_after / TICKS_PER_PROBE)
                await asyncio.sleep(0)
            with pytest.raises(ChatError) as late:
                await failing
            assert late.value.kind == "timeout"
            go_on.set()
            assert await client.call("tools.list") == {"tools": []}


async def test_a_program_that_was_suspended_reads_what_arrived_meanwhile() -> None:
    async def prompt(socket: ServerConnection) -> None:
        await greet(socket)
        async for frame in socket:
            request = msgspec.json.decode(frame)
            await say(socket, {"jsonrpc": "2.0", "id": request["id"], "result": request["method"]})

    timing = msgspec.structs.replace(QUICK, probe_after=0.1, progress_timeout=0.4)
    async with scripted(prompt) as url, client_of(url, timing=timing) as client:
        with frozen_time() as clock:
            asked = asyncio.create_task(client.call("tools.list"))
            # Once it is sent, and before anything else is done.
            asyncio.get_running_loop().call_soon(clock.advance, 1.0)
            assert await asked == "tools.list"


async def test_progress_of_something_else_keeps_a_request_alive() -> None:
    async def chatty(socket: ServerConnection) -> None:
        await greet(socket)
        request = msgspec.json.decode(await socket.recv())
        for n in range(25):
            delta = {"run": "r", "part": 0, "kind": "answer", "off": n, "text": "x"}
            await say(socket, {"jsonrpc": "2.0", "method": "delta", "params": delta})
            await shown.acquire()
        await say(socket, {"jsonrpc": "2.0", "id": request["id"], "result": "late but well"})
        await socket.wait_closed()

    shown = asyncio.Semaphore(0)
    timing = msgspec.structs.replace(QUICK, probe_after=1.0, progress_timeout=2.0)
    async with scripted(chatty) as url, client_of(url, timing=timing) as client:
        with frozen_time() as clock:

            def on_delta(delta: Any) -> None:
                clock.advance(timing.probe_after / TICKS_PER_PROBE)
                shown.release()

            client.on("delta", on_delta)
            assert await client.call("tools.list") == "late but well"
        assert [part.text for part in client.parts("r")] == ["x" * 25]


async def test_a_gap_is_filled_without_duplicates() -> None:
    async def gappy(socket: ServerConnection) -> None:
        await greet(socket)

        async def delta(off: int, text: str) -> None:
            params = {"run": "r", "part": 0, "kind": "answer", "off": off, "text": text}
            await say(socket, {"jsonrpc": "2.0", "method": "delta", "params": params})

        await delta(0, "Bees ")
        await delta(10, " to ")
        request = msgspec.json.decode(await socket.recv())
        assert request["method"] == "runs.get"
        await delta(14, "tell ")
        run = {"run_id": "r", "room_id": "c", "status": "running"}
        parts = [{"part": 0, "kind": "answer", "text": "Bees dance to t", "off": 15}]
        await say(
            socket, {"jsonrpc": "2.0", "id": request["id"], "result": {**run, "parts": parts}}
        )
        await delta(19, "where.")
        await socket.wait_closed()

    async with scripted(gappy) as url:
        client = client_of(url)
        shown, over = [], asyncio.Event()

        def on_delta(delta: Any) -> None:
            shown.append((delta.off, delta.text))
            if delta.text.endswith("."):
                over.set()

        client.on("delta", on_delta)
        await client.connect()
        async with asyncio.timeout(SECONDS):
            await over.wait()
        await client.close()
    assert shown == [(0, "Bees "), (5, "dance to t"), (15, "ell "), (19, "where.")]


async def test_a_failing_handler_affects_no_other(caplog: pytest.LogCaptureFixture) -> None:
    async with scripted(answer_all) as url:
        client = client_of(url)
        client.on("state", _broken)
        async with client:
            assert await client.call("rooms.list") == {"rooms": []}
    assert "a handler of the client failed" in caplog.text
    with pytest.raises(ValueError, match="delta"):
        client.on("deltas", print)


def _broken(state: State) -> None:
    raise ZeroDivisionError(state.status)
