"""What only Ollama does: context length, load state, capabilities, OLLAMA_HOST."""

import asyncio
import os
from typing import Any

import msgspec
import pytest

from basicchat.domain.chat import ChatMessage, ChatRequest, Finish, ModelChunk, TextDelta, ToolCall
from basicchat.domain.chat import ToolSpec as Spec
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.ollama import Ollama, address, create, embedder
from basicchat.testing.ollama_server import (
    BREAK,
    Call,
    Error,
    Item,
    OllamaServer,
    Raw,
    Served,
    ollama_server,
)
from support.frozen_time import SECONDS

SPEC = Spec(name="add", title="Add", description="Adds.", parameters={"type": "object"})


def request(text: str = "hi", model: str = "tiny:1b", **options: Any) -> ChatRequest:
    return ChatRequest(
        model=model, messages=(ChatMessage.from_text(role="user", text=text),), **options
    )


def llm_at(server: OllamaServer, **settings: Any) -> Ollama:
    return create(ProviderSettings(ollama_host=server.url, **settings))


async def reply(llm: Ollama, asked: ChatRequest) -> list[ModelChunk]:
    try:
        async with asyncio.timeout(SECONDS):
            return [chunk async for chunk in llm.stream(asked)]
    finally:
        await llm.close()


def chat_body(server: OllamaServer) -> dict[str, Any]:
    return next(r.body for r in reversed(server.requests) if r.path == "/api/chat")


async def test_the_request_carries_context_length_and_keep_alive() -> None:
    async with ollama_server() as server:
        llm = llm_at(server, num_ctx=16384, keep_alive="30m")
        await reply(llm, request(temperature=0.2, max_tokens=9, tools=(SPEC,)))
        body = chat_body(server)
        assert body["options"] == {"num_ctx": 16384, "temperature": 0.2, "num_predict": 9}
        assert body["keep_alive"] == "30m"
        assert body["stream"] is True
        assert "think" not in body
        function = {"name": "add", "description": "Adds.", "parameters": {"type": "object"}}
        assert body["tools"] == [{"type": "function", "function": function}]


@pytest.mark.parametrize(
    ("capabilities", "think", "sent"),
    [
        (("completion", "thinking"), True, True),
        (("completion", "thinking"), False, False),
        (("completion", "thinking"), None, "left out"),
        (("completion",), True, "left out"),
        (("completion",), False, "left out"),
    ],
)
async def test_the_think_flag_is_sent_to_models_that_can(
    capabilities: tuple[str, ...], think: bool | None, sent: object
) -> None:
    async with ollama_server(Served("tiny:1b", capabilities)) as server:
        await reply(llm_at(server), request(think=think))
        assert chat_body(server).get("think", "left out") == sent


async def test_tool_results_name_their_tool() -> None:
    call = ToolCall(id="c", name="add", arguments={"a": 1})
    messages = (
        ChatMessage.from_text(role="assistant", text="", tool_calls=(call,)),
        ChatMessage.from_text(role="tool", text="5", tool_call_id="c", tool_name="add"),
    )
    async with ollama_server() as server:
        await reply(llm_at(server), ChatRequest(model="tiny:1b", messages=messages))
        function = {"name": "add", "arguments": {"a": 1}}
        assert chat_body(server)["messages"] == [
            {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "function": function}]},
            {"role": "tool", "content": "5", "tool_name": "add"},
        ]


async def test_models_tell_context_capabilities_and_load_state() -> None:
    served = (
        Served("small:1b", ("completion",), context=4096),
        Served("embed:1b", ("embedding",)),
        Served("big:7b", ("completion", "tools"), context=131072, loaded=True),
        Served("mine:latest", ("completion",)),
    )
    async with ollama_server(*served) as server:
        llm = llm_at(server, model="mine")
        models = await llm.models()
        assert [(m.id, m.context, m.loaded) for m in models] == [
            ("mine:latest", 8192, False),
            ("big:7b", 131072, True),
            ("small:1b", 4096, False),
        ]
        assert models[1].capabilities == ("completion", "tools")
        await llm.models()
        asked = [r.body["model"] for r in server.requests if r.path == "/api/show"]
        assert sorted(asked) == sorted(model.name for model in served)
        await llm.close()


