"""What every provider of language models must do, against real servers.

`openai_compatible` and `llamacpp` meet llama.cpp itself; `ollama` meets a server that speaks
Ollama's wire format and says the same.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatMessage,
    ChatRequest,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from basicchat.domain.errors import InvalidInput
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.ports import LLM
from basicchat.llm import llamacpp, ollama, openai_compatible
from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.ollama_server import Call, Item, Thought, ollama_server
from basicchat.testing.scripted_gguf import CITED, REPLIES, write_model
from support.frozen_time import frozen_time
from support.llm_calls import ask, drained, finish, reply, text

pytestmark = pytest.mark.provider

PROMPTLY_SECONDS = 15.0  # On a busy machine; else milliseconds, and never by itself.
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


async def test_a_tool_call_arrives_whole(subject: Subject) -> None:
    said = await reply(subject.llm, ask("calculate 6*7", tools=(CALCULATOR,)))
    call = said[-2]
    assert isinstance(call, ToolCall)
    assert call.id
    assert (call.name, call.arguments) == ("calculator", {"expression": "6*7"})
    assert finish(said).reason == "tool_calls"


async def test_a_tool_result_is_understood(subject: Subject) -> None:
    said = await reply(subject.llm, ChatRequest(model="", messages=AFTER_TOOL, tools=(CALCULATOR,)))
    assert text(said) == "The result is 42."


async def test_a_long_reply_arrives_in_many_pieces(subject: Subject) -> None:
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
    await subject.freed(PROMPTLY_SECONDS)


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
