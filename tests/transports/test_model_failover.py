"""Two model servers: when the first one fails, the second one answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.config.fallbacks import Fallback
from basicchat.domain.plugins import ProviderSettings
from basicchat.engine import provider_pool
from basicchat.llm import openai_compatible
from basicchat.testing.http_exchange import read_request
from basicchat.testing.loopback import listening
from basicchat.testing.raw_server import answer
from support.servers import Talk, WireFailure, running, settings_for
from support.users import owner


def stream(*texts: str, done: bool = True) -> bytes:
    """A streamed reply of chat completions, which breaks off unless it is done."""
    choices: list[Any] = [{"delta": {"content": text}, "finish_reason": None} for text in texts]
    if done:
        choices.append({"delta": {}, "finish_reason": "stop"})
    events = [f"data: {json.dumps({'choices': [choice]})}\n\n" for choice in choices]
    return answer("".join([*events, "data: [DONE]\n\n" if done else ""]))


class ModelServer:
    """An OpenAI-compatible server, which answers as it is told to."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.reply: bytes | None = stream(f"{model} ", "speaks.")
        self.asked: list[str] = []
        self.lists = True
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        if request is None:
            return
        if request.path == "/v1/models":
            listed = answer(json.dumps({"data": [{"id": self.model}]}))
            writer.write(listed if self.lists else answer("down", 503))
        else:
            self.asked.append(request.body["model"])
            # Without a reply it closes the connection.
            writer.write(self.reply or b"")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def two_servers(
    folder: Path, second_model: str = "small"
) -> AsyncIterator[tuple[Talk, ModelServer, ModelServer]]:
    first, second = ModelServer("big"), ModelServer(second_model)
    async with listening(first.serve) as port, listening(second.serve) as other_port:
        url = "http://127.0.0.1:{}/v1"
        options = ProviderSettings(openai_base_url=url.format(port), connect_seconds=1.0)
        fallback = Fallback(
            provider="openai_compatible", openai_base_url=url.format(other_port), model="small"
        )
        llm = openai_compatible.PROVIDER.create(options)
        settings = settings_for(folder, fallbacks=(fallback,))
        async with running(settings, llm) as server, owner(server).talk() as talk:
            await server.app.services.models.fetched()
            yield talk, first, second


# How the first server fails before its first text.
FAILURES = {"closes": None, "fails": answer("oops", 500), "key": answer('{"error": "no"}', 401)}


@pytest.mark.parametrize("failure", FAILURES)
async def test_the_next_provider_answers_with_its_equivalent(
    tmp_path: Path, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_pool, "FIRST_PAUSE_SECONDS", 0.01)
    async with two_servers(tmp_path) as (talk, first, second):
        assert (await talk.call("query", query="Hello"))["answer"] == "big speaks."
        first.reply, first.lists = FAILURES[failure], False
        reply = await talk.call("query", query="Hello again")
        assert (reply["answer"], reply["model"]) == ("small speaks.", "small")
        run = await talk.call("runs.get", run_id=reply["run_id"])
        assert run["model"] == "small"
        assert "".join(part["text"] for part in run["parts"]) == "small speaks."
        (step,) = [step for step in run["steps"] if step["name"] == "failover"]
        assert step["detail"].endswith("Asking small (openai_compatible) instead")
        # It is not asked any more, until it lists its models again.
        asked = len(first.asked)
        assert (await talk.call("query", query="And again"))["model"] == "small"
        assert len(first.asked) == asked
        first.reply, first.lists = stream("It is back."), True
        while (reply := await talk.call("query", query="And again"))["model"] == "small":
            pass
        assert reply["answer"] == "It is back."
        assert set(second.asked) == {"small"}


async def test_an_answer_that_has_begun_is_not_begun_anew(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (talk, first, second):
        first.reply = stream("It began", done=False)
        with pytest.raises(WireFailure) as failed:
            await talk.call("query", query="Hello")
        assert failed.value.error["data"]["reason"] == "model_server_broke_off"
        assert second.asked == []


async def test_if_all_fail_the_last_failure_is_reported(tmp_path: Path) -> None:
    async with two_servers(tmp_path) as (talk, first, second):
        first.reply = second.reply = None
        with pytest.raises(WireFailure) as failed:
            await talk.call("query", query="Hello")
        assert failed.value.error["data"]["reason"] == "model_server_closed"
        assert (first.asked[:1], second.asked[:1]) == (["big"], ["small"])


async def test_models_of_all_providers_are_offered(tmp_path: Path) -> None:
    async with two_servers(tmp_path, "other") as (talk, first, _):
        listed = (await talk.call("models.list"))["models"]
        assert [model["id"] for model in listed] == ["big", "other"]
        reply = await talk.call("query", query="Hello", model="other")
        assert (reply["answer"], reply["model"]) == ("other speaks.", "other")
        assert first.asked == []
