"""Nodes on PostgreSQL and Redis behind nginx, as processes that drills kill, freeze and restart."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from support import postgres
from support.redis_server import redis_server
from support.redis_topologies import free_ports

SECONDS = 90.0
NODE = Path(__file__).with_name("drill_node.py")
TESTS = Path(__file__).parents[1]
KEPT = {"PATH", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE"}
SECRET = "drills" * 8
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
  upstream nodes {{ {servers} keepalive 16; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://nodes; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_connect_timeout 1s; proxy_read_timeout {read_seconds}s;
      proxy_next_upstream error timeout http_503 non_idempotent;
      proxy_next_upstream_tries 3; client_max_body_size 100m;
    }}
  }}
}}
"""


def find_nginx() -> str | None:
    """The program, which is often not in the path of users; None if it is missing."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def require_nginx() -> str:
    """The program."""
    program = find_nginx()
    if program is None:
        raise FileNotFoundError("These drills need nginx: sudo apt-get install nginx")
    return program


class Node:
    """One node's process.

    Attributes:
        prefix: the program that starts it, such as `ip netns exec NAME`.
    """

    def __init__(self, name: str, folder: Path, settings: dict[str, Any]) -> None:
        self.name = name
        self.settings = settings
        self.log = folder / f"{name}.log"
        self.prefix: Sequence[str] = ()
        self.link = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it listens."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        paths = os.pathsep.join([str(TESTS), str(TESTS / "chaos")])
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.prefix, sys.executable, str(NODE), json.dumps(self.settings),
                env=kept | {"HOME": str(self.log.parent), "PYTHONPATH": paths},
                stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while "Log in" not in self.link or self._process is None:
                line = (await self._process.stdout.readline()).decode()
                assert line, self.log.read_text()[-3000:]
                self.link = line
        self.link = self.link.split()[-1]

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self.link = ""

    async def restart(self) -> None:
        """SIGTERM, an orderly end, and a new start."""
        self.signal(signal.SIGTERM)
        assert self._process is not None
        async with asyncio.timeout(SECONDS):
            await self._process.wait()
        self.link = ""
        await self.start()

    def complaints(self) -> list[str]:
        """What its log says of faults within."""
        bad = ("Traceback", '"level":"critical"', "incident")
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [_shortened(line) for line in lines if any(word in line for word in bad)]


def _shortened(line: str) -> str:
    """The event of a log entry, and the last lines of its exception."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line[:400]
    return f"{entry.get('module')} {entry.get('event')}: {str(entry.get('exception'))[-1500:]}"


class Cluster:
    """Nodes behind nginx.

    Attributes:
        url: nginx's.
        token: the owner's.
        complaints: what the nodes' logs say of faults within, once they have ended.
    """

    def __init__(self, folder: Path, nodes: Sequence[Node], url: str) -> None:
        self.folder = folder
        self.nodes = nodes
        self.url = url
        self.token = ""
        self.complaints: list[str] = []

    def http(self, token: str | None = None) -> httpx2.AsyncClient:
        """A client of the balancer."""
        headers = {"authorization": f"Bearer {token or self.token}"}
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=SECONDS)

    async def ready(self, *nodes: Node) -> None:
        """Wait until nodes say that they are ready."""
        async with httpx2.AsyncClient(timeout=5) as http, asyncio.timeout(SECONDS):
            for node in nodes or self.nodes:
                while True:
                    if await self._is_ready(http, node):
                        break
                    await asyncio.sleep(0.1)

    @staticmethod
    async def _is_ready(http: httpx2.AsyncClient, node: Node) -> bool:
        try:
            settings = node.settings
            url = f"http://{settings['host']}:{settings['port']}/health/ready"
            return (await http.get(url)).status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def nginx(folder: Path, nodes: Sequence[Node], read_seconds: int) -> Any:
    """The balancer; yields its URL. It leaves out a node that fails for two seconds."""
    (port,) = free_ports(1)
    servers = " ".join(
        f"server {node.settings['host']}:{node.settings['port']} max_fails=1 fail_timeout=2s;"
        for node in nodes
    )
    url = f"http://127.0.0.1:{port}"
    config = folder / "nginx.conf"
    config.write_text(
        NGINX.format(folder=folder, servers=servers, port=port, read_seconds=read_seconds)
    )
    for node in nodes:
        node.settings["public_origins"] = [url]
    process = subprocess.Popen([require_nginx(), "-c", str(config), "-e", str(folder / "start")])
    try:
        yield url
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def cluster(
    count: int = 2,
    *,
    redis_url: str | None = None,
    database: Any = None,
    read_seconds: int = 60,
    tokens_per_second: float = 20.0,
    hosts: Sequence[str] = (),
    prepare: Callable[[Sequence[Node]], None] | None = None,
    **settings: Any,
) -> AsyncIterator[Cluster]:
    """So many nodes that serve; by default on a Redis and a PostgreSQL server of their own.

    Args:
        database: a PostgreSQL server, or None for one of its own; a string is a URL, or "sqlite"
            for a file that the nodes share.
        prepare: called with the nodes before they start.
        read_seconds: after this time without a byte, nginx gives up a request.
    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(own_folder())
        if redis_url is None:
            redis_url = stack.enter_context(redis_server()).url
        if database == "sqlite":
            database = f"sqlite:///{folder}/shared.db"
        if not isinstance(database, str):
            server = database or stack.enter_context(own_database())
            database = server.url("postgres")
        nodes = []
        for number, port in enumerate(free_ports(count)):
            nodes.append(Node(f"node{number + 1}", folder, {
                "data_dir": str(folder / f"data{number + 1}"), "port": port,
                "host": hosts[number] if hosts else "127.0.0.1", "secret_key": SECRET,
                "database_url": database, "tokens_per_second": tokens_per_second, **settings,
                **({"redis_url": redis_url} if redis_url else {}),
            }))  # fmt: skip
        if prepare is not None:
            prepare(nodes)
        url = stack.enter_context(nginx(folder, nodes, read_seconds))
        here = Cluster(folder, nodes, url)
        for node in nodes:
            stack.push_async_callback(node.kill)
        # The first one makes the tables and the owner.
        await nodes[0].start()
        await asyncio.gather(*(node.start() for node in nodes[1:]))
        async with httpx2.AsyncClient(timeout=SECONDS) as client:
            (here.token,) = (await client.get(nodes[0].link)).cookies.values()
        await here.ready()
        yield here
        for node in nodes:
            here.complaints += [f"{node.name}: {line}" for line in node.complaints()]


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that nginx' workers, which are another user, can read."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def own_database() -> Any:
    """A PostgreSQL server that no other drill uses."""
    folder = Path(tempfile.mkdtemp(prefix="drill-db-"))
    server = postgres.Server(folder / "data")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