async def test_without_a_choice_the_loaded_model_answers() -> None:
    async with ollama_server(Served("a:1b"), Served("b:1b", loaded=True)) as server:
        await reply(llm_at(server), request(model=""))
        assert chat_body(server)["model"] == "b:1b"


async def test_a_removed_model_is_replaced_by_a_new_choice() -> None:
    async with ollama_server(Served("a:1b")) as server:
        llm = llm_at(server)
        assert await anext(llm.stream(request(model=""))) == TextDelta(kind="answer", text="Hello")
        server.models = {"b:1b": Served("b:1b")}
        with pytest.raises(UpstreamUnavailable, match="has no model a:1b"):
            await anext(llm.stream(request(model="")))
        await reply(llm, request(model=""))
        assert chat_body(server)["model"] == "b:1b"


async def test_without_any_model_it_says_how_to_get_one() -> None:
    async with ollama_server(Served("e", ("embedding",))) as server:
        with pytest.raises(UpstreamUnavailable, match="offers no model") as caught:
            await reply(llm_at(server), request(model=""))
        assert "ollama pull" in str(caught.value.hint)


async def test_calls_without_an_id_get_one_each() -> None:
    async with ollama_server() as server:
        server.reply = [Call("add", {"a": 1}), Call("add", {"a": 2}), Call("add", {}, id="own")]
        said = await reply(llm_at(server), request(tools=(SPEC,)))
        ids = [chunk.id for chunk in said if isinstance(chunk, ToolCall)]
        assert len(set(ids)) == 3
        assert ids[2] == "own"
        end = said[-1]
        assert isinstance(end, Finish)
        assert end.reason == "tool_calls"


@pytest.mark.parametrize(
    ("script", "message", "retryable"),
    [
        (["a", Error("the runner stopped")], "middle of its reply: the runner stopped", True),
        (["a", BREAK], "broke off", True),
        (["a", Raw(b"<html>\n")], "unreadable", True),
        (["a", Raw(b"x" * (5 << 20))], "a line of more than 4194304 bytes", True),
        ([BREAK], "closed the connection without an answer", True),
        ([Error("model requires more system memory", 500)], "too little memory", True),
        ([Error("busy", 429)], "too many requests", True),
        ([Error("bad gateway", 502)], "failed (HTTP 502): bad gateway", True),
        ([Error("nonsense", 400)], "refused the request (HTTP 400): nonsense", False),
    ],
)
async def test_errors(script: list[Item], message: str, retryable: bool) -> None:
    async with ollama_server() as server:
        server.reply = script
        with pytest.raises(UpstreamUnavailable) as caught:
            await reply(llm_at(server), request())
        assert message in caught.value.message
        assert caught.value.retryable is retryable
        # Something listens there.
        assert "ollama serve" not in str(caught.value.hint)


def raw_line(**fields: Any) -> Raw:
    return Raw(msgspec.json.encode(fields) + b"\n")


