"""Approval of tool calls in the terminal, as a person at one sees it."""

import asyncio
import os
import pty
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from basicchat.client import BasicChatClient
from basicchat.config.tool_servers import ToolServer
from basicchat.domain.chat import ChatRequest, ToolCall
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.command_line import KILL, environment, launched
from support.servers import SECONDS, RunningServer, running, settings_for
from support.tool_programs import NOTES

DONE = r'"words": ?3'
ASKED = r"Allow add of the server notes with \{\"word\": \"bee\"\}"


def calls(request: ChatRequest) -> Sequence[ScriptItem]:
    """Call a tool that writes for each word "bee" of the question, then tell what came of it."""
    results = [message.text for message in request.messages if message.role == "tool"]
    if results:
        return ["It said: " + " | ".join(results)]
    words = [f"bee{n or ''}" for n in range(request.question.count("bee"))]
    return [ToolCall(id=word, name="notes__add", arguments={"word": word}) for word in words] or [
        "Nothing to do."
    ]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    tools = ToolServer(name="notes", command=NOTES, tools=("*",))
    settings = settings_for(tmp_path / "server", mcp_servers=[tools])
    async with running(settings, PacedLLM(calls, capabilities=("tools",))) as here:
        async with asyncio.timeout(SECONDS), here.talk() as talk:
            # The program's state cannot be awaited.
            while "notes__add" not in await offered(talk):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield here


async def offered(talk: Any) -> list[str]:
    return [tool["name"] for tool in (await talk.call("tools.list"))["tools"]]


class Typist:
    """A person at a terminal."""

    def __init__(self, process: asyncio.subprocess.Process, terminal: int) -> None:
        self.process = process
        self.seen = ""
        self._terminal = terminal

    def type(self, line: str) -> None:
        os.write(self._terminal, f"{line}\n".encode())

    async def sees(self, pattern: str) -> str:
        """What was shown up to a pattern, which is not found again later."""
        async with asyncio.timeout(SECONDS):
            while (match := re.search(pattern, self.seen)) is None:
                self.seen += await self._more()
        before, self.seen = self.seen[: match.start()], self.seen[match.end() :]
        return before

    async def _more(self) -> str:
        loop, ready = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._terminal, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._terminal)
        return os.read(self._terminal, 65536).decode(errors="replace").replace("\r", "")


@asynccontextmanager
async def at_a_terminal(home: Path, server: RunningServer) -> AsyncIterator[Typist]:
    ours, theirs = pty.openpty()
    arguments = ["chat", "--server", server.url, "--token", server.token(), "--mode", "agent"]
    process = await asyncio.create_subprocess_exec(
        *launched(), *arguments,
        env=environment(home, TERM="dumb", PYTHONUNBUFFERED="1"), stdin=theirs, stdout=theirs,
    )  # fmt: skip
    os.close(theirs)
    try:
        typist = Typist(process, ours)
        await typist.sees("/help lists the commands")
        yield typist
    finally:
        if process.returncode is None:
            process.send_signal(KILL)
        await process.wait()
        os.close(ours)


async def test_a_person_decides_in_the_terminal(server: RunningServer, tmp_path: Path) -> None:
    async with at_a_terminal(tmp_path, server) as typist:
        typist.type("add bee")
        await typist.sees(ASKED)
        await typist.sees("n do not allow")
        typist.type("perhaps")
        await typist.sees("/stop ends the answer")
        typist.type("y")
        await typist.sees("allowed → .*" + DONE)
        await typist.sees("It said: [^$]*" + DONE)
        typist.type("add bee again")
        await typist.sees(ASKED)
        typist.type("n")
        await typist.sees("not allowed")
        assert not re.search(DONE, await typist.sees("It said: .*did not allow"))


@pytest.mark.parametrize(("key", "new_room"), [("c", False), ("a", True)])
async def test_a_decision_is_remembered(
    server: RunningServer, tmp_path: Path, key: str, new_room: bool
) -> None:
    async with at_a_terminal(tmp_path, server) as typist:
        typist.type("add bee")
        await typist.sees(ASKED)
        typist.type(key)
        await typist.sees("It said: [^$]*" + DONE)
        if new_room:
            typist.type("/new Other")
            await typist.sees("Other: 1 member")
        typist.type("add bee again")
        await typist.sees("allowed before → .*" + DONE)
        assert "Allow add" not in await typist.sees("It said: [^$]*" + DONE)


async def test_each_call_is_asked_about(server: RunningServer, tmp_path: Path) -> None:
    async with at_a_terminal(tmp_path, server) as typist:
        typist.type("add bee and bee")
        await typist.sees("Allow add .*bee")
        typist.type("y")
        await typist.sees("Allow add .*bee")
        typist.type("n")
        shown = await typist.sees("\n> ")
        assert re.search(DONE, shown)
        assert "did not allow" in shown


@pytest.mark.parametrize("by", ["/stop", signal.SIGINT])
async def test_an_answer_that_waits_is_cancelled(
    server: RunningServer, tmp_path: Path, by: str | signal.Signals
) -> None:
    async with at_a_terminal(tmp_path, server) as typist:
        typist.type("add bee")
        await typist.sees(ASKED)
        if isinstance(by, str):
            typist.type(by)
        else:
            typist.process.send_signal(by)
        await typist.sees("The answer was cancelled")
        typist.type("hello")
        await typist.sees("Nothing to do")


async def test_a_question_decided_elsewhere_ends(server: RunningServer, tmp_path: Path) -> None:
    async with (
        BasicChatClient(server.url, server.token()) as other,
        at_a_terminal(tmp_path, server) as typist,
    ):
        typist.type("add bee")
        await typist.sees(ASKED)
        (room,) = (await other.call("rooms.list"))["rooms"]
        (run,) = (await other.join(room["room_id"]))["active_runs"]
        named = {"run_id": run["run_id"], "call_id": run["awaiting"][0]["call_id"]}
        assert (await other.call("runs.approve", {**named, "decision": "once"}))["accepted"]
        await typist.sees("allowed → .*" + DONE)
        await typist.sees("It said: [^$]*" + DONE)
