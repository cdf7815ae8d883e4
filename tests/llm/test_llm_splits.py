"""However the network cuts a reply, the text that comes out is the text that went in."""

import asyncio
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.domain.chat import ChatMessage, ChatRequest, TextDelta
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.ports import LLM
from basicchat.llm import ollama, openai_compatible
from basicchat.testing.raw_server import answer, raw_server
from support.frozen_time import SECONDS

# Characters that some line splitters take for line ends, and such as take four bytes.
TEXT = st.text(alphabet=st.sampled_from('ab \n\r\u2028\u0085äß€😀{}[]"\\'), min_size=1, max_size=8)
REQUEST = ChatRequest(model="m", messages=(ChatMessage.from_text(role="user", text="hi"),))


def openai_stream(pieces: list[tuple[str, str]]) -> bytes:
    fields = {"answer": "content", "reasoning": "reasoning_content"}
    events: list[Any] = [{"choices": [{"delta": {fields[kind]: t}}]} for kind, t in pieces]
    events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    return b"".join(b"data: " + msgspec.json.encode(e) + b"\r\n\r\n" for e in events)


def ollama_stream(pieces: list[tuple[str, str]]) -> bytes:
    fields = {"answer": "content", "reasoning": "thinking"}
    lines: list[Any] = [{"message": {fields[kind]: t}, "done": False} for kind, t in pieces]
    lines.append({"message": {"content": ""}, "done": True, "done_reason": "stop"})
    return b"\n".join(msgspec.json.encode(line) for line in lines)


def made(provider: str, url: str) -> LLM:
    if provider == "ollama":
        return ollama.create(ProviderSettings(ollama_host=url))
    return openai_compatible.create(ProviderSettings(openai_base_url=url))


async def streamed(provider: str, data: bytes, cuts: list[int]) -> dict[str, str]:
    edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    parts = [data[a:b] for a, b in pairwise(edges)]
    said = {"answer": "", "reasoning": ""}
    async with raw_server([answer(b""), *parts]) as server, asyncio.timeout(SECONDS):
        llm = made(provider, server.url)
        async for chunk in llm.stream(REQUEST):
            if isinstance(chunk, TextDelta):
                said[chunk.kind] += chunk.text
        await llm.close()
    return said


@pytest.mark.parametrize("provider", ["openai_compatible", "ollama"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pieces=st.lists(st.tuples(st.sampled_from(["answer", "reasoning"]), TEXT), max_size=8),
    cuts=st.lists(st.integers(0, 10_000), max_size=12),
)
def test_deltas_join_to_the_text(
    provider: str, pieces: list[tuple[str, str]], cuts: list[int]
) -> None:
    data = openai_stream(pieces) if provider == "openai_compatible" else ollama_stream(pieces)
    expected = {
        kind: "".join(text for k, text in pieces if k == kind) for kind in ("answer", "reasoning")
    }
    assert asyncio.run(streamed(provider, data, cuts)) == expected
