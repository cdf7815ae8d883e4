"""How `serve --workers N` starts and ends, as processes."""

import asyncio
import os
import signal
from pathlib import Path

from support.server_process import SECONDS, Process, command, serving
from support.worker_server import at_both, logged, serving_workers, who


async def gone(*processes: int) -> None:
    """Wait until processes have ended."""
    async with asyncio.timeout(SECONDS):
        for process in processes:
            while is_alive(process):  # noqa: ASYNC110 - they are no children of this process
                await asyncio.sleep(0.01)


def is_alive(process: int) -> bool:
    """Whether a process lives, and is not only waiting to be reaped."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_what_prevents_the_start_is_said_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "basicchat.db").write_bytes(b"this is no database" * 1000)
    code, out, err = await command(tmp_path, "serve", "--workers", "2", "--port", "0")
    assert (code, out) == (1, "")
    assert err.count("cannot be used") == 1, err
    assert "Traceback" not in err


async def test_two_servers_never_share_a_folder_or_a_port(tmp_path: Path) -> None:
    async with serving(tmp_path, "--workers", "2") as process:
        code, _, err = await command(tmp_path, "serve", "--workers", "2", "--port", "0")
        assert (code, "Another server is at work" in err) == (1, True), err
        port = process.url.rpartition(":")[2]
        other = str(tmp_path / "other")
        code, _, err = await command(
            tmp_path, "serve", "--workers", "2", "--port", port, "--data-dir", other
        )
        assert (code, f"Cannot listen on 127.0.0.1:{port}" in err) == (1, True), err
        await ready_with(process, "ok")
        # Commands work beside the workers, and find their address.
        code, out, err = await command(tmp_path, "doctor", "--port", port)
        assert f"a server is running on 127.0.0.1:{port}" in out, out
        assert (code, "BROKEN" in out) == (0, False), out
        code, out, err = await command(tmp_path, "login")
        assert code == 0, err
        assert out.strip().startswith(process.url)
        assert (data_of(tmp_path) / "lock").read_text() == process.url


def data_of(home: Path) -> Path:
    return home / "data"


async def test_answers_are_finished_unless_a_second_signal_comes(tmp_path: Path) -> None:
    async with serving_workers(tmp_path) as process, at_both(process) as (one, other):
        workers = [(await who(talk))[1] for talk in (one, other)]
        await one.call("stream_request", query="100")
        await other.call("stream_request", query="on and on")
        await one.text(10)
        process.signal(signal.SIGTERM)
        assert (await one.event("run.completed", "run.interrupted"))["status"] == "completed"
        assert all(map(is_alive, workers[1:]))
        process.signal(signal.SIGTERM)
        code, err = await process.ended()
        await gone(*workers)
    assert (code, "Traceback" in err) == (0, False), err
    assert {'"worker":1' in err, '"worker":2' in err} == {True}


async def test_a_worker_that_hangs_is_replaced(tmp_path: Path) -> None:
    async with serving_workers(tmp_path) as process, at_both(process) as (one, other):
        _, frozen = await who(one)
        os.kill(frozen, signal.SIGSTOP)
        await logged(process, "worker_hangs")
        await logged(process, "worker_replaced")
        await gone(frozen)
        await ready_with(process, "ok")
        assert await other.call("session.ping") is not None


async def ready_with(process: Process, status: str) -> None:
    """Wait until readiness tells this status of the workers."""
    async with asyncio.timeout(SECONDS), process.http() as http:
        while True:
            found = (await http.get("/health/ready")).json()["dependencies"]["workers"]
            if found["status"] == status:
                return
            await asyncio.sleep(0.05)


async def test_workers_stop_without_their_supervisor(tmp_path: Path) -> None:
    async with serving_workers(tmp_path) as process, at_both(process) as (one, other):
        workers = [(await who(talk))[1] for talk in (one, other)]
        process.signal(signal.SIGKILL)
        assert [await talk.close_code() for talk in (one, other)] == [1001, 1001]
        await gone(*workers)


async def test_a_restart_that_fails_leaves_the_old_workers(tmp_path: Path) -> None:
    settings = tmp_path / "config" / "basicchat.toml"
    settings.parent.mkdir()
    settings.write_text("token_hours = 5\n")
    options = ("--workers", "2", "--config", str(settings))
    async with serving(tmp_path, *options) as process, process.talk() as talk:
        settings.write_text("token_hours = -1\n")
        process.signal(signal.SIGHUP)
        await logged(process, "workers_not_restarted")
        assert await talk.call("session.ping") is not None
