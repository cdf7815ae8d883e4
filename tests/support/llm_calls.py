"""Calls of language models, and what they reply."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatMessage,
    ChatRequest,
    Finish,
    ModelChunk,
    TextDelta,
)
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.domain.ports import LLM
from basicchat.llm import ollama, openai_compatible
from support.frozen_time import SECONDS

HTTP_PROVIDERS = ("openai_compatible", "ollama")


def ask(text: str, **options: Any) -> ChatRequest:
    """A question without history."""
    return ChatRequest(
        model="", messages=(ChatMessage.from_text(role="user", text=text),), **options
    )


async def reply(llm: LLM, request: ChatRequest) -> list[ModelChunk]:
    """All that is said."""
    async with asyncio.timeout(SECONDS):
        return [chunk async for chunk in llm.stream(request)]


async def drained(stream: AsyncIterator[ModelChunk]) -> None:
    async for _ in stream:
        pass


def text(said: Iterable[ModelChunk], kind: str = "answer") -> str:
    """The text of one kind."""
    return "".join(c.text for c in said if isinstance(c, TextDelta) and c.kind == kind)


def finish(said: list[ModelChunk]) -> Finish:
    """The end, which must come once and last."""
    assert [isinstance(chunk, Finish) for chunk in said].count(True) == 1
    assert isinstance(said[-1], Finish)
    return said[-1]


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
