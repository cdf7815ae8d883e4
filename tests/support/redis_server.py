"""A real Redis server for tests, on a Unix socket."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from basicchat.domain.redis_url import parse_redis_url
from basicchat.redis.link import RedisLink
from redis import Redis

PROGRAM = shutil.which("redis-server")
START_SECONDS = 60


def require_redis() -> str:
    """The program; without it, tests are skipped, but not in CI."""
    if PROGRAM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("redis-server is missing")
        pytest.skip("needs redis-server")
    return PROGRAM


class RedisServer:
    """A Redis server that can be stopped and started again, empty.

    Attributes:
        url: its REDIS_URL.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.admin = Redis(unix_socket_path=str(self.socket))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        arguments = ["--port", "0", "--unixsocket", str(self.socket), "--save", ""]
        arguments += ["--dir", str(self._folder), "--loglevel", "warning", *self._options]
        self._process = subprocess.Popen(
            [require_redis(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until_ready(self.admin)

    def stop(self) -> None:
        """Kill it: everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.admin.connection_pool.disconnect()

    def pause(self) -> None:
        """Freeze it: connections stay open, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def pass_time(self, seconds: float) -> None:
        """Let all keys expire as if time had passed."""
        for key in self.admin.scan_iter(count=1000):
            left = self.admin.pttl(key)
            if left >= 0:
                self.admin.pexpire(key, max(int(left - seconds * 1000), 0))


def wait_until_ready(client: "Redis") -> None:
    """Wait until a server that is starting answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            client.ping()
        except RedisError:
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.005)
        else:
            return


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """A server of its own."""
    require_redis()
    # Paths of Unix sockets are short.
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder), *options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@asynccontextmanager
async def linked(url: str, node: str | None = None, **options: float) -> AsyncIterator[RedisLink]:
    """A node's link to Redis."""
    link = RedisLink(parse_redis_url(url), node=node, **options)  # type: ignore[arg-type]
    async with link.running():
        assert await link.connected(60)
        yield link
