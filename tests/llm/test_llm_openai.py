"""What only servers with OpenAI's format do: their dialects, errors, vectors and tool calls."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from basicchat.domain.values import Usage
from basicchat.llm.openai_compatible import OpenAICompatible, create, embedder, find_endpoint
from basicchat.llm.openai_wire import ReplyDecoder, Unreadable
from basicchat.testing.loopback import own_port
from basicchat.testing.raw_server import RawServer, answer, raw_server
from support.frozen_time import SECONDS

DONE = b"data: [DONE]\n\n"
USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
REQUEST = ChatRequest(model="m", messages=(ChatMessage.from_text(role="user", text="hi"),))


def event(value: Any) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def delta(finish: str | None = None, **fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def call(arguments: str, **fields: Any) -> dict[str, Any]:
    name = {"name": fields.pop("name")} if "name" in fields else {}
    return {**fields, "function": {**name, "arguments": arguments}}


def stream_of(*events: bytes) -> bytes:
    return answer(b"".join(events), headers=["Content-Type: text/event-stream"])


def llm_at(server: RawServer, **settings: Any) -> OpenAICompatible:
    return create(ProviderSettings(openai_base_url=f"{server.url}/v1/", **settings))


async def reply(llm: OpenAICompatible, request: ChatRequest = REQUEST) -> list[ModelChunk]:
    try:
        async with asyncio.timeout(SECONDS):
            return [chunk async for chunk in llm.stream(request)]
    finally:
        await llm.close()


def decoded(*events: bytes) -> list[ModelChunk]:
    decoder = ReplyDecoder()
    return [c for e in events for line in e.split(b"\n") for c in decoder.feed(line)]


ADD = ToolCall(id="a", name="add", arguments={"x": 1})
SUB = ToolCall(id="b", name="sub", arguments={})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([delta(reasoning="hm")], [TextDelta(kind="reasoning", text="hm")]),
        ([delta(reasoning_content="hm")], [TextDelta(kind="reasoning", text="hm")]),
        (
            [delta(reasoning="hm", reasoning_content="hm", content="so")],
            [TextDelta(kind="reasoning", text="hm"), TextDelta(kind="answer", text="so")],
        ),
        ([delta(role="assistant", content="")], []),
        ([delta(role="assistant", content=None, refusal=None)], []),
        ([b": keep-alive\n\n", b"event: message\n", b"\n"], []),
        ([delta("stop"), DONE], [Finish(reason="stop")]),
        ([delta("length"), DONE], [Finish(reason="length")]),
        ([delta("content_filter"), DONE], [Finish(reason="other")]),
        ([DONE], [Finish(reason="other")]),
        (
            [delta("stop"), event(USAGE), DONE],
            [Finish(reason="stop", usage=Usage(input_tokens=3, output_tokens=2))],
        ),
        (
            # Two calls, letter by letter and interleaved.
            [
                delta(tool_calls=[call("", index=0, id="a", name="add")]),
                delta(tool_calls=[call("", index=1, id="b", name="sub")]),
                delta(tool_calls=[call('{"x"', index=0)]),
                delta(tool_calls=[call("{}", index=1), call(":1}", index=0)]),
                delta("tool_calls"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
        (
            # All numbered 0, whole, and ended with "stop".
            [
                delta(tool_calls=[call('{"x":1}', index=0, id="a", name="add")]),
                delta(tool_calls=[call("", index=0, id="b", name="sub")]),
                delta("stop"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
        (
            # Not numbered.
            [
                delta(tool_calls=[call('{"x"', id="a", name="add")]),
                delta(tool_calls=[call(":1}")]),
                delta(tool_calls=[call("", id="b", name="sub")]),
                delta("tool_calls"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
    ],
)
def test_streams(events: list[bytes], expected: list[ModelChunk]) -> None:
    assert decoded(*events) == expected


@pytest.mark.parametrize("arguments", ["{", "[1]", "7", "nonsense"])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(Unreadable):
        decoded(delta(tool_calls=[call(arguments, index=0, id="a", name="add")]), DONE)


@pytest.mark.parametrize(
    "events",
    [
        [delta(tool_calls=[call("", index=i, id=f"{i}", name="f")]) for i in range(200)],
        [delta(tool_calls=[call("x" * 100_000, index=0)]) for _ in range(11)],
    ],
)
def test_tool_calls_are_bounded(events: list[bytes]) -> None:
    with pytest.raises(Unreadable):
        decoded(*events)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for line in (b"data: " + data).split(b"\n"):
        with suppress(Unreadable):
            list(ReplyDecoder().feed(line))


async def test_a_server_that_knows_no_usage_option_is_asked_without() -> None:
    refusal = answer('{"error":{"message":"Unknown field: stream_options"}}', 400)
    good = stream_of(delta(content="Hi"), delta("stop"), DONE)
    async with raw_server([refusal], [good]) as server:
        said = await reply(llm_at(server))
        assert said == [TextDelta(kind="answer", text="Hi"), Finish(reason="stop")]
        assert ["stream_options" in r.body for r in server.requests] == [True, False]
        assert server.requests[0].path == "/v1/chat/completions"


async def test_a_model_that_wants_another_token_limit_gets_it() -> None:
    refusal = answer('{"error":{"message":"use \'max_completion_tokens\', not max_tokens"}}', 400)
    async with raw_server([refusal], [stream_of(delta("stop"), DONE)]) as server:
        await reply(llm_at(server), msgspec.structs.replace(REQUEST, max_tokens=7))
        assert server.requests[0].body["max_tokens"] == 7
        assert server.requests[1].body["max_completion_tokens"] == 7
        assert "max_tokens" not in server.requests[1].body


async def test_an_end_without_a_mark_is_an_end_if_the_model_had_finished() -> None:
    async with raw_server([stream_of(delta(content="Hi"), delta("stop"))]) as server:
        assert (await reply(llm_at(server)))[-1] == Finish(reason="stop")


async def test_the_first_model_is_the_default() -> None:
    models = answer('{"object":"list","data":[{"id":"one","max_model_len":4096},{"id":"two"}]}')
    good = stream_of(delta("stop"), DONE)
    async with raw_server([models], [good]) as server:
        await reply(llm_at(server), msgspec.structs.replace(REQUEST, model=""))
        assert server.requests[1].body["model"] == "one"
    async with raw_server([models]) as server:
        llm = llm_at(server, model="two")
        offered = await llm.models()
        assert [(m.id, m.context) for m in offered] == [("two", None), ("one", 4096)]
        await llm.close()


@pytest.mark.parametrize(
    ("status", "body", "message", "hint", "retryable"),
    [
        (401, "{}", "refused the API key", "OPENAI_API_KEY", False),
        (403, "{}", "refused the API key", "OPENAI_API_KEY", False),
        (429, '{"error":{"code":"insufficient_quota"}}', "quota", "billing", False),
        (429, "{}", "too many requests", "Try again in 7 s", True),
        (503, '{"error":{"message":"Loading model"}}', "loading its model", "Try again", True),
        (500, "{}", "failed (HTTP 500)", "log", True),
    ],
)
async def test_errors(status: int, body: str, message: str, hint: str, retryable: bool) -> None:
    refusal = answer(body, status, headers=["Retry-After: 7"])
    async with raw_server([refusal]) as server:
        with pytest.raises(UpstreamUnavailable) as caught:
            await reply(llm_at(server, openai_api_key="secret"))
        error = caught.value
        assert message in error.message
        assert hint in str(error.hint)
        assert error.retryable is retryable
        assert "secret" not in f"{error.message}{error.hint}"


async def test_an_unknown_model_is_named_with_those_there_are() -> None:
    refusal = answer('{"error":{"code":"model_not_found"}}', 404)
    models = answer('{"data":[{"id":"one"},{"id":"two"}]}')
    async with raw_server([refusal], [models]) as server:
        with pytest.raises(UpstreamUnavailable, match="has no model m") as caught:
            await reply(llm_at(server))
        assert caught.value.hint == "Available: one, two."
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "body",
    [
        '{"error":{"code":"context_length_exceeded"}}',
        '{"error":{"message":"This model\'s maximum context length is 8192 tokens"}}',
        '{"error":{"type":"exceed_context_size_error","message":"exceeds the context size"}}',
    ],
)
async def test_a_prompt_over_the_context(body: str) -> None:
    async with raw_server([answer(body, 400)]) as server:
        with pytest.raises(InvalidInput, match="longer than"):
            await reply(llm_at(server))


# what vLLM, llama.cpp and LM Studio say to tools that they cannot pass on
NO_TOOLS = [
    (400, '{"message":"\\"auto\\" tool choice requires --enable-auto-tool-choice"}'),
    (500, '{"error":{"message":"tools param requires --jinja flag"}}'),
    (422, '{"error":"Tool use is not supported by this model"}'),
]


@pytest.mark.parametrize(("status", "body"), NO_TOOLS)
async def test_a_model_without_tools_is_the_callers_fault(status: int, body: str) -> None:
    tool = ToolSpec(name="add", title="Add", description="Adds.", parameters={"type": "object"})
    asked = msgspec.structs.replace(REQUEST, tools=(tool,))
    async with raw_server([answer(body, status)], [answer(body, status)]) as server:
        with pytest.raises(InvalidInput, match="cannot use tools") as caught:
            await reply(llm_at(server), asked)
        assert caught.value.field == "tools"
        with pytest.raises(UpstreamUnavailable):
            await reply(llm_at(server))


async def test_the_prompt_is_written_in_the_servers_words() -> None:
    messages = (
        ChatMessage.from_text(role="system", text="Be brief."),
        ChatMessage.from_text(role="assistant", text="", tool_calls=(ADD,)),
        ChatMessage.from_text(role="tool", text="2", tool_call_id="a", tool_name="add"),
    )
    async with raw_server([stream_of(delta("stop"), DONE)]) as server:
        await reply(llm_at(server), msgspec.structs.replace(REQUEST, messages=messages))
        function = {"name": "add", "arguments": '{"x":1}'}
        assert server.requests[0].body["messages"] == [
            {"role": "system", "content": "Be brief."},
            {
                "role": "assistant",
                "content": "",
                "tool_calls": [{"id": "a", "type": "function", "function": function}],
            },
            {"role": "tool", "content": "2", "tool_call_id": "a"},
        ]


def vectors(*found: list[float]) -> bytes:
    listed = [{"index": i, "embedding": v} for i, v in enumerate(found)]
    return answer(msgspec.json.encode({"data": listed[::-1]}))


async def test_embeddings_come_in_batches_and_in_order() -> None:
    first, second = [[float(i), 1.0] for i in range(64)], [[64.0, 1.0]]
    async with raw_server([vectors(*first)], [vectors(*second)]) as server:
        made = embedder(ProviderSettings(openai_base_url=f"{server.url}/v1", embedding_model="e"))
        assert made.model == "openai_compatible/e"
        assert await made.embed([f"text {i}" for i in range(65)]) == first + second
        assert [len(r.body["input"]) for r in server.requests] == [64, 1]
        assert server.requests[0].path == "/v1/embeddings"
        await made.close()


@pytest.mark.parametrize(
    "bad", [vectors([1.0]), vectors([1.0], [1.0, 2.0]), answer("{}"), answer("", 404)]
)
async def test_embeddings_that_do_not_fit_are_refused(bad: bytes) -> None:
    async with raw_server([bad]) as server:
        made = embedder(ProviderSettings(openai_base_url=f"{server.url}/v1", embedding_model="e"))
        with pytest.raises(UpstreamUnavailable):
            await made.embed(["a", "b"])
        await made.close()


def test_an_embedder_needs_a_model() -> None:
    with pytest.raises(InvalidInput):
        embedder(ProviderSettings(openai_api_key="k"))


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (ProviderSettings(openai_api_key="k"), "https://api.openai.com/v1"),
        (ProviderSettings(openai_base_url="http://gpu/v1/"), "http://gpu/v1"),
        (ProviderSettings(openai_base_url="http://gpu/v1", openai_api_key="k"), "http://gpu/v1"),
    ],
)
async def test_where_requests_go(settings: ProviderSettings, url: str) -> None:
    endpoint = await find_endpoint(settings)
    assert endpoint.url == url
    await endpoint.close()


async def test_without_settings_a_server_on_this_machine_is_found_and_never_the_cloud() -> None:
    settings = ProviderSettings(embedding_model="e")
    async with raw_server([answer('{"object":"list","data":[]}')]) as server:
        silent, port = own_port(), int(server.url.rpartition(":")[2])
        endpoint = await find_endpoint(settings, (silent, port))
        assert endpoint.url == f"{server.url}/v1"
        await endpoint.close()
    with pytest.raises(UpstreamUnavailable, match="No model server was found"):
        await find_endpoint(settings, (silent,))
