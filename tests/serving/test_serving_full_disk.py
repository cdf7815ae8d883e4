"""A server whose disk is full, or whose database another program has locked."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from basicchat.client import BasicChatClient, State
from support.server_process import SECONDS, Process, counting

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")
# Locks the database once it is told to, and until its input ends.
LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60)
print("ready", flush=True)
sys.stdin.readline()
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


def limit_files(process: Process, limit: int) -> None:
    """Let the server write no file beyond a size, as on a full disk; unlimited with -1."""
    _, hard = resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, (limit, hard))


async def test_an_answer_that_ends_on_a_full_disk_is_stored_later(tmp_path: Path) -> None:
    async with counting(tmp_path, fresh=True) as process, process.talk() as talk:
        started = await talk.call("stream_request", query="60")
        run_id = started["run_id"]
        await talk.text(6, run_id)
        limit_files(process, 0)
        unsaved = await talk.heard_signal("unsaved")
        assert (unsaved["run_id"], unsaved["kind"]) == (run_id, "storage_full")
        assert "Free some space" in unsaved["hint"]
        # Nothing can be posted, and the error says what to do.
        room_id = started["room_id"]
        error = await talk.error("messages.post", room_id=room_id, text="hello", client_msg_id="a")
        assert error["code"] == -32011
        assert (error["data"]["kind"], error["data"]["retryable"]) == ("storage_full", True)
        assert "Free some space" in error["data"]["hint"]
        # The answer is complete for whoever asks for it, and for those who join.
        run = await talk.call("runs.get", run_id=run_id)
        words = " ".join(str(n) for n in range(60))
        assert (run["status"], run["parts"][-1]["text"].strip()) == ("completed", words)
        limit_files(process, -1)
        run = await talk.event("run.completed")
        assert run["parts"][-1]["text"].strip() == words
        history = await talk.call("messages.list", room_id=room_id)
        assert history["messages"][-1]["text"].strip() == words
        again = {"room_id": room_id, "text": "hello", "client_msg_id": "a"}
        assert (await talk.call("messages.post", **again))["run_id"] is None


async def test_an_upload_to_a_full_disk_says_so(tmp_path: Path) -> None:
    async with counting(tmp_path, fresh=True) as process, process.http() as http:
        limit_files(process, 0)
        refused = await http.post("/api/documents", files={"file": ("a.txt", b"x" * 200_000)})
        assert refused.status_code == 507
        assert refused.json()["error"]["data"]["kind"] == "storage_full"
        limit_files(process, -1)
        taken = await http.post("/api/documents", files={"file": ("a.txt", b"x" * 200_000)})
        assert taken.status_code == 202


async def test_an_answer_that_ends_while_the_database_is_locked_is_stored_later(
    tmp_path: Path,
) -> None:
    async with counting(tmp_path) as process, process.talk() as talk:
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOCKER, str(tmp_path / "data" / "basicchat.db"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert other.stdout is not None
        assert other.stdin is not None
        assert await other.stdout.readline() == b"ready\n"
        # Four seconds of text: it must not end before the database is locked.
        started = await talk.call("stream_request", query="400")
        await talk.text(6, started["run_id"])
        other.stdin.write(b"lock\n")
        assert await other.stdout.readline() == b"locked\n"
        unsaved = await talk.heard_signal("unsaved")
        assert unsaved["reason"] == "database_locked"
        error = await talk.error("messages.post", room_id=started["room_id"], text="hello")
        assert error["data"]["reason"] == "database_locked"
        # Nor can a session be opened. A client is told so, and tries again until it can.
        _, _, token = process.cookie.partition("=")
        states: asyncio.Queue[State] = asyncio.Queue()
        client = BasicChatClient(process.url, token=token)
        client.on("state", states.put_nowait)
        opening = asyncio.create_task(client.connect())
        async with asyncio.timeout(SECONDS):
            while (await states.get()).status != "reconnecting":
                pass
        async with process.http() as http:
            hello = {"jsonrpc": "2.0", "id": 1, "method": "session.hello", "params": {}}
            refused = (await http.post("/api/rpc", json=hello)).json()["error"]["data"]
        assert (refused["reason"], refused["retryable"]) == ("database_locked", True)
        other.stdin.close()
        await other.wait()
        async with asyncio.timeout(SECONDS):
            await opening
        await client.close()
        assert (await talk.event("run.completed"))["run_id"] == started["run_id"]
