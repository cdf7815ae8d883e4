"""What only servers with OpenAI's format do: models, errors, vectors and the prompt."""

import asyncio
from typing import Any

import msgspec
import pytest

from basicchat.domain.chat import (
    ChatMessage,
    Finish,
    TextDelta,
    ToolSpec,
)
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.domain.plugins import ProviderSettings
from basicchat.llm.http import METADATA_SECONDS
from basicchat.llm.openai_compatible import embedder, find_endpoint
from basicchat.testing.loopback import own_port
from basicchat.testing.raw_server import answer, raw_server
from support.frozen_time import frozen_time
from support.openai_stream import (
    ADD,
    DONE,
    REQUEST,
    TEXT,
    delta,
    llm_at,
    reply,
    stream_of,
)


@pytest.mark.parametrize(
    "body",
    [
        '[{"id":"one"},{"id":"two"}]',
        '{"data":[{"id":"one"},{"object":"model"},{"id":null},7,{"name":"two"}]}',
        '{"data":["one","two"]}',
        '{"models":[{"name":"one"},{"model":"two"}],"data":null}',
        '{"data":[{"id":"one","context_length":"many","meta":[]},{"id":"two","max_model_len":{}}]}',
    ],
)
async def test_lists_of_models_in_other_forms(body: str) -> None:
    async with raw_server([answer(body)]) as server:
        llm = llm_at(server)
        assert [model.id for model in await llm.models()] == ["one", "two"]
        await llm.close()


@pytest.mark.parametrize("body", ['{"data":null}', "[]", '{"data":[]}', "{}"])
async def test_no_models_are_an_error_that_says_so(body: str) -> None:
    async with raw_server([answer(body)]) as server:
        with pytest.raises(UpstreamUnavailable, match="offers no model"):
            await reply(llm_at(server), msgspec.structs.replace(REQUEST, model=""))


@pytest.mark.parametrize("length", ["4096", 4096.0, 4096])
async def test_context_lengths_of_any_type(length: Any) -> None:
    body = msgspec.json.encode({"data": [{"id": "one", "context_length": length}]})
    async with raw_server([answer(body)]) as server:
        llm = llm_at(server)
        assert [model.context for model in await llm.models()] == [4096]
        await llm.close()


async def test_the_default_model_is_looked_up_patiently() -> None:
    models = answer('{"data":[{"id":"one"}]}')
    async with raw_server(
        [None], [models], [stream_of(delta("stop", content="Hi"), DONE)]
    ) as server:
        with frozen_time() as clock:
            request = msgspec.structs.replace(REQUEST, model="default")
            asked = asyncio.ensure_future(reply(llm_at(server), request))
            await server.asked.wait()
            clock.advance(METADATA_SECONDS)
            assert await asked == TEXT
        assert server.requests[2].body["model"] == "one"


async def test_the_default_model_can_chat() -> None:
    names = ["text-embedding-3-small", "whisper-1", "bge-m3", "gpt-image-1", "tts-1-hd", "qwen3"]
    listed = [{"id": name} for name in names] + [{"id": "m3e", "type": "embeddings"}]
    models = answer(msgspec.json.encode({"data": listed}))
    async with raw_server([models], [stream_of(delta("stop", content="Hi"), DONE)]) as server:
        await reply(llm_at(server), msgspec.structs.replace(REQUEST, model=""))
        assert server.requests[1].body["model"] == "qwen3"


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
        (401, '{"error":"Invalid token secret"}', "API key: Invalid token …", "KEY", False),
        (400, '{"error":{"message":"API key not valid"}}', "API key not valid", "KEY", False),
        (403, '{"error":"Region not allowed"}', "Region not allowed", "permissions", False),
        (
            402,
            '{"error":{"message":"Insufficient Balance"}}',
            "Insufficient Balance",
            "bill",
            False,
        ),
        (400, '{"error":"Budget has been exceeded! 0.37"}', "Budget has been", "budget", False),
        (500, '{"detail":[{"msg":"field required"}]}', "500): field required", "log", True),
        (502, "<html><h1>502</h1></html>", "502): no reason given", "log", True),
        (500, "out of \n coffee", "500): out of coffee", "log", True),
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
        '{"error":{"message":"prompt is too long: 209000 tokens > 200000 maximum"}}',
        '{"error":{"message":"The input token count (9) exceeds the maximum number of tokens"}}',
        '{"error":{"message":"Request too large for model `llama`: Limit 6000, Requested 9000"}}',
        '{"error":{"message":"Please reduce the length of the messages or completion."}}',
        '{"error":{"message":"Input is too long for requested model."}}',
        '{"message":"Prompt contains 40000 tokens, too large for model with 32768 maximum"}',
        '{"error":"`inputs` must have less than 1024 tokens. Given: 2000"}',
        '{"error":"`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"}',
        '{"error":"Your request exceeded model token limit: 262144"}',
        '{"error":"prompt token count of 70000 exceeds the limit of 64000"}',
        '{"error":"The number of tokens to keep from the initial prompt is greater than n_ctx"}',
        '{"error":"This model\'s maximum prompt length is 131072 but the request contains 537812"}',
        '{"message":"Range of input length should be [1, 30720]"}',
        '{"error":"invalid params, context window exceeds limit"}',
    ],
)
@pytest.mark.parametrize("status", [400, 413, 429, 500])
async def test_a_prompt_over_the_context(body: str, status: int) -> None:
    if status == 429 and "Request too large" not in body and "context_length_exceeded" not in body:
        return
    async with raw_server([answer(body, status)]) as server:
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


async def test_embeddings_arrive_in_batches_and_in_order() -> None:
    first, second = [[float(i), 1.0] for i in range(64)], [[64.0, 1.0]]
    async with raw_server([vectors(*first)], [vectors(*second)]) as server:
        made = embedder(ProviderSettings(openai_base_url=f"{server.url}/v1", embedding_model="e"))
        assert made.model == "openai_compatible/e"
        assert await made.embed([f"text {i}" for i in range(65)]) == first + second
        assert [len(r.body["input"]) for r in server.requests] == [64, 1]
        assert server.requests[0].path == "/v1/embeddings"
        await made.close()


@pytest.mark.parametrize(
    "bad", [vectors([1.0], [1.0, 2.0]), vectors([], []), answer("{}"), answer("", 404)]
)
async def test_embeddings_that_do_not_fit_are_refused(bad: bytes) -> None:
    async with raw_server([bad]) as server:
        made = embedder(ProviderSettings(openai_base_url=f"{server.url}/v1", embedding_model="e"))
        with pytest.raises(UpstreamUnavailable):
            await made.embed(["a", "b"])
        await made.close()


async def test_a_server_that_embeds_only_the_first_text_is_sent_one_at_a_time() -> None:
    async with raw_server([vectors([1.0])]) as server:
        made = embedder(ProviderSettings(openai_base_url=f"{server.url}/v1", embedding_model="e"))
        assert await made.embed(["a", "b"]) == [[1.0], [1.0]]
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
