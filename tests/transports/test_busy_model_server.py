"""A model server with one runner: questions queue fairly, with their position."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.plugins import ProviderSettings
from basicchat.llm import ollama
from basicchat.testing.http_exchange import read_request
from basicchat.testing.loopback import listening
from basicchat.testing.raw_server import answer
from support.servers import RunningServer, Talk, eventually, running, settings_for

SECONDS = 30.0


class OneRunner:
    """A server with Ollama's wire format, which works on one request at a time."""

    def __init__(self) -> None:
        self.runner = asyncio.Lock()
        self.order: list[str] = []
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.chunks = asyncio.Semaphore(0)
        self.refuses = False
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        assert request is not None
        match request.path:
            case "/api/tags":
                writer.write(answer('{"models": [{"name": "m:latest"}]}'))
            case "/api/ps":
                writer.write(answer('{"models": []}'))
            case "/api/show":
                writer.write(answer('{"capabilities": ["completion"]}'))
            case _ if self.refuses and self.runner.locked():
                writer.write(answer('{"error": "server busy, please try again"}', 503))
            case _:
                await self._chat(request.body["messages"][-1]["content"], writer)
        await writer.drain()
        writer.close()

    async def received(self, question: str) -> None:
        """Wait until a question is at the server, answered or not."""
        async with asyncio.timeout(SECONDS):
            while await self.arrived.get() != question:
                pass

    async def _chat(self, question: str, writer: asyncio.StreamWriter) -> None:
        self.arrived.put_nowait(question)
        async with self.runner:
            self.order.append(question)
            for done in (False, True):
                await self.chunks.acquire()
                line = {"message": {"content": f"To {question}."}, "done": done}
                head = b"" if done else answer(b"")
                writer.write(head + json.dumps(line).encode() + b"\n")
                await writer.drain()


@asynccontextmanager
async def serving(folder: Path, **settings: Any) -> AsyncIterator[tuple[OneRunner, RunningServer]]:
    runner = OneRunner()
    async with listening(runner.serve) as port:
        url = f"http://127.0.0.1:{port}"
        llm = ollama.create(ProviderSettings(ollama_host=url, **settings))
        async with running(settings_for(folder, limits={"runs_per_user": 20}), llm) as server:
            yield runner, server


async def ask(talk: Talk, question: str) -> str:
    params = {"query": question, "reasoning_mode": "standard", "model": "m"}
    run_id: str = (await talk.call("stream_request", **params))["run_id"]
    return run_id


async def waiting_step(talk: Talk) -> str:
    """The next waiting step of the user's runs."""
    while True:
        notes = await talk.until("run.step")
        step = notes[-1][1]["events"][-1]["data"]["steps"][-1]
        if step["name"] == "waiting":
            return str(step["detail"])


async def first_text(talk: Talk) -> None:
    while (await talk.note())[0] != "delta":
        pass


async def test_ten_questions_of_one_user_do_not_delay_anothers_first(tmp_path: Path) -> None:
    async with serving(tmp_path) as (runner, server):
        ann, bob = await server.person("Ann"), await server.person("Bob")
        async with server.talk(ann) as first, server.talk(bob) as second:
            for number in range(10):
                await ask(first, f"a{number}")
                if not number:
                    runner.chunks.release()
                    await first_text(first)
            assert "Position" in await waiting_step(first)
            await ask(second, "b0")
            await runner.received("b0")
            for _ in range(3):
                runner.chunks.release()
            await first_text(second)
            assert runner.order[:2] == ["a0", "b0"]
            for _ in range(30):
                runner.chunks.release()
            assert (await second.ended())["status"] == "completed"


async def test_a_question_that_waits_can_be_stopped(tmp_path: Path) -> None:
    async with serving(tmp_path, parallel_answers=1) as (runner, server), server.talk() as talk:
        await ask(talk, "a0")
        runner.chunks.release()
        await first_text(talk)
        waiting = await ask(talk, "a1")
        assert "Position 1 in the queue" in await waiting_step(talk)
        await talk.call("runs.cancel", run_id=waiting)
        assert (await talk.ended())["status"] == "cancelled"
        runner.chunks.release()
        assert (await talk.ended())["status"] == "completed"
        assert runner.order == ["a0"]


async def test_a_server_that_refuses_as_busy_is_asked_again_in_turn(tmp_path: Path) -> None:
    async with serving(tmp_path) as (runner, server):
        runner.refuses = True
        ann, bob = await server.person("Ann"), await server.person("Bob")
        async with server.talk(ann) as first, server.talk(bob) as second:
            await ask(first, "a0")
            runner.chunks.release()
            await first_text(first)
            await ask(second, "b0")
            assert "Position 1" in await waiting_step(second)
            for _ in range(3):
                runner.chunks.release()
            assert (await second.ended())["status"] == "completed"


@pytest.mark.parametrize("name", ["m", "m:latest"])
async def test_both_names_of_a_model_have_its_capabilities(tmp_path: Path, name: str) -> None:
    async with serving(tmp_path) as (runner, server), server.talk() as talk:
        models = server.app.services.models
        await eventually(lambda: bool(models.state.models))
        runner.chunks.release()
        runner.chunks.release()
        turn = await talk.call("query", query="a0", model=name, reasoning_mode="standard")
        assert turn["model"] == "m:latest"
