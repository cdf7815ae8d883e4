"""What every provider of language models must do when its server misbehaves.

llama.cpp in process is covered by `openai_compatible`, whose client it uses.
"""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from structlog.testing import capture_logs

from basicchat.domain.chat import (
    TextDelta,
)
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.testing.loopback import own_port
from basicchat.testing.ollama_server import SILENCE, Served, ollama_server
from basicchat.testing.raw_server import answer, raw_server
from support.frozen_time import SECONDS, frozen_time
from support.llm_calls import HTTP_PROVIDERS, ask, client, drained, failure, reply
from support.servers import eventually

pytestmark = pytest.mark.provider

PROMPTLY_SECONDS = 15.0  # On a busy machine; else milliseconds, and never by itself.


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_dead_server_is_reported_soon(provider: str) -> None:
    url = f"http://127.0.0.1:{own_port()}"
    with frozen_time():
        error = await failure(client(provider, url), ask("hi"))
        assert url in error.message
        assert error.retryable
        with pytest.raises(UpstreamUnavailable):
            await client(provider, url).models()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_server_that_accepts_no_connections_is_reported_soon(provider: str) -> None:
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.setblocking(False)
        first.connect_ex(full.getsockname())
        with socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            async with asyncio.timeout(PROMPTLY_SECONDS):
                url = f"http://127.0.0.1:{full.getsockname()[1]}"
                error = await failure(client(provider, url, connect_seconds=2.0), ask("hi"))
            assert "does not answer" in error.message


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_connecting_is_tried_again_before_an_answer_fails(provider: str) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer(CHUNKS[provider]))
            await writer.drain()
        writer.close()

    with socket.socket() as full, socket.socket() as first, capture_logs() as logs:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.setblocking(False)
        first.connect_ex(full.getsockname())
        with socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            url = f"http://127.0.0.1:{full.getsockname()[1]}"
            llm = client(provider, url, connect_seconds=0.5)
            stream: Any = llm.stream(ask("hi"))
            waiting = asyncio.ensure_future(anext(stream))
            failed = "model_server_connect_failed"
            await eventually(lambda: any(each["event"] == failed for each in logs))
            async with await asyncio.start_server(accept, sock=full.dup()):
                async with asyncio.timeout(SECONDS):
                    assert await waiting == TextDelta(kind="answer", text="Hel")
                await stream.aclose()
                # The server waits for its connections to end (since Python 3.12).
                first.close()
            await llm.close()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_models_of_a_silent_server_are_given_up_soon(provider: str) -> None:
    async with raw_server([None]) as server, asyncio.timeout(PROMPTLY_SECONDS):
        llm = client(provider, server.url)
        with pytest.raises(UpstreamUnavailable, match="does not answer"):
            await llm.models()
        await llm.close()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_stop_before_the_headers_closes_the_connection(provider: str) -> None:
    async with raw_server([None]) as server:
        llm = client(provider, server.url)
        reader = asyncio.ensure_future(reply(llm, ask("hi")))
        await asyncio.wait_for(server.asked.wait(), SECONDS)
        with frozen_time():
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
            await server.disconnected.wait()
        await llm.close()


