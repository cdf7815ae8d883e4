"""What every provider of language models must do, against real servers.

`openai_compatible` and `llamacpp` meet llama.cpp itself; `ollama` meets a server that speaks
Ollama's wire format and says the same.
"""

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatMessage,
    ChatRequest,
    Finish,
    ModelChunk,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.ports import LLM
from basicchat.llm import llamacpp, ollama, openai_compatible
from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.loopback import own_port
from basicchat.testing.ollama_server import (
    SILENCE,
    Call,
    Item,
    Served,
    Thought,
    ollama_server,
)
from basicchat.testing.raw_server import answer, raw_server
from basicchat.testing.scripted_gguf import CITED, REPLIES, write_model
from support.frozen_time import SECONDS, frozen_time

pytestmark = pytest.mark.provider

AT_ONCE = 15.0  # On a busy machine; else milliseconds, and never by itself.
CALCULATOR = ToolSpec(
    name="calculator",
    title="Calculator",
    description="Computes.",
    parameters={
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
    },
)
LONG = "".join(f"{number} " for number in range(1, 401))
CALL = ToolCall(id="call_7", name="calculator", arguments={"expression": "6*7"})
AFTER_TOOL = (
    ChatMessage.from_text(role="user", text="calculate 6*7"),
    ChatMessage.from_text(role="assistant", text="", tool_calls=(CALL,)),
    ChatMessage.from_text(role="tool", text="42", tool_call_id="call_7", tool_name="calculator"),
)


@dataclass(frozen=True)
class Subject:
    """A provider with a server behind it; `freed` waits until the server has stopped working."""

    llm: LLM
    freed: Callable[[float], Awaitable[object]]


def ask(text: str, **options: Any) -> ChatRequest:
    """A question without history."""
    return ChatRequest(
        model="", messages=(ChatMessage.from_text(role="user", text=text),), **options
    )


async def reply(llm: LLM, request: ChatRequest) -> list[ModelChunk]:
    """All that is said."""
    async with asyncio.timeout(SECONDS):
        return [chunk async for chunk in llm.stream(request)]


def text(said: Iterable[ModelChunk], kind: str = "answer") -> str:
    """The text of one kind."""
    return "".join(c.text for c in said if isinstance(c, TextDelta) and c.kind == kind)


def finish(said: list[ModelChunk]) -> Finish:
    """The end, which must come once and last."""
    assert [isinstance(chunk, Finish) for chunk in said].count(True) == 1
    assert isinstance(said[-1], Finish)
    return said[-1]


def ollama_says(body: dict[str, Any]) -> Iterable[Item]:
    """What the scripted GGUF says, as an Ollama model."""
    last = body["messages"][-1]
    if last["role"] == "tool":
        return ["The result", " is", " 42."]
    said = last["content"]
    if "calculate" in said:
        return [Call("calculator", {"expression": "6*7"})]
    if "think" in said:
        return [Thought("A greeting"), Thought(" will do."), "Good", " day!"]
    if "forever" in said:
        return itertools.cycle(["tick", " tock", " tack "])
    if "long" in said:
        return [f"{number} " for number in range(1, 401)]
    return [CITED] if "cite" in said else ["Hello", " from", " a very small model."]


@pytest.fixture(scope="module")
def llama() -> Iterator[LlamaServer]:
    with llama_server(api_key="secret") as server:
        yield server


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    write_model(path, REPLIES)
    return path


@asynccontextmanager
async def openai_subject(llama: LlamaServer) -> AsyncIterator[Subject]:
    llm = openai_compatible.create(
        ProviderSettings(openai_base_url=llama.base_url, openai_api_key=llama.api_key)
    )
    yield Subject(llm, lambda seconds: llama.until(0, seconds))
    await llm.close()


@asynccontextmanager
async def llamacpp_subject(gguf: Path) -> AsyncIterator[Subject]:
    llm = llamacpp.create(
        ProviderSettings(model_path=gguf, options={"llamacpp_threads": 1, "llamacpp_slots": 4})
    )
    await llm.models()
    assert llm.endpoint is not None
    server = LlamaServer(llm.endpoint.url.removesuffix("/v1"), llm.api_key)
    yield Subject(llm, lambda seconds: server.until(0, seconds))
    await llm.close()


@asynccontextmanager
async def ollama_subject() -> AsyncIterator[Subject]:
    async with ollama_server() as server:
        server.reply = ollama_says
        llm = ollama.create(ProviderSettings(ollama_host=server.url))
        yield Subject(llm, lambda s: asyncio.wait_for(server.disconnected.wait(), s))
        await llm.close()


@pytest.fixture(params=["openai_compatible", "llamacpp", "ollama"])
async def subject(
    request: pytest.FixtureRequest, llama: LlamaServer, gguf: Path
) -> AsyncIterator[Subject]:
    made = {
        "openai_compatible": lambda: openai_subject(llama),
        "llamacpp": lambda: llamacpp_subject(gguf),
        "ollama": ollama_subject,
    }[request.param]
    async with made() as found:
        assert found.llm.name == request.param
        yield found


async def test_plain_text_and_usage(subject: Subject) -> None:
    said = await reply(subject.llm, ask("hi"))
    assert text(said) == "Hello from a very small model."
    assert text(said, "reasoning") == ""
    end = finish(said)
    assert end.reason == "stop"
    assert end.usage is not None
    assert end.usage.input_tokens > 0
    assert end.usage.output_tokens > 0


