"""PROTOCOL §1, `/v1`: what is wrong, not allowed, too much, broken off or cancelled."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from basicchat.domain.chat import ChatRequest
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.openai_api import CALCULATOR, JSON, client, user
from support.servers import RunningServer, eventually, lift, running, settings_for

# --- what goes wrong ------------------------------------------------------------------------

ASK: JSON = {"model": "basicchat", "messages": [{"role": "user", "content": "Hello there"}]}
# what is sent beside or instead of that, the status, the parameter that is named, and words
WRONG: list[tuple[JSON, int, str | None, str]] = [
    ({"model": "gpt-9"}, 404, None, "The model 'gpt-9' does not exist"),
    ({"model": "basicchat:guess"}, 404, None, "does not exist"),
    ({"model": 3}, 400, "model", "model"),
    ({"messages": []}, 400, "messages", "messages"),
    ({"messages": [{"role": "user", "content": " "}]}, 400, "messages", "No message with"),
    ({"messages": [{"role": "system", "content": "x"}]}, 400, "messages", "No message with"),
    ({"messages": [{"role": "robot", "content": "x"}]}, 400, "messages[0].role", "role"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        400, "messages", "only text, not image_url",
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


async def test_errors_have_openais_shape_and_status(tmp_path: Path) -> None:
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


async def test_forbidden_calls_are_reported(tmp_path: Path) -> None:
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
            headers={"cookie": f"{server.cookie}={server.token()}"},
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
async def test_a_disconnect_cancels_the_run_at_once(tmp_path: Path, streamed: bool) -> None:
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


async def test_a_suspended_user_gets_no_more_answers(tmp_path: Path) -> None:
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
