"""PROTOCOL §1, `/v1`: what OpenAI's own library gets from the server, and what others send."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from basicchat.domain.chat import ChatRequest, Finish, TextDelta
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import LLM
from basicchat.domain.values import Usage
from basicchat.llm import openai_compatible
from basicchat.llm.extractive import Extractive
from basicchat.testing.llama_server import LlamaServer, llama_server
from basicchat.testing.scripted_gguf import CITED, CITED_SENTENCE
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.servers import SECONDS, RunningServer, eventually, lift, running, settings_for

JSON = Any
DOCUMENT = f"# Stock\n\n{CITED_SENTENCE} They are counted every spring.\n"
QUESTION = "Please cite how many pallets the warehouse in Lisbon holds."
LISTED = f"\n\n---\n\n**Sources**\n\n- [1] Stock: “{CITED_SENTENCE}”"
CALCULATOR: Any = {
    "type": "function",
    "function": {
        "name": "calculator",
        "description": "Computes.",
        "parameters": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
        },
    },
}


@pytest.fixture(scope="module")
def llama() -> Iterator[LlamaServer]:
    with llama_server(slot_context=16384) as server:
        yield server


@asynccontextmanager
async def serving(folder: Path, llm: LLM, **settings: Any) -> AsyncIterator[RunningServer]:
    """A server with one document."""
    (folder / "stock.md").write_text(DOCUMENT)
    async with running(settings_for(folder, **settings), llm) as server:

        async def report(name: str, done: float, message: str) -> None: ...

        await server.app.index_paths([folder / "stock.md"], report)
        yield server


@asynccontextmanager
async def real(folder: Path, llama: LlamaServer) -> AsyncIterator[RunningServer]:
    """A server in front of a real llama.cpp."""
    settings = settings_for(folder, provider="openai_compatible", openai_base_url=llama.base_url)
    async with serving(folder, openai_compatible.create(settings.provider_settings())) as server:
        yield server


@asynccontextmanager
async def client(
    server: RunningServer, key: str | None = None
) -> AsyncIterator[openai.AsyncOpenAI]:
    """OpenAI's own client, with the owner's token unless another key is given."""
    key = server.token() if key is None else key
    options: Any = {"base_url": f"{server.url}/v1", "api_key": key, "max_retries": 0}
    async with openai.AsyncOpenAI(**options, timeout=SECONDS) as made:
        yield made


def user(content: Any) -> Any:
    return {"role": "user", "content": content}


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


async def test_reasoning_is_told_apart_and_sources_can_be_left_out(tmp_path: Path) -> None:
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


async def test_the_conversation_is_the_clients_and_leaves_nothing_behind(tmp_path: Path) -> None:
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


# --- what goes wrong ------------------------------------------------------------------------

ASK: JSON = {"model": "basicchat", "messages": [{"role": "user", "content": "Hello there"}]}
# what is sent beside or instead of that, the status, the parameter that is named, and words
WRONG: list[tuple[JSON, int, str | None, str]] = [
    ({"model": "gpt-9"}, 404, None, "The model 'gpt-9' does not exist"),
    ({"model": "basicchat:guess"}, 404, None, "does not exist"),
    ({"model": 3}, 400, "model", "model"),
    ({"messages": []}, 400, "messages", "messages"),
    ({"messages": [{"role": "user", "content": " "}]}, 400, "messages", "No message"),
    ({"messages": [{"role": "system", "content": "x"}]}, 400, "messages", "No message"),
    ({"messages": [{"role": "robot", "content": "x"}]}, 400, "messages[0].role", "role"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        400, "messages", "text only; image_url",
    ),
    (
        {"messages": [*ASK["messages"], {"role": "assistant", "content": "and"}]},
        400, "messages", "last message",
    ),
    ({"temperature": 3}, 400, "temperature", "temperature"),
    ({"max_tokens": 0}, 400, "max_tokens", "max_tokens"),
    ({"n": 2}, 400, "n", "Unsupported parameter: 'n'"),
    ({"stop": ["x"]}, 400, "stop", "Unsupported parameter: 'stop'"),
    ({"logprobs": True}, 400, "logprobs", "Unsupported parameter"),
    ({"response_format": {"type": "json_object"}}, 400, "response_format", "Unsupported"),
    ({"tool_choice": "required", "tools": [CALCULATOR]}, 400, "tool_choice", "Unsupported"),
    ({"tools": [CALCULATOR]}, 400, "tools", "cannot use tools"),
    ({"basicchat": {"reasoning_mode": "guess"}}, 400, "reasoning_mode", "allowed: auto"),
    ({"basicchat": {"document_ids": ["d_none"]}}, 404, None, "no such document"),
]  # fmt: skip
# what changes nothing
FINE: list[JSON] = [
    {"n": 1, "stop": None, "response_format": {"type": "text"}, "logprobs": False},
    {"tools": [], "tool_choice": "auto"},
    {"tools": [CALCULATOR], "tool_choice": "none"},
    {"presence_penalty": 0.5, "logit_bias": {}, "service_tier": "auto", "unheard_of": 1},
]


async def post(server: RunningServer, body: Any, **headers: str) -> httpx2.Response:
    async with server.http(headers=server.bearer() | headers) as http:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await http.post("/v1/chat/completions", content=content)


async def test_what_is_wrong_has_openais_shape_and_status(tmp_path: Path) -> None:
    llm = PacedLLM({"": ["So."]}, capabilities=("completion",))
    async with running(settings_for(tmp_path), llm) as server:
        for changed, status, parameter, words in WRONG:
            for streamed in (False, True):
                reply = await post(server, ASK | changed | {"stream": streamed})
                error = reply.json()["error"]
                assert reply.status_code == status, (changed, error)
                assert set(error) == {"message", "type", "param", "code"}
                assert (error["param"], error["type"]) == (parameter, "invalid_request_error")
                assert words in error["message"]
        for fine in FINE:
            assert (await post(server, ASK | fine)).status_code == 200, fine
        for broken in (b"{", b"[]", b"\xff", b""):
            assert (await post(server, broken)).status_code == 400


async def test_who_may_not_is_told_so(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        async with client(server, "nonsense") as ai:
            with pytest.raises(openai.AuthenticationError) as refused:
                await ai.chat.completions.create(model="basicchat", messages=[user("?!")])
            assert refused.value.code == "invalid_api_key"
            with pytest.raises(openai.AuthenticationError):
                await ai.models.list()
        owner = server.app.owner
        guest = await server.person("Gil")
        async with server.talk(owner) as talk:
            await talk.call("users.update", user_id=guest.id, role="guest")
            reading = await talk.call("keys.create", label="r", scopes=["read"])
            writing = await talk.call("keys.create", label="w", scopes=["read", "write"])
        for key in (server.token(guest), reading["secret"]):
            async with client(server, key) as ai:
                with pytest.raises(openai.PermissionDeniedError):
                    await ai.chat.completions.create(model="basicchat", messages=[user("?!")])
        async with client(server, writing["secret"]) as ai:
            reply = await ai.chat.completions.create(model="basicchat", messages=[user("Hm")])
            assert reply.choices[0].message.content


async def test_a_page_of_another_site_cannot_ask_with_the_cookie(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server, server.http() as http:
        reply = await http.post(
            "/v1/chat/completions",
            content=json.dumps(ASK),
            headers={"cookie": f"basicchat={server.token()}"},
        )
        assert reply.status_code == 403


async def test_limits_hold_here_too(tmp_path: Path) -> None:
    limits = {"messages_per_minute": 3, "runs_per_user": 1}
    async with running(settings_for(tmp_path, limits=limits)) as server:
        token = server.token()
        async with client(server, token) as ai:
            for _ in range(3):
                await ai.chat.completions.create(model="basicchat", messages=[user("Hm")])
            with pytest.raises(openai.RateLimitError) as refused:
                await ai.chat.completions.create(model="basicchat", messages=[user("Hm")])
        assert refused.value.code == "rate_limit_exceeded"
        assert int(refused.value.response.headers["retry-after"]) >= 1


async def test_runs_at_once_are_bounded_here_too(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    llm = PacedLLM({"": ["So."]}, gate=gate)
    settings = settings_for(tmp_path, limits={"runs_per_user": 1})
    async with running(settings, llm) as server, client(server) as ai:
        ask = ai.chat.completions.create
        first = asyncio.create_task(ask(model="basicchat", messages=[user("Hm")]))
        await eventually(lambda: llm.active == 1)
        with pytest.raises(openai.RateLimitError):
            await ask(model="basicchat", messages=[user("Hm")])
        lift(gate)
        assert (await first).choices[0].message.content == "So."


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_provider_that_fails_is_a_502(tmp_path: Path, streamed: bool) -> None:
    gone = UpstreamUnavailable("The model does not answer", provider="p", retryable=False)
    async with running(settings_for(tmp_path), PacedLLM({"": [gone]})) as server:
        async with client(server) as ai:
            with pytest.raises(openai.InternalServerError) as failed:
                await ai.chat.completions.create(
                    model="basicchat", messages=[user("Hm")], stream=streamed
                )
        assert failed.value.status_code == 502
        assert "does not answer" in failed.value.message


async def test_a_provider_that_breaks_off_ends_the_stream_with_an_error(tmp_path: Path) -> None:
    gone = UpstreamUnavailable("It broke off", provider="p")
    async with running(settings_for(tmp_path), PacedLLM({"": ["So ", gone]})) as server:
        async with client(server) as ai:
            stream = await ai.chat.completions.create(
                model="basicchat", messages=[user("Hm")], stream=True
            )
            heard: list[str] = []
            with pytest.raises(openai.APIError, match="It broke off"):
                await read(stream, heard)
        assert "".join(heard) == "So "


async def test_text_is_streamed_even_if_the_run_fails_before_its_reply_begins(
    tmp_path: Path,
) -> None:
    gone = UpstreamUnavailable("It broke off", provider="p")
    async with running(settings_for(tmp_path), PacedLLM({"": ["So ", gone]})) as server:
        app = watching_until_runs_end(server)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=server.url) as http:
            body = json.dumps(ASK | {"stream": True})
            reply = await http.post("/v1/chat/completions", content=body, headers=server.bearer())
    assert reply.status_code == 200
    assert reply.text.index('"content":"So "') < reply.text.index("It broke off")


def watching_until_runs_end(server: RunningServer) -> Any:
    """The server's ASGI app, in which nothing stops watching its client before all runs end."""
    runner = server.app.services.runner

    async def app(scope: JSON, receive: JSON, send: JSON) -> None:
        async def slow_to_stop() -> JSON:
            try:
                return await receive()
            except asyncio.CancelledError:
                await eventually(lambda: runner.active == 0)
                raise

        await server.app.asgi(scope, slow_to_stop, send)

    return app