CHUNKS = {
    "openai_compatible": b'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n',
    "ollama": b'{"message":{"role":"assistant","content":"Hel"},"done":false}\n',
}
BAD_STREAMS = {
    "break": (b"", "broke off"),
    "garbage": (b"data: {<html>}\n<html>\n", "unreadable"),
    "not UTF-8": (b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n{"a":"\xff"\n', "unreadable"),
    "wrong types": (b'data: {"choices":7}\n{"message":7}\n', "unreadable"),
    "endless line": (b"data: " + b"x" * (5 << 20), "a line of more than 4194304 bytes"),
    "error": (
        b'data: {"error":{"code":500,"message":"no sk-secret-key"}}\n\n'
        b'{"error":"no sk-secret-key"}\n',
        "failed in the middle of its reply: no …",
    ),
}


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
@pytest.mark.parametrize("kind", BAD_STREAMS)
async def test_a_bad_stream_is_an_error_after_the_good_part(provider: str, kind: str) -> None:
    tail, words = BAD_STREAMS[kind]
    if kind != "endless line" and provider == "ollama":
        tail = tail.partition(b"\n")[2].lstrip(b"\n")
    async with raw_server([answer(CHUNKS[provider]), tail]) as server:
        llm = client(provider, server.url)
        stream = llm.stream(ask("hi"))
        assert await anext(stream) == TextDelta(kind="answer", text="Hel")
        with pytest.raises(UpstreamUnavailable, match=words) as caught:
            await drained(stream)
        assert caught.value.hint
        assert "secret" not in caught.value.message + caught.value.hint
        await llm.close()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
@pytest.mark.parametrize("before", [True, False])
async def test_silence_is_given_up_after_the_idle_deadline(provider: str, before: bool) -> None:
    script = [None] if before else [answer(CHUNKS[provider]), None]
    async with raw_server(script) as server, asyncio.timeout(PROMPTLY_SECONDS):
        error = await failure(client(provider, server.url, idle_seconds=0.2), ask("hi"))
        assert "sent nothing for 0.2 seconds" in error.message
        await server.disconnected.wait()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_slow_reply_is_not_given_up_while_it_moves(provider: str) -> None:
    # Together longer than the idle deadline, each pause shorter.
    go_on = asyncio.Semaphore(0)
    async with slow_server(CHUNKS[provider], go_on) as url:
        llm = client(provider, url, idle_seconds=0.3)
        stream: Any = llm.stream(ask("hi"))
        with frozen_time() as clock:
            for _ in range(6):
                waiting = asyncio.ensure_future(anext(stream))
                await asyncio.wait([waiting], timeout=0)
                clock.advance(0.2)
                go_on.release()
                assert await waiting == TextDelta(kind="answer", text="Hel")
            await stream.aclose()
        await llm.close()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_server_that_answers_others_is_busy_and_not_silent(provider: str) -> None:
    go_on = asyncio.Semaphore(0)
    async with slow_server(CHUNKS[provider], go_on, first_only=True) as url:
        llm = client(provider, url, idle_seconds=0.3)
        answered: Any = llm.stream(ask("hi"))
        waits: Any = llm.stream(ask("hi"))
        with frozen_time() as clock:
            go_on.release()
            await anext(answered)
            waiting = asyncio.ensure_future(anext(waits))
            for _ in range(6):
                moving = asyncio.ensure_future(anext(answered))
                await asyncio.wait([moving], timeout=0)
                clock.advance(0.2)
                go_on.release()
                await moving
            assert not waiting.done()
            # Once nothing moves, silence is silence.
            clock.advance(0.31)
            with pytest.raises(UpstreamUnavailable, match="sent nothing"):
                await waiting
        await answered.aclose()
        await llm.close()


@asynccontextmanager
async def slow_server(
    chunk: bytes, go_on: asyncio.Semaphore, *, first_only: bool = False
) -> AsyncIterator[str]:
    """A server that sends a chunk each time that `go_on` is released.

    Args:
        first_only: it leaves all requests but the first without an answer.
    """
    served = itertools.count()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if next(served) and first_only:
            await reader.read()
            writer.close()
            return
        writer.write(answer(b""))
        sending = asyncio.ensure_future(send(writer))
        await reader.read()
        sending.cancel()
        writer.close()

    async def send(writer: asyncio.StreamWriter) -> None:
        while await go_on.acquire():
            writer.write(chunk)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


REFUSALS = [
    (401, "{}", UpstreamUnavailable, False),
    (404, "<html>", UpstreamUnavailable, False),
    (429, "{}", UpstreamUnavailable, True),
    (500, "{}", UpstreamUnavailable, True),
    (502, "", UpstreamUnavailable, True),
    (302, "", UpstreamUnavailable, False),
    (400, '{"error":"bad key sk-secret-1"}', UpstreamUnavailable, False),
]


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
@pytest.mark.parametrize(("status", "body", "kind", "retryable"), REFUSALS)
async def test_http_errors(
    provider: str, status: int, body: str, kind: type[Exception], retryable: bool
) -> None:
    async with raw_server([answer(body, status)]) as server:
        error = await failure(client(provider, server.url), ask("hi"))
        assert error.retryable is retryable
        assert "secret" not in error.message


async def test_an_unknown_model_is_named_with_those_there_are() -> None:
    async with ollama_server(Served("one:1b"), Served("two:2b")) as server:
        error = await failure(client("ollama", server.url), ask("hi"))
        assert "has no model tiny:1b" in error.message
        assert "one:1b, two:2b" in str(error.hint)
        assert not error.retryable


async def test_going_silent_in_mid_reply_and_leaving_is_noticed_by_ollama() -> None:
    async with ollama_server() as server:
        server.reply = ["a", SILENCE]
        llm = client("ollama", server.url)
        stream: Any = llm.stream(ask("hi"))
        assert await anext(stream) == TextDelta(kind="answer", text="a")
        with frozen_time():
            await stream.aclose()
            await server.disconnected.wait()
        await llm.close()
