"""A server of several workers as processes, with a model that says where it runs."""

import asyncio
import json
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from support.command_line import launched
from support.server_process import SECONDS, Process, Talk, started

SUPERVISOR = """
import json, sys
from basicchat.config import Settings
from basicchat.ops.logs import configure_logging
from basicchat.workers import process, supervisor
from basicchat.workers.supervisor import supervise

configure_logging()
# A worker that hangs is noticed sooner.
supervisor.PING_SECONDS, process.MAX_PINGS = 0.5, 20
more = json.loads(sys.argv[3])
settings = Settings(data_dir=sys.argv[1], port=0, workers=int(sys.argv[2]), **more)
supervise(settings, sys.argv[4:], lambda line: print(line, flush=True))
"""
# "who" is answered by the worker's number and process, a number by so many words, a hundred a
# second, and anything else by words without end.
WORKER = """
import itertools, json, os, sys
from basicchat.config import Settings
from basicchat.config.settings import Limits
from basicchat.ops.logs import configure_logging
from basicchat.serving.worker import serve_worker
from basicchat.testing.scripted_llm import PacedLLM

def script(request):
    if request.question == "who":
        return (os.environ["BASICCHAT_WORKER"], " ", str(os.getpid()))
    words = int(request.question) if request.question.isdecimal() else None
    numbers = itertools.count() if words is None else range(words)
    return (f"{n} " for n in numbers)

configure_logging()
limits = Limits(messages_per_minute=1000000, connections_per_address=1000, drain_grace_seconds=0)
settings = Settings(data_dir=sys.argv[1], limits=limits, **json.loads(sys.argv[2]))
sys.exit(serve_worker(settings, PacedLLM(script, tokens_per_second=100)))
"""
MAX_TRIES = 200


@asynccontextmanager
async def serving_workers(
    home: Path, *, trust: ssl.SSLContext | None = None, **settings: Any
) -> AsyncIterator[Process]:
    """A server of two workers.

    Args:
        trust: what its certificate is checked against, if the settings name one.
    """
    data, more = str(home / "data"), json.dumps(settings)
    worker = (*launched(), "-c", WORKER, data, more)
    command = (*launched(), "-c", SUPERVISOR, data, "2", more, *worker)
    async with started(home, *command, trust=trust) as process:
        yield process
        if process.child.returncode is None:
            # Workers would outlive a supervisor that is killed.
            for _ in range(2):
                process.signal(signal.SIGTERM)
            await process.ended()


async def numbers(process: Process) -> dict[str, float]:
    """The metrics, asked of any worker, by name and labels."""
    async with process.http() as http:
        page = (await http.get("/metrics")).text
    samples = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


async def who(talk: Talk) -> tuple[int, int]:
    """The number and the process of the worker that serves a connection."""
    answer = await talk.call("query", query="who")
    await talk.call("rooms.leave", room_id=answer["room_id"])
    talk.heard.clear()
    number, process = answer["answer"].split()
    return int(number), int(process)


@asynccontextmanager
async def at_worker(process: Process, number: int) -> AsyncIterator[Talk]:
    """A connection to one of the workers; the kernel chooses, until it has chosen this one."""
    for _ in range(MAX_TRIES):
        async with AsyncExitStack() as stack:
            talk = await stack.enter_async_context(process.talk())
            if (await who(talk))[0] == number:
                yield talk
                return
    raise AssertionError(f"no connection reaches worker {number}")


@asynccontextmanager
async def resumed_at_worker(
    process: Process, number: int, welcome: dict[str, Any]
) -> AsyncIterator[Talk]:
    """A connection to one of the workers that resumes a session."""
    for _ in range(MAX_TRIES):
        resume = {name: welcome[name] for name in ("session_id", "resume_token")}
        async with process.talk(resume=resume) as talk:
            assert talk.welcome["resumed"]
            welcome = talk.welcome
            if (await who(talk))[0] == number:
                yield talk
                return
    raise AssertionError(f"no connection reaches worker {number}")


async def another_user(process: Process, owner: Talk, name: str) -> Process:
    """The server as another user sees it."""
    made = await owner.call("users.create", name=name)
    async with replace(process, headers={}).http() as http:
        login = {"name": name, "password": made["password"]}
        answer = await http.post("/api/login", json=login)
    return replace(process, cookie="; ".join(f"{k}={v}" for k, v in answer.cookies.items()))


@asynccontextmanager
async def at_both(process: Process) -> AsyncIterator[tuple[Talk, Talk]]:
    """A connection to each of two workers."""
    async with at_worker(process, 1) as one, at_worker(process, 2) as other:
        yield one, other


async def logged(process: Process, event: str) -> None:
    """Wait for an event in the log."""
    assert process.child.stderr is not None
    async with asyncio.timeout(SECONDS):
        while event not in (await process.child.stderr.readline()).decode():
            pass