@pytest.mark.parametrize("think", [None, True])
async def test_reasoning_is_kept_apart(subject: Subject, think: bool | None) -> None:
    said = await reply(subject.llm, ask("think first", think=think))
    assert text(said, "reasoning") == "A greeting will do."
    assert text(said) == "Good day!"
    assert finish(said).reason == "stop"


async def test_a_tool_call_comes_whole(subject: Subject) -> None:
    said = await reply(subject.llm, ask("calculate 6*7", tools=(CALCULATOR,)))
    call = said[-2]
    assert isinstance(call, ToolCall)
    assert call.id
    assert (call.name, call.arguments) == ("calculator", {"expression": "6*7"})
    assert finish(said).reason == "tool_calls"


async def test_a_tool_result_is_understood(subject: Subject) -> None:
    said = await reply(subject.llm, ChatRequest(model="", messages=AFTER_TOOL, tools=(CALCULATOR,)))
    assert text(said) == "The result is 42."


async def test_a_long_reply_comes_in_many_pieces(subject: Subject) -> None:
    said = await reply(subject.llm, ask("a long one"))
    assert text(said) == LONG
    assert len(said) > 300


async def test_a_question_after_sources_picks_the_reply(subject: Subject) -> None:
    sources = "Sources:\n\n[1] A think tank that belongs to us.\n\nQuestion: cite it"
    if subject.llm.name != "ollama":
        assert text(await reply(subject.llm, ask(sources))) == CITED


async def test_replies_at_once_do_not_mix(subject: Subject) -> None:
    first, second = await asyncio.gather(
        reply(subject.llm, ask("a long one")), reply(subject.llm, ask("hi"))
    )
    assert text(first) == LONG
    assert text(second) == "Hello from a very small model."


@pytest.mark.parametrize("how", ["close", "cancel"])
async def test_a_stop_in_mid_reply_frees_the_server_at_once(subject: Subject, how: str) -> None:
    stream: Any = subject.llm.stream(ask("forever"))
    for _ in range(5):
        assert isinstance(await anext(stream), TextDelta)
    if how == "close":
        with frozen_time():
            await stream.aclose()
    else:
        reader = asyncio.ensure_future(drained(stream))
        await asyncio.sleep(0)
        with frozen_time():
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
    await subject.freed(AT_ONCE)


async def drained(stream: AsyncIterator[ModelChunk]) -> None:
    async for _ in stream:
        pass


async def test_models(subject: Subject) -> None:
    models = await subject.llm.models()
    assert [model.provider for model in models] == [subject.llm.name]
    assert models[0].context
    said = await reply(subject.llm, ChatRequest(model=models[0].id, messages=ask("hi").messages))
    assert text(said) == "Hello from a very small model."


async def test_a_prompt_over_the_context_is_the_callers_fault(llama: LlamaServer) -> None:
    async with openai_subject(llama) as subject:
        with pytest.raises(InvalidInput, match="longer than the model's context"):
            await reply(subject.llm, ask("x" * 9000))


# What follows needs a server that misbehaves, which llama.cpp in process shares with
# openai_compatible, whose client it uses.

HTTP_PROVIDERS = ("openai_compatible", "ollama")


def client(provider: str, url: str, **options: Any) -> LLM:
    """An LLM at an address, with a model so that none need be looked up."""
    if provider == "ollama":
        return ollama.create(ProviderSettings(ollama_host=url, model="tiny:1b", **options))
    return openai_compatible.create(
        ProviderSettings(openai_base_url=f"{url}/v1", model="tiny:1b", **options)
    )


async def failure(llm: LLM, request: ChatRequest) -> UpstreamUnavailable:
    """The error that a reply ends with."""
    with pytest.raises(UpstreamUnavailable) as caught:
        await reply(llm, request)
    await llm.close()
    assert caught.value.provider == llm.name
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_dead_server_is_told_soon(provider: str) -> None:
    url = f"http://127.0.0.1:{own_port()}"
    with frozen_time():
        error = await failure(client(provider, url), ask("hi"))
        assert url in error.message
        assert error.retryable
        with pytest.raises(UpstreamUnavailable):
            await client(provider, url).models()


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_a_server_that_takes_no_connections_is_told_soon(provider: str) -> None:
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.setblocking(False)
        first.connect_ex(full.getsockname())
        with socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())
            async with asyncio.timeout(AT_ONCE):
                url = f"http://127.0.0.1:{full.getsockname()[1]}"
                error = await failure(client(provider, url, connect_seconds=2.0), ask("hi"))
            assert "does not answer" in error.message


@pytest.mark.parametrize("provider", HTTP_PROVIDERS)
async def test_models_of_a_silent_server_are_given_up_soon(provider: str) -> None:
    async with raw_server([None]) as server, asyncio.timeout(AT_ONCE):
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
    "endless line": (b"data: " + b"x" * (5 << 20), "a line over 4 MiB"),
    "error": (
        b'data: {"error":{"code":500,"message":"secret"}}\n\n{"error":"secret"}\n',
        "failed",
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
    async with raw_server(script) as server, asyncio.timeout(AT_ONCE):
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


@asynccontextmanager
async def slow_server(chunk: bytes, go_on: asyncio.Semaphore) -> AsyncIterator[str]:
    """A server that sends a chunk each time that `go_on` is released."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
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
    (400, '{"error":"secret"}', UpstreamUnavailable, False),
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
