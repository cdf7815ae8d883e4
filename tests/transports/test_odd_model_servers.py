"""A whole server on model servers that answer in odd but real ways."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.chat import (
    ChatRequest,
    Finish,
    Model,
    ModelChunk,
    Reclassified,
    TextDelta,
    ToolCall,
)
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import ollama, openai_compatible
from basicchat.testing.http_exchange import read_request
from basicchat.testing.loopback import listening
from basicchat.testing.raw_server import answer
from basicchat.testing.scripted_llm import PacedLLM
from support.openai_api import client, user
from support.servers import Talk, WireFailure, running, settings_for

DONE = "data: [DONE]\n\n"
QUESTION = "What is the answer to everything?"


def stream(*deltas: Any, finish: str = "stop") -> bytes:
    """A streamed reply of chat completions."""
    choices: list[Any] = [{"delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"delta": {}, "finish_reason": finish})
    events = [f"data: {json.dumps({'choices': [choice]})}\n\n" for choice in choices]
    return answer("".join([*events, DONE]))


HELLO = stream({"content": "Hello "}, {"content": "world."})
MODELS: dict[str, bytes] = {
    "plain": HELLO,
    "fails": answer("<h1>502</h1>", 502),
    "empty": stream({"content": ""}),
    "thinks": stream({"content": "<think>S"}, {"content": "ECRET</thi"}, {"content": "nk>Hello"}),
    "closes": stream({"content": "SEC"}, {"content": "RET"}, {"content": "</think>\n\nHello"}),
    "thought": stream({"reasoning_content": "long"}, finish="length"),
    "filtered": stream(finish="content_filter"),
    "refuses": stream({"refusal": "I will not."}),
    "breaks": stream({"content": ""}, finish="error"),
    "done": answer(DONE),
    "strict": HELLO,
}


@asynccontextmanager
async def model_server(prompts: list[Any]) -> AsyncIterator[str]:
    """A server of those models; `strict` wants user and assistant in turn."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        assert request is not None
        if request.path == "/v1/models":
            reply = answer(json.dumps({"data": [{"id": name} for name in MODELS]}))
        else:
            prompts.append(request.body["messages"])
            roles = [m["role"] for m in request.body["messages"] if m["role"] != "system"]
            in_turn = all(role != ("user", "assistant")[n % 2 == 0] for n, role in enumerate(roles))
            reply = MODELS[request.body["model"]]
            if request.body["model"] == "strict" and not in_turn:
                reply = answer('{"message": "Conversation roles must alternate"}', 400)
        writer.write(reply)
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}/v1"


@asynccontextmanager
async def talking(folder: Path, prompts: list[Any]) -> AsyncIterator[Talk]:
    async with model_server(prompts) as url:
        llm = openai_compatible.create(ProviderSettings(openai_base_url=url))
        async with running(settings_for(folder), llm) as server, server.talk() as talk:
            yield talk


async def query(talk: Talk, model: str, **params: Any) -> Any:
    params = {"query": QUESTION, "model": model, "reasoning_mode": "standard"} | params
    return await talk.call("query", **params)


@pytest.mark.parametrize("between", ["fails", "empty", "filtered"])
async def test_a_failed_answer_does_not_break_its_room(tmp_path: Path, between: str) -> None:
    async with talking(tmp_path, []) as talk:
        room = {"room_id": (await query(talk, "plain"))["room_id"]}
        with pytest.raises(WireFailure):
            await query(talk, between, **room)
        assert (await query(talk, "strict", **room))["answer"] == "Hello world."


@pytest.mark.parametrize("model", ["thinks", "closes"])
async def test_reasoning_is_neither_the_answer_nor_sent_back(tmp_path: Path, model: str) -> None:
    prompts: list[Any] = []
    async with talking(tmp_path, prompts) as talk:
        turn = await query(talk, model)
        assert (turn["answer"], turn["reasoning"].strip()) == ("Hello", "SECRET")
        messages = (await talk.call("messages.list", room_id=turn["room_id"]))["messages"]
        assert messages[-1]["text"] == "Hello"
        await query(talk, "plain", room_id=turn["room_id"])
        assert "SECRET" not in str(prompts)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("empty", "answer_empty"),
        ("done", "answer_empty"),
        ("thought", "answer_only_reasoning"),
        ("filtered", "answer_filtered"),
        ("refuses", "answer_refused"),
        ("breaks", "answer_broken"),
        ("fails", "model_server_failed"),
    ],
)
async def test_an_answer_without_text_says_why(tmp_path: Path, model: str, reason: str) -> None:
    async with talking(tmp_path, []) as talk:
        with pytest.raises(WireFailure) as failed:
            await query(talk, model)
        assert failed.value.error["data"]["reason"] == reason
        assert failed.value.error["data"]["hint"]


