"""PROTOCOL §1, `/v1`: what OpenAI's own library gets from the server, and what others send."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from basicchat.domain.chat import Finish, TextDelta
from basicchat.domain.runs import Usage
from basicchat.llm import openai_compatible
from basicchat.llm.extractive import Extractive
from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.scripted_gguf import CITED, CITED_SENTENCE
from basicchat.testing.scripted_llm import PacedLLM
from support.openai_api import CALCULATOR, QUESTION, client, serving, user
from support.servers import RunningServer, running, settings_for

LISTED = f"\n\n---\n\n**Sources**\n\n- [1] Stock: “{CITED_SENTENCE}”"


@pytest.fixture(scope="module")
def llama() -> Iterator[LlamaServer]:
    with llama_server(slot_context=16384) as server:
        yield server


@asynccontextmanager
async def real(folder: Path, llama: LlamaServer) -> AsyncIterator[RunningServer]:
    """A server in front of a real llama.cpp."""
    settings = settings_for(folder, provider="openai_compatible", openai_base_url=llama.base_url)
    async with serving(folder, openai_compatible.create(settings.provider_settings())) as server:
        yield server


# --- models ---------------------------------------------------------------------------------


async def test_models_are_the_server_in_each_mode_and_those_of_the_provider(tmp_path: Path) -> None:
    llm = PacedLLM({"": ["So."]}, models=("big", "small"))
    async with running(settings_for(tmp_path), llm) as server, client(server) as ai:
        names = [model.id async for model in ai.models.list()]
        modes = ["standard", "chain_of_thought", "multi_step", "agent", "deep_research"]
        assert names == ["basicchat", *(f"basicchat:{mode}" for mode in modes), "big", "small"]
        one = await ai.models.retrieve("basicchat:agent")
        assert (one.id, one.object, one.owned_by) == ("basicchat:agent", "model", "basicchat")
        with pytest.raises(openai.NotFoundError):
            await ai.models.retrieve("nobody/none")


# a model's name, which model is asked, in which mode
NAMES = [
    ("basicchat", "big", "standard"),
    ("basicchat:standard", "big", "standard"),
    ("basicchat:multi_step", "big", "multi_step"),
    ("basicchat:auto", "big", "standard"),
    ("small", "small", "standard"),
]


@pytest.mark.parametrize(("name", "model", "mode"), NAMES)
async def test_a_models_name_chooses_model_and_mode(
    tmp_path: Path, name: str, model: str, mode: str
) -> None:
    llm = PacedLLM({"": ["So."]}, models=("big", "small"))
    async with running(settings_for(tmp_path), llm) as server, client(server) as ai:
        reply = await ai.chat.completions.create(model=name, messages=[user("Is it so?")])
        assert reply.model == name
        own = extra(reply)
        assert (own["model"], own["reasoning_mode"]) == (model, mode)
        assert {request.model for request in llm.requests} == {model}


def extra(reply: Any) -> dict[str, Any]:
    """What only this server adds to a reply."""
    return dict((reply.model_extra or {})["basicchat"])


# --- answers --------------------------------------------------------------------------------


@pytest.mark.provider
async def test_an_answer_cites_the_users_documents(tmp_path: Path, llama: LlamaServer) -> None:
    async with real(tmp_path, llama) as server, client(server) as ai:
        reply = await ai.chat.completions.create(model="basicchat", messages=[user(QUESTION)])
        assert reply.object == "chat.completion"
        (choice,) = reply.choices
        assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
        assert choice.message.content == CITED + LISTED
        assert [each["quote"] for each in extra(reply)["citations"]] == [CITED_SENTENCE]
        assert reply.usage is not None
        assert reply.usage.prompt_tokens > 100
        counted = reply.usage.prompt_tokens + reply.usage.completion_tokens
        assert reply.usage.total_tokens == counted


@pytest.mark.provider
async def test_a_stream_has_the_same_in_pieces(tmp_path: Path, llama: LlamaServer) -> None:
    async with real(tmp_path, llama) as server, client(server) as ai:
        stream = await ai.chat.completions.create(
            model="basicchat",
            messages=[user(QUESTION)],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        assert len({chunk.id for chunk in chunks}) == 1
        assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
        *spoken, last, counted = chunks
        assert spoken[0].choices[0].delta.role == "assistant"
        pieces = [chunk.choices[0].delta.content or "" for chunk in spoken]
        assert len([piece for piece in pieces if piece]) >= 6
        assert "".join(pieces) == CITED + LISTED
        assert {chunk.choices[0].finish_reason for chunk in spoken} == {None}
        assert last.choices[0].finish_reason == "stop"
        assert [each["quote"] for each in extra(last)["citations"]] == [CITED_SENTENCE]
        assert counted.choices == []
        assert counted.usage is not None
        assert counted.usage.completion_tokens > 0
        assert all(chunk.usage is None for chunk in chunks[:-1])


async def test_reasoning_is_separate_and_sources_are_optional(tmp_path: Path) -> None:
    llm = PacedLLM({"": [TextDelta(kind="reasoning", text="Hm."), CITED]})
    async with serving(tmp_path, llm) as server, client(server) as ai:
        reply = await ai.chat.completions.create(
            model="basicchat",
            messages=[user(QUESTION)],
            extra_body={"basicchat": {"sources": False}},
        )
        message = reply.choices[0].message
        assert message.content == CITED
        assert (message.model_extra or {})["reasoning_content"] == "Hm."
        assert len(extra(reply)["citations"]) == 1


async def test_without_a_model_the_documents_are_quoted(tmp_path: Path) -> None:
    async with serving(tmp_path, Extractive()) as server, client(server) as ai:
        reply = await ai.chat.completions.create(
            model="basicchat:deep_research", messages=[user(QUESTION)]
        )
        assert CITED in (reply.choices[0].message.content or "")
        assert extra(reply)["reasoning_mode"] == "standard"


async def test_the_conversation_is_the_clients_and_is_not_stored(tmp_path: Path) -> None:
    llm = PacedLLM({"": ["So."]})
    said = [
        {"role": "system", "content": "Answer like a pirate."},
        user("Hello"),
        {"role": "assistant", "content": f"Ahoy.{LISTED}"},
        user([{"type": "text", "text": "And the"}, {"type": "text", "text": "pallets?"}]),
    ]
    async with serving(tmp_path, llm) as server, client(server) as ai, server.talk() as talk:
        body: Any = {"temperature": 0.3, "max_tokens": 50, "seed": 7, "top_p": 0.9, "user": "me"}
        await ai.chat.completions.create(model="basicchat", messages=said, **body)
        (request,) = llm.requests
        system, first, second, last = request.messages
        assert system.text.endswith("What the user wants of all answers:\nAnswer like a pirate.")
        assert (first.text, second.text) == ("Hello", "Ahoy.")
        assert last.text.endswith("Question: And the\npallets?")
        assert (request.temperature, request.max_tokens) == (0.3, 50)
        assert (await talk.call("rooms.list"))["rooms"] == []
        assert await server.app.store.running() == ()


async def test_an_answer_cut_off_at_its_most_tokens_says_so(tmp_path: Path) -> None:
    used = Usage(input_tokens=3, output_tokens=2)
    llm = PacedLLM({"": ["So", Finish(reason="length", usage=used)]})
    async with running(settings_for(tmp_path), llm) as server, client(server) as ai:
        reply = await ai.chat.completions.create(
            model="basicchat", messages=[user("?!")], max_completion_tokens=2
        )
        assert reply.choices[0].finish_reason == "length"
        assert reply.usage is not None
        assert reply.usage.total_tokens == 5


# --- the client's own tools -----------------------------------------------------------------


@pytest.mark.provider
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_clients_tools_are_passed_on(
    tmp_path: Path, llama: LlamaServer, streamed: bool
) -> None:
    messages: list[Any] = [user("Please calculate six times seven.")]
    async with real(tmp_path, llama) as server, client(server) as ai:
        ask: Any = {"model": "basicchat", "tools": [CALCULATOR]}
        if streamed:
            chunks = [c async for c in await ai.chat.completions.create(
                messages=messages, stream=True, **ask
            )]  # fmt: skip
            calls = [each for c in chunks for each in c.choices[0].delta.tool_calls or ()]
            finish = chunks[-1].choices[0].finish_reason
        else:
            reply = await ai.chat.completions.create(messages=messages, **ask)
            calls = list(reply.choices[0].message.tool_calls or ())
            finish = reply.choices[0].finish_reason
        (call,) = calls
        assert finish == "tool_calls"
        assert call.function.name == "calculator"
        assert json.loads(call.function.arguments) == {"expression": "6*7"}
        made = {"name": call.function.name, "arguments": call.function.arguments}
        messages += [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": call.id, "type": "function", "function": made}],
            },
            {"role": "tool", "tool_call_id": call.id, "content": "42"},
        ]
        last = await ai.chat.completions.create(messages=messages, **ask)
        assert last.choices[0].message.content == "The result is 42."
