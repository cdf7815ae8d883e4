"""Models whose chat template refuses some roles: asked again in a form that they accept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from basicchat.domain.chat import ChatMessage, ChatRequest, TextDelta, ToolCall
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import openai_compatible
from basicchat.testing.http_exchange import read_request
from basicchat.testing.loopback import listening
from basicchat.testing.raw_server import answer
from support.frozen_time import SECONDS

HELLO = (
    b'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)
CALL = ToolCall(id="c", name="add", arguments={})
MESSAGES = (
    ChatMessage.from_text(role="system", text="Be brief."),
    ChatMessage.from_text(role="user", text="Hi"),
)
WITH_TOOLS = (
    *MESSAGES,
    ChatMessage.from_text(role="assistant", text="", tool_calls=(CALL,)),
    ChatMessage.from_text(role="tool", text="1", tool_call_id="c", tool_name="add"),
    ChatMessage.from_text(role="user", text="Go on"),
)
Rule = Callable[[list[str]], str | None]


@asynccontextmanager
async def strict_server(rule: Rule, status: int = 400) -> AsyncIterator[tuple[str, list[Any]]]:
    """A server with a chat template: `rule` says what is wrong with the roles of a prompt."""
    seen: list[Any] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        assert request is not None
        seen.append(request.body["messages"])
        wrong = rule([message["role"] for message in request.body["messages"]])
        error = msgspec.json.encode({"error": {"message": wrong}})
        writer.write(answer(error, status) if wrong else answer(HELLO))
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}/v1", seen


def no_system(message: str) -> Rule:
    return lambda roles: message if "system" in roles else None


def no_user_after_tool(roles: list[str]) -> str | None:
    pairs = pairwise(roles)
    return "Unexpected role 'user' after role 'tool'" if ("tool", "user") in pairs else None


async def said(llm: Any, messages: tuple[ChatMessage, ...] = MESSAGES) -> str:
    async with asyncio.timeout(SECONDS):
        chunks = [c async for c in llm.stream(ChatRequest(model="m", messages=messages))]
    return "".join(chunk.text for chunk in chunks if isinstance(chunk, TextDelta))


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ("System role not supported", 400),
        ("Conversation roles must alternate user/assistant/user/assistant/...", 400),
        ("messages[0].role does not support 'system' with this model", 400),
        ("Developer instruction is not enabled for models/gemma", 400),
        ('Unexpected role "system". The Messages API accepts a top-level `system` parameter', 400),
        ("Jinja Exception: System role not supported", 500),
        ("Only user and assistant roles are supported!", 422),
    ],
)
async def test_without_a_system_role_the_rules_come_first(message: str, status: int) -> None:
    async with strict_server(no_system(message), status) as (url, seen):
        llm = openai_compatible.create(ProviderSettings(openai_base_url=url))
        assert await said(llm) == "Hello"
        assert seen[-1] == [{"role": "user", "content": "Be brief.\n\nHi"}]
        # Remembered for the model.
        assert await said(llm) == "Hello"
        assert len(seen) == 3
        await llm.close()


async def test_a_question_behind_a_result_is_put_in_words() -> None:
    async with strict_server(no_user_after_tool) as (url, seen):
        llm = openai_compatible.create(ProviderSettings(openai_base_url=url))
        assert await said(llm, WITH_TOOLS) == "Hello"
        assert [message["role"] for message in seen[-1]] == ["user", "assistant", "user"]
        await llm.close()


async def test_other_refusals_change_nothing() -> None:
    async with strict_server(lambda roles: "The system is out of memory") as (url, seen):
        llm = openai_compatible.create(ProviderSettings(openai_base_url=url))
        with pytest.raises(UpstreamUnavailable, match="out of memory"):
            await said(llm)
        assert len(seen) == 1
        await llm.close()


async def test_a_template_that_refuses_everything_is_an_error_that_says_so() -> None:
    async with strict_server(lambda roles: "Conversation roles must alternate") as (url, seen):
        llm = openai_compatible.create(ProviderSettings(openai_base_url=url))
        with pytest.raises((UpstreamUnavailable, InvalidInput), match="must alternate"):
            await said(llm, WITH_TOOLS)
        assert len(seen) == 3
        await llm.close()


async def test_a_template_that_begins_the_reasoning_is_remembered() -> None:
    reply = (
        b'data: {"choices":[{"delta":{"content":"Hm."}}]}\n\n'
        b'data: {"choices":[{"delta":{"content":"</think>42"},"finish_reason":"stop"}]}\n\n'
        b"data: [DONE]\n\n"
    )

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer(reply))
        await writer.drain()
        writer.close()

    async with listening(serve) as port, asyncio.timeout(SECONDS):
        llm = openai_compatible.create(
            ProviderSettings(openai_base_url=f"http://127.0.0.1:{port}/v1")
        )
        request = ChatRequest(model="m", messages=MESSAGES)
        first = [chunk async for chunk in llm.stream(request)]
        again = [chunk async for chunk in llm.stream(request)]
        assert first[0] == TextDelta(kind="answer", text="Hm.")
        assert again[:2] == [
            TextDelta(kind="reasoning", text="Hm."),
            TextDelta(kind="answer", text="42"),
        ]
        await llm.close()