@pytest.mark.parametrize(
    "line",
    [
        {"message": {"content": "Hi", "tool_calls": None, "thinking": None}, "done": False},
        {"message": {"content": "Hi", "tool_calls": {}, "images": 7}, "done": "false"},
        {"message": {"content": "Hi", "thinking": {"a": 1}}, "eval_count": "many"},
        {"message": {"content": [{"type": "text", "text": "H"}, "i"]}, "error": None},
        {"message": {"content": "Hi"}, "error": "", "done_reason": 7, "created_at": None},
    ],
)
async def test_unusual_lines_lose_nothing(line: dict[str, Any]) -> None:
    async with ollama_server() as server:
        server.reply = [raw_line(**line)]
        said = await reply(llm_at(server), request())
        assert "".join(c.text for c in said if isinstance(c, TextDelta)) == "Hi"


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt_eval_count": None, "eval_count": None}, (0, 0)),
        ({"prompt_eval_count": 3.0, "eval_count": "2"}, (3, 2)),
        ({"prompt_eval_count": -1, "eval_count": [7]}, (0, 0)),
        ({}, (0, 0)),
    ],
)
async def test_counts_of_any_type(counts: dict[str, Any], usage: tuple[int, int]) -> None:
    async with ollama_server() as server:
        last = raw_line(message={"content": ""}, done=True, done_reason=None, **counts)
        server.reply = ["Hi", last]
        end = (await reply(llm_at(server), request()))[-1]
        assert isinstance(end, Finish)
        assert end.usage is not None
        assert (end.usage.input_tokens, end.usage.output_tokens) == usage


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [('{"a": 1}', {"a": 1}), ({"a": 1}, {"a": 1}), (None, {}), ("", {}), ("{", None), ([1], None)],
)
async def test_arguments_in_any_form(arguments: Any, expected: dict[str, Any] | None) -> None:
    call = {"function": {"name": "add", "arguments": arguments}}
    async with ollama_server() as server:
        server.reply = [raw_line(message={"content": "", "tool_calls": [call]}, done=False)]
        made = (await reply(llm_at(server), request(tools=(SPEC,))))[0]
        assert isinstance(made, ToolCall)
        assert (made.arguments, made.error is None) == (expected or {}, expected is not None)


async def test_a_model_without_tools_is_the_callers_fault() -> None:
    async with ollama_server() as server:
        server.reply = [Error("tiny:1b does not support tools", 400)]
        with pytest.raises(InvalidInput, match="cannot use tools"):
            await reply(llm_at(server), request(tools=(SPEC,)))


async def test_embeddings_arrive_in_batches_and_in_order() -> None:
    async with ollama_server(Served("e:1b", ("embedding",))) as server:
        server.vector = lambda text: [float(len(text)), 1.0]
        made = embedder(ProviderSettings(ollama_host=server.url, embedding_model="e:1b"))
        assert made.model == "ollama/e:1b"
        texts = ["x" * i for i in range(130)]
        assert await made.embed(texts) == [[float(i), 1.0] for i in range(130)]
        assert [len(r.body["input"]) for r in server.requests] == [64, 64, 2]
        assert await made.embed([]) == []
        await made.close()


async def test_an_unknown_embedding_model_says_how_to_get_it() -> None:
    async with ollama_server() as server:
        made = embedder(ProviderSettings(ollama_host=server.url, embedding_model="nomic"))
        with pytest.raises(UpstreamUnavailable) as caught:
            await made.embed(["a"])
        assert "ollama pull nomic" in str(caught.value.hint)
        await made.close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "http://127.0.0.1:11434"),
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        (":1234", "http://127.0.0.1:1234"),
        ("gpu", "http://gpu:11434"),
        ("gpu:1234", "http://gpu:1234"),
        ("http://gpu:1234/", "http://gpu:1234"),
        ("http://gpu", "http://gpu:80"),
        ("https://gpu", "https://gpu:443"),
        ("https://gpu/ollama/", "https://gpu:443/ollama"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:1234", "http://[::1]:1234"),
        ("[::]:1234", "http://127.0.0.1:1234"),
    ],
)
def test_ollama_host(host: str | None, url: str) -> None:
    assert address(host) == url


@pytest.mark.live
@pytest.mark.skipif(not os.environ.get("OLLAMA_HOST"), reason="OLLAMA_HOST is not set")
async def test_a_real_ollama_answers() -> None:
    llm = create(
        ProviderSettings(
            ollama_host=os.environ["OLLAMA_HOST"], model=os.environ.get("BASICCHAT_MODEL")
        )
    )
    try:
        models = await llm.models()
        assert models
        assert models[0].context
        async with asyncio.timeout(SECONDS):
            said = [c async for c in llm.stream(request("Say hello.", models[0].id, max_tokens=50))]
        assert any(isinstance(chunk, TextDelta) for chunk in said)
        assert isinstance(said[-1], Finish)
    finally:
        await llm.close()