async def read(stream: Any, heard: list[str]) -> None:
    """Read a stream's text to its end."""
    async for chunk in stream:
        heard.append(chunk.choices[0].delta.content or "")


@pytest.mark.parametrize("streamed", [False, True])
async def test_who_goes_away_cancels_the_run_at_once(tmp_path: Path, streamed: bool) -> None:
    gate = asyncio.Semaphore(1 if streamed else 0)

    def endless(request: ChatRequest) -> Iterator[ScriptItem]:
        while True:
            yield "tick "

    llm = PacedLLM(endless, gate=gate)
    async with running(settings_for(tmp_path), llm) as server:
        async with client(server) as ai:
            ask: Any = {"model": "basicchat", "messages": [user("Hm")]}
            if streamed:
                stream = await ai.chat.completions.create(stream=True, **ask)
                heard = ""
                async for chunk in stream:
                    heard += chunk.choices[0].delta.content or ""
                    if heard:
                        break
                await stream.close()
            else:
                asking = asyncio.create_task(ai.chat.completions.create(**ask))
                await eventually(lambda: llm.active == 1)
                asking.cancel()
        await llm.idle()
        assert llm.cancelled == 1


async def test_a_user_who_is_suspended_is_answered_no_more(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    llm = PacedLLM({"": ["So."]}, gate=gate)
    async with running(settings_for(tmp_path), llm) as server:
        bob = await server.person("Bob")
        async with client(server, server.token(bob)) as ai, server.talk() as talk:
            ask = ai.chat.completions.create
            asking = asyncio.create_task(ask(model="basicchat", messages=[user("Hm")]))
            await eventually(lambda: llm.active == 1)
            await talk.call("users.update", user_id=bob.id, status="suspended")
            with pytest.raises(openai.InternalServerError) as ended:
                await asking
            assert ended.value.code == "cancelled"
        assert llm.cancelled == 1


async def test_long_silence_is_bridged(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(1)
    limits = {"heartbeat_seconds": 0.2}
    llm = PacedLLM({"": ["So ", "it is."]}, gate=gate)
    settings, body = settings_for(tmp_path, limits=limits), json.dumps(ASK | {"stream": True})
    async with (
        running(settings, llm) as server,
        server.http(headers=server.bearer()) as http,
        http.stream("POST", "/v1/chat/completions", content=body) as reply,
    ):
        text = ""
        async for line in reply.aiter_lines():
            if line.startswith(": "):
                lift(gate)
            text += line
        assert text.endswith("data: [DONE]")
        assert ": still here" in text


async def test_there_is_nothing_else_below_v1(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with running(settings) as server, server.http(headers=server.bearer()) as http:
        reply = await http.post("/v1/embeddings", json={})
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")
