"""The scripted LLM keeps the contract of the port, at the pace it was told."""

import asyncio
import itertools

import pytest

from basicchat.domain.chat import ChatMessage, ChatRequest, Finish, ModelChunk, TextDelta, ToolCall
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import LLM
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.frozen_time import SECONDS, frozen_time

CALL = ToolCall(id="1", name="add", arguments={"a": 2})
REASONING = TextDelta(kind="reasoning", text="hm")
BROKEN = UpstreamUnavailable("broken", provider="scripted")


def ask(text: str) -> ChatRequest:
    return ChatRequest(model="scripted", messages=(ChatMessage.from_text(role="user", text=text),))


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("say hello", ["Hello", " you", "stop"]),
        ("ADD it", ["hm", "add", "tool_calls"]),
        ("else", ["fallback", "stop"]),
    ],
)
async def test_the_first_trigger_in_the_question_picks_the_script(
    question: str, kinds: list[str]
) -> None:
    replies: dict[str, list[ScriptItem]] = {
        "hello": ["Hello", " you"],
        "add": [REASONING, CALL, Finish(reason="tool_calls")],
        "": ["fallback"],
    }
    llm: LLM = PacedLLM(replies)
    said = [chunk async for chunk in llm.stream(ask(question))]
    names = [
        c.text if isinstance(c, TextDelta) else c.name if isinstance(c, ToolCall) else c.reason
        for c in said
    ]
    assert names == kinds


async def test_a_scripted_error_is_raised_in_its_place() -> None:
    llm = PacedLLM({"": ["a", BROKEN]})
    stream = llm.stream(ask("x"))
    assert await anext(stream) == TextDelta(kind="answer", text="a")
    with pytest.raises(UpstreamUnavailable, match="broken"):
        await anext(stream)
    assert (llm.active, llm.cancelled) == (0, 0)


async def test_closing_an_endless_stream_counts_as_cancelled() -> None:
    llm = PacedLLM(lambda request: itertools.repeat("tick "))
    stream = llm.stream(ask("x"))
    assert await anext(stream) == TextDelta(kind="answer", text="tick ")
    assert llm.active == 1
    await stream.aclose()
    await llm.idle()
    assert (llm.active, llm.cancelled) == (0, 1)


async def test_the_gate_lets_chunks_through_one_by_one() -> None:
    gate = asyncio.Semaphore(0)
    llm = PacedLLM({"": ["a", "b"]}, gate=gate)
    stream = llm.stream(ask("x"))
    first = asyncio.ensure_future(anext(stream))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not first.done()
    gate.release()
    assert await asyncio.wait_for(first, SECONDS) == TextDelta(kind="answer", text="a")
    await stream.aclose()


async def test_pace_is_kept_from_the_start_of_the_stream() -> None:
    llm = PacedLLM({"": ["x"] * 20}, tokens_per_second=200)
    said: list[ModelChunk] = []

    async def listen() -> None:
        said.extend([chunk async for chunk in llm.stream(ask("x"))])

    with frozen_time() as clock:
        start = clock.now()
        listening = asyncio.ensure_future(listen())
        while not listening.done():
            clock.advance(0.001)
            # So late are all chunks, and none is later because others were.
            for _ in range(10):
                await asyncio.sleep(0)
        assert 0.1 <= clock.now() - start < 0.12
    assert len(said) == 21