async def test_the_text_of_a_refusal_is_shown(tmp_path: Path) -> None:
    async with talking(tmp_path, []) as talk:
        with pytest.raises(WireFailure, match="refused to answer: I will not"):
            await query(talk, "refuses")


async def test_reasoning_that_only_ends_is_no_answer_over_v1_either(tmp_path: Path) -> None:
    script = [
        TextDelta(kind="answer", text="SECRET"),
        Reclassified(),
        TextDelta(kind="answer", text="Hello"),
        Finish(reason="stop"),
    ]
    async with (
        running(settings_for(tmp_path), PacedLLM({"": script})) as server,
        client(server) as api,
    ):
        reply = await api.chat.completions.create(model="basicchat", messages=[user(QUESTION)])
        message = reply.choices[0].message
        assert message.content == "Hello"
        assert message.model_extra is not None
        assert message.model_extra["reasoning_content"] == "SECRET"


async def test_an_unreadable_call_is_never_passed_to_a_client_of_v1(tmp_path: Path) -> None:
    def replies(request: Any) -> list[Any]:
        if "could not be read" in request.messages[-1].text:
            return [ToolCall(id="b", name="add", arguments={"x": 1})]
        return [ToolCall(id="a", name="add", arguments={}, error="Not JSON.")]

    llm = PacedLLM(replies, capabilities=("tools",))
    tool: Any = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    async with running(settings_for(tmp_path), llm) as server, client(server) as api:
        reply = await api.chat.completions.create(
            model="basicchat", messages=[user(QUESTION)], tools=[tool]
        )
        (call,) = reply.choices[0].message.tool_calls or []
        assert (call.id, call.function.arguments) == ("b", '{"x":1}')  # type: ignore[union-attr]


# --- tool calls that Ollama could not read ---------------------------------------------------


@pytest.mark.parametrize(
    "failure",
    [
        (500, {"error": "error parsing tool call: raw='{\"a\"', err=unexpected end of JSON input"}),
        (200, {"error": "XML syntax error on line 7: expected element name after <"}),
        (200, {"error parsing tool call": "invalid character 'c' looking for beginning of value"}),
        (200, {"error": "expected element type <function> but have <parameter>"}),
    ],
)
async def test_a_call_that_ollama_cannot_read_is_tried_again(tmp_path: Path, failure: Any) -> None:
    status, body = failure
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        assert request is not None
        match request.path:
            case "/api/tags":
                writer.write(answer('{"models": [{"name": "m", "digest": null}]}'))
            case "/api/ps":
                writer.write(answer('{"models": null}'))
            case "/api/show":
                writer.write(answer('{"capabilities": ["completion", "tools"]}'))
            case _:
                asked.append(request.body["messages"][-1]["content"])
                final = {"message": {"content": "It is 42."}, "done": True, "done_reason": "stop"}
                reply = answer(json.dumps(body), status)
                writer.write(reply if len(asked) == 1 else answer(json.dumps(final)))
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        llm = ollama.create(ProviderSettings(ollama_host=f"http://127.0.0.1:{port}"))
        async with running(settings_for(tmp_path), llm) as server, server.talk() as talk:
            turn = await query(talk, "m", reasoning_mode="agent")
            assert turn["answer"] == "It is 42."
            assert "could not be read" in asked[1]


# --- a model server that accepts connections but never answers -------------------------------


class SilentLLM:
    """An LLM whose server never answers."""

    name = "silent"

    async def models(self) -> Sequence[Model]:
        await asyncio.Event().wait()
        return ()

    async def stream(self, request: ChatRequest) -> AsyncIterator[ModelChunk]:
        await asyncio.Event().wait()
        yield Finish(reason="stop")

    async def close(self) -> None: ...


async def test_nothing_waits_for_a_silent_model_server(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path), SilentLLM()) as server, server.talk() as talk:
        async with server.http(headers=server.bearer()) as http:
            ready = await http.get("/health/ready")
            assert ready.status_code == 200
            assert ready.json()["dependencies"]["provider"]["status"] == "unknown"
            assert (await http.get("/v1/models")).status_code == 200
        with pytest.raises(WireFailure) as failed:
            await talk.call("models.list")
        assert failed.value.error["data"]["reason"] == "models_not_known"
        started = await talk.call("stream_request", query=QUESTION)
        # The user is told what the run is waiting for, and can stop it.
        notes = await talk.until("run.step")
        step = notes[-1][1]["events"][-1]["data"]["steps"][-1]
        while step["name"] != "waiting":
            notes = await talk.until("run.step")
            step = notes[-1][1]["events"][-1]["data"]["steps"][-1]
        assert "has not begun to answer" in step["detail"]
        await talk.call("runs.cancel", run_id=started["run_id"])
        assert (await talk.ended())["status"] == "cancelled"
