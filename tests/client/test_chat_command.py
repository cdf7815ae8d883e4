"""`basicchat chat` as its users run it."""

import asyncio
import re
import signal
import subprocess
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from itertools import repeat
from pathlib import Path

import pytest

from basicchat.client import BasicChatClient
from basicchat.domain.chat import ChatRequest
from basicchat.testing.loopback import own_port
from basicchat.testing.scripted_llm import PacedLLM
from support import command_line
from support.command_line import KILL, launched, run_command
from support.restartable_server import SECONDS, Place, place, settings_for, turn


def environment(home: Path) -> dict[str, str]:
    more = {"BASICCHAT_PROVIDER": "extractive", "PYTHONUNBUFFERED": "1"}
    return command_line.environment(home, **more)


def chatted(home: Path, typed: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_command(environment(home), "chat", *arguments, typed=typed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bees.md").write_text("# Bees\n\nBees dance to tell each other where food is.\n")
    run_command(environment(tmp_path), "index", str(tmp_path / "bees.md")).check_returncode()
    return tmp_path


TYPED = """/rooms
Why do bees dance?
/new Second
/rooms
/join 9
/join 2
/bogus
/help
/quit
never seen
"""


def test_without_a_server_it_opens_the_data_folder(home: Path) -> None:
    done = chatted(home, TYPED)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No server" in done.stdout
    assert "There are no rooms yet" in done.stdout
    assert "where food is. [1]\n[1] Bees, line 3\n" in done.stdout
    assert "· Second: 1 member" in done.stdout
    assert "/join takes a number from 1 to 2" in done.stdout
    assert "Owner: Why do bees dance?\nAssistant: " in done.stdout
    assert "Unknown command /bogus" in done.stdout
    assert "/stop" in done.stdout
    assert "never seen" not in done.stdout
    assert "\x1b" not in done.stdout


def test_with_a_server_at_work_it_talks_to_that(home: Path) -> None:
    port = str(own_port())
    serving = subprocess.Popen(
        [*launched(), "serve", "--port", port],
        env=environment(home),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout
        for line in serving.stdout:
            if "Log in" in line:
                break
        done = chatted(home, "Why do bees dance?\n", "--port", port)
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(SECONDS)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"http://127.0.0.1:{port}, as Owner" in done.stdout
    assert "where food is. [1]\n[1] Bees" in done.stdout


def test_a_missing_or_wrong_token_is_reported(home: Path) -> None:
    missing = chatted(home, "", "--server", "http://127.0.0.1:9")
    assert missing.returncode == 1
    assert "--token" in missing.stderr
    for address in ("nonsense", "ftp://x", "http://127.0.0.1:99999", "http://"):
        wrong = chatted(home, "", "--server", address, "--token", "x")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert "http://127.0.0.1:8765" in wrong.stderr


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Place]:
    def script(request: ChatRequest) -> Iterable[str]:
        endless = request.question is not None and "endless" in request.question
        return repeat("again ") if endless else ["Bees ", "dance."]

    def model() -> PacedLLM:
        return PacedLLM(script, tokens_per_second=200)

    async with place(settings_for(tmp_path / "server"), model) as here:
        yield here


class Typist:
    """Somebody at a chat."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.seen = ""

    def type(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{line}\n".encode())

    async def sees(self, pattern: str) -> None:
        assert self.process.stdout
        async with asyncio.timeout(SECONDS):
            while not re.search(pattern, self.seen):
                piece = await self.process.stdout.read(4096)
                assert piece, self.seen
                self.seen += piece.decode()


@asynccontextmanager
async def chatting(home: Path, server: Place, token: str | None = None) -> AsyncIterator[Typist]:
    url = f"http://127.0.0.1:{server.port}"
    told = ["chat", "--server", url, "--token", token or server.token()]
    process = await asyncio.create_subprocess_exec(
        *launched(), *told, env=environment(home), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield Typist(process)
    finally:
        if process.returncode is None:
            process.send_signal(KILL)
        await process.wait()


async def test_an_answer_can_be_stopped(server: Place, tmp_path: Path) -> None:
    async with chatting(tmp_path, server) as typist:
        typist.type("an endless answer")
        await typist.sees("again again")
        typist.type("/stop")
        await typist.sees("The answer was cancelled")
        typist.type("and now?")
        await typist.sees("Bees dance.")
        typist.type("an endless answer")
        await typist.sees("cancelled[^$]*again again")
        typist.process.send_signal(signal.SIGINT)
        await typist.sees("cancelled[^$]*cancelled")
        typist.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(SECONDS):
            assert await typist.process.wait() == 0


async def test_actions_of_another_device_show(server: Place, tmp_path: Path) -> None:
    async with (
        BasicChatClient(f"http://127.0.0.1:{server.port}", server.token()) as other,
        chatting(tmp_path, server) as typist,
    ):
        room = await other.call("rooms.create", {"name": "Bees"})
        typist.type("/join 1")
        await typist.sees("Bees: 1 member")
        await turn(other, "from elsewhere", room_id=room["room_id"])
        await typist.sees("Owner: from elsewhere\nAssistant: Bees dance.")
        typist.type("from here")
        await typist.sees("Bees dance.\nBees dance.")
        assert "Owner: from here" not in typist.seen
        await server.stop()
        await typist.sees("connection is lost")
        await server.start()
        await typist.sees(r"Connected \(")
        typist.type("/quit")
        async with asyncio.timeout(SECONDS):
            assert await typist.process.wait() == 0


async def test_arrivals_departures_and_lockouts_are_shown(server: Place, tmp_path: Path) -> None:
    owner = BasicChatClient(f"http://127.0.0.1:{server.port}", server.token())
    async with owner, chatting(tmp_path, server) as typist:
        typist.type("/new Team")
        await typist.sees("Team: 1 member")
        ann = (await owner.call("users.create", {"name": "Ann"}))["user"]
        (room,) = (await owner.call("rooms.list"))["rooms"]
        await owner.call("rooms.invite", {"room_id": room["room_id"], "name": "Ann"})
        await typist.sees("Ann has joined the room")
        key = await owner.call("keys.create", {"label": "chat", "user_id": ann["id"]})
        async with chatting(tmp_path / "ann", server, key["secret"]) as other:
            await other.sees("as Ann")
            other.type("/join 1")
            await other.sees("Team: 2 members; online: ")
            await typist.sees("Ann is online")
            await owner.call("users.update", {"user_id": ann["id"], "status": "suspended"})
            assert other.process.stderr
            complaint = (await other.process.stderr.read()).decode()
            async with asyncio.timeout(SECONDS):
                assert await other.process.wait() == 1
            assert complaint.startswith("basicchat: You no longer have access to this server")
        await typist.sees("Ann is offline")
        assert ann["id"] not in typist.seen


async def test_two_chats_at_once_share_a_folder_in_peace(server: Place, tmp_path: Path) -> None:
    async with chatting(tmp_path, server) as one, chatting(tmp_path, server) as two:
        for typist in (one, two):
            await typist.sees("as Owner")
            typist.type("why?")
            await typist.sees("Bees dance.")
            typist.type("/quit")
            assert typist.process.stderr
            assert await typist.process.stderr.read() == b""


async def test_a_wrong_token_is_reported(server: Place, tmp_path: Path) -> None:
    async with chatting(tmp_path, server, "wrong") as typist:
        assert typist.process.stderr
        complaint = (await typist.process.stderr.read()).decode()
        async with asyncio.timeout(SECONDS):
            assert await typist.process.wait() == 1
    assert complaint.startswith("basicchat: ")
    assert "Traceback" not in complaint


def holds(path: Path, text: bytes) -> bool:
    return path.exists() and text in path.read_bytes()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
async def test_questions_asked_offline_are_sent_next_time(
    server: Place, tmp_path: Path, end: signal.Signals
) -> None:
    async with chatting(tmp_path, server) as typist:
        await typist.sees("as Owner")
        await server.stop()
        await typist.sees("connection is lost")
        typist.type("why, meanwhile?")
        kept = tmp_path / "data" / "basicchat" / "chat-queue.sqlite-wal"
        async with asyncio.timeout(SECONDS):
            while not await asyncio.to_thread(holds, kept, b"why, meanwhile?"):
                continue
        typist.process.send_signal(KILL if end == signal.SIGKILL else end)
        if end == signal.SIGINT:
            await typist.sees("It is stored, and will be sent next time")
        async with asyncio.timeout(SECONDS):
            await typist.process.wait()
    await server.start()
    async with chatting(tmp_path, server) as typist:
        await typist.sees("Sent now, from last time: why, meanwhile\\?")
        typist.type("and now?")
        await typist.sees("Bees dance.")
        typist.type("/quit")
        async with asyncio.timeout(SECONDS):
            assert await typist.process.wait() == 0
    url = f"http://127.0.0.1:{server.port}"
    async with BasicChatClient(url, server.token()) as client:
        found = await client.call("messages.search", {"query": "meanwhile"})
    assert [message["text"] for message in found["messages"]] == ["why, meanwhile?"]
