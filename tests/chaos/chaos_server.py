"""The server as a process of its own, to be killed; its model's answers are known beforehand.

As a program: `chaos_server.py FOLDER PORT TOKENS_PER_SECOND [DATABASE_URL REDIS_URL]`.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx2
import psutil

from basicchat.config import Settings
from basicchat.config.limits import Limits
from basicchat.domain.chat import ChatRequest
from basicchat.ops.logs import configure_logging
from basicchat.serving import serve
from basicchat.testing.loopback import own_port
from basicchat.testing.scripted_llm import PacedLLM

SECONDS = 60.0
SHORTEST, LONGEST = 20, 120
WORDS = ("bee", "🐝", "é\n", "dance", "中文", "𝄞", "e\u0301", "\u200d", "honey", '"\\', "\t")
BUSY = "The database is too busy"
KEPT = {"PATH", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}


def pieces_of(question: str) -> Iterator[str]:
    """The answer to a question, as the model says it."""
    random = Random(question)
    yield f"{question}: "
    for n in range(random.randint(SHORTEST, LONGEST)):
        yield f"{random.choice(WORDS)}{n} "
    yield "end."


def text_of(question: str) -> str:
    """The whole answer to a question."""
    return "".join(pieces_of(question))


def _script(request: ChatRequest) -> Iterator[str]:
    return pieces_of(request.question or "")


class Child:
    """A server process at one address, which is killed and started again.

    Attributes:
        port: where it listens.
        token: the owner's.
        lives: how often it has been started.
    """

    def __init__(self, folder: Path, tokens_per_second: float, *engines: str) -> None:
        self.folder = folder
        self._engines = engines
        self.log = folder / "server.log"
        self.port = own_port()
        self.token = ""
        self.lives = 0
        self._pace = tokens_per_second
        self._process: asyncio.subprocess.Process | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start, and wait until it listens."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, __file__, str(self.data), str(self.port), str(self._pace)),
                *self._engines,
                env=kept | {"HOME": str(self.folder)},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self.lives += 1
        line = ""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while "Log in" not in line:
                line = (await self._process.stdout.readline()).decode()
                assert line, self.log.read_text()
        if not self.token:
            await self._log_in(line.split()[-1])

    async def _log_in(self, link: str) -> None:
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            (self.token,) = (await client.get(link)).cookies.values()

    async def kill(self) -> None:
        """SIGKILL, at once; nothing that it started outlives it."""
        assert self._process is not None
        workers = psutil.Process(self._process.pid).children(recursive=True)
        self._process.kill()
        await self._process.wait()
        _, alive = await asyncio.to_thread(psutil.wait_procs, workers, SECONDS)
        assert not alive, f"outlived the server: {alive}"

    async def stop(self) -> None:
        """SIGTERM, and wait for an orderly end."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            assert await self._process.wait() == 0, self.log.read_text()

    async def end(self) -> None:
        """Make sure that it does not run any more."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    def complaints(self) -> list[str]:
        """What the server's log says of failures within."""
        bad = ("Traceback", '"level":"error"', '"level":"critical"', "incident")
        lines = self.log.read_text().splitlines()
        # What a busy machine has put off is done later; the records show that it was.
        return [line for line in lines if any(word in line for word in bad) and BUSY not in line]


@asynccontextmanager
async def child(folder: Path, tokens_per_second: float, *engines: str) -> AsyncIterator[Child]:
    """A server process that listens.

    Args:
        engines: for a node, the URLs of the database and Redis.
    """
    here = Child(folder, tokens_per_second, *engines)
    try:
        await here.start()
        yield here
    finally:
        await here.end()


def main(folder: str, port: str, pace: str, *engines: str) -> None:
    """Serve until a signal comes."""
    # Not to stdout, which nobody reads once the server is announced.
    configure_logging("info", "json")
    limits = Limits(
        connections_per_address=100_000,
        messages_per_minute=10_000_000,
        runs_per_user=1000,
        heartbeat_seconds=2.0,
        drain_seconds=5.0,
    )
    names = ("database_url", "redis_url") if engines else ()
    shared = dict(zip(names, engines, strict=True)) | ({"secret_key": "k" * 32} if engines else {})
    settings = Settings(
        data_dir=Path(folder), port=int(port), limits=limits, provider="extractive", **shared
    )
    model = PacedLLM(_script, tokens_per_second=float(pace))
    serve(settings, lambda line: print(line, flush=True), model)


if __name__ == "__main__":
    main(*sys.argv[1:])
