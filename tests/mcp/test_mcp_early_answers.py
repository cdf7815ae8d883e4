"""Answers that `basicchat mcp` gives before it is loaded."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.app import open_app
from basicchat.bridge.early_answers import EarlyAnswers, start_early_answers
from basicchat.bridge.stdio_server import connected
from basicchat.config import Settings
from basicchat.transports.memory import MemorySocket
from support.mcp.bridge_process import program
from support.mcp.sockets import hello, modern, note, request
from support.servers import SECONDS, RunningServer
from support.users import Person

# What takes long to import, or imports much else.
HEAVY = {"asyncio", "typer", "msgspec", "pydantic", "mcp", "structlog", "sqlalchemy", "httpx2"}
ANSWERED: list[dict[str, Any]] = [
    request(1, "server/discover"),
    modern("probe", "server/discover"),
    *(hello(3, version) for version in ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")),
    hello(4, "1999-01-01"),
    hello("x", sampling={}),
    request(5, "ping"),
]
# Only the loaded program can answer these, or nobody may.
KEPT: list[Any] = [
    modern(1, "tools/list"),
    request(2, "initialize", protocolVersion="2025-11-25"),
    request(3, "initialize", capabilities={}, clientInfo={"name": "x", "version": "1"}),
    request(None, "ping"),
    request(True, "ping"),
    request(1.5, "ping"),
    note("notifications/initialized"),
    {"id": 1, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    [request(1, "ping")],
    request(7, "server/discover", _meta={}),
    "text",
]


class Pipes:
    """The two ends of a client's pipes."""

    def __init__(self) -> None:
        self.input, self.to_program = os.pipe()
        self.from_program, self.output = os.pipe()

    def send(self, message: Any) -> None:
        os.write(self.to_program, json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            line += os.read(self.from_program, 1)
        return dict(json.loads(line))


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    ends = Pipes()
    yield ends
    os.close(ends.to_program)
    os.close(ends.from_program)


@pytest.mark.parametrize("message", ANSWERED, ids=lambda each: f"{each['method']}-{each['id']}")
async def test_early_answers_are_those_of_the_loaded_server(
    pipes: Pipes, tmp_path: Path, message: dict[str, Any]
) -> None:
    early = EarlyAnswers(pipes.input, pipes.output)
    early.start()
    pipes.send(message)
    answer = await asyncio.to_thread(pipes.receive)
    stdio = early.take_over()
    assert stdio.unread == b""
    stdio.source.close()
    stdio.target.close()
    async with open_app(Settings(data_dir=tmp_path, provider="extractive")) as app:
        socket = MemorySocket()
        shell = await connected(app, socket)
        shell.received(json.dumps(message).encode())
        async with asyncio.timeout(SECONDS):
            assert answer == json.loads(await socket.frames.get() or b"")
        shell.lost()


def test_other_messages_are_kept_in_order(pipes: Pipes) -> None:
    early = EarlyAnswers(pipes.input, pipes.output)
    early.start()
    for message in KEPT:
        pipes.send(message)
    os.write(pipes.to_program, b"\xff{\n\nno end")
    pipes.send(None)
    # The last answer shows that everything before it was read.
    pipes.send(request("last", "ping"))
    assert pipes.receive() == {"jsonrpc": "2.0", "id": "last", "result": {}}
    os.write(pipes.to_program, b"a part")
    stdio = early.take_over()
    rest = stdio.unread + (b"" if stdio.unread.endswith(b"a part") else stdio.source.read(6))
    kept = "".join(json.dumps(message) + "\n" for message in KEPT).encode()
    assert rest == kept + b"\xff{\n\nno endnull\na part"
    assert stdio.handshake is None
    stdio.source.close()
    stdio.target.close()


def test_for_another_server_only_discovery_is_answered(pipes: Pipes) -> None:
    early = EarlyAnswers(pipes.input, pipes.output, sessions=False)
    early.start()
    for message in (hello(1), request(2, "ping"), request(3, "server/discover")):
        pipes.send(message)
    assert pipes.receive()["id"] == 3
    stdio = early.take_over()
    kept = (json.dumps(each).encode() + b"\n" for each in (hello(1), request(2, "ping")))
    assert (stdio.unread, stdio.handshake) == (b"".join(kept), None)
    stdio.source.close()
    stdio.target.close()


def test_a_second_handshake_is_left_to_the_program(pipes: Pipes) -> None:
    early = EarlyAnswers(pipes.input, pipes.output)
    early.start()
    pipes.send(hello(1))
    assert pipes.receive()["id"] == 1
    pipes.send(hello(2))
    pipes.send(request(3, "ping"))
    assert pipes.receive()["id"] == 3
    stdio = early.take_over()
    assert stdio.handshake is not None
    assert (stdio.handshake.id, stdio.handshake.line) == (1, json.dumps(hello(1)).encode())
    assert stdio.unread == json.dumps(hello(2)).encode() + b"\n"
    stdio.source.close()
    stdio.target.close()


@pytest.mark.parametrize(
    "words", [["serve"], ["mcp", "install", "cursor"], ["mcp", "--help"], ["mcp", "-h"], []]
)
def test_other_commands_read_nothing(words: list[str]) -> None:
    assert start_early_answers(words) is None


def test_nothing_heavy_is_imported_before_the_first_answer() -> None:
    code = "import sys, basicchat.cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded & HEAVY == set()


def test_a_bridge_loads_no_server() -> None:
    code = "import sys, basicchat.cli.program, basicchat.cli.mcp; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "basicchat.bridge.bridge" in loaded
    assert {"basicchat.app", "basicchat.storage", "mcp", "sqlalchemy"}.intersection(loaded) == set()


@pytest.mark.parametrize("probe", [request(1, "server/discover"), modern(1, "server/discover")])
@pytest.mark.parametrize("where", ["folder", "own server", "server"])
async def test_a_session_that_began_before_the_program_was_loaded(
    server: RunningServer, ada: Person, tmp_path: Path, where: str, probe: dict[str, Any]
) -> None:
    data = server.app.settings.data_dir
    options = ("--server", server.url) if where == "server" else ()
    folder = data if where == "own server" else tmp_path / "folder"
    environ = {"BASICCHAT_TOKEN": ada.token}
    async with program(folder, *options, environ=environ, fresh=True) as talk:
        # All at once, as hosts do that do not wait.
        for message in (probe, hello(2), note("notifications/initialized")):
            await talk.send(message)
        await talk.send(request(3, "tools/list"))
        await talk.send(
            request(4, "tools/call", name="calculator", arguments={"expression": "1+1"})
        )
        answers = [await talk.receive() for _ in range(4)]
        assert [each["id"] for each in answers[:2]] == [1, 2]
        found = {each["id"]: each for each in answers}
        assert found[2]["result"]["protocolVersion"] == "2025-11-25"
        assert found[3]["result"]["tools"]
        assert found[4]["result"]["content"][0]["text"] == "2"
        assert await talk.end() == 0
        assert await talk.complaints() == ""
