"""Cut one node's network: it lives in a network namespace of its own, which needs root.

It reaches PostgreSQL and Redis through forwarders on the other end of its cable, and nginx reaches
it over the same. The cut is that of a cable: nothing is closed, nothing arrives.
"""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from urllib.parse import parse_qs, urlsplit

from drill_cluster import Node, cluster, own_database
from drill_load import load
from drill_report import Report

from support.redis_server import redis_server
from support.redis_topologies import free_ports

NAME, TITLE = "network", "one of two nodes loses its network for 20 s"
SPACE, OUTER, INNER = "bcdrill", "bcdrill0", "bcdrill1"
HERE, THERE = "10.231.77.1", "10.231.77.2"


def ip(*arguments: str) -> None:
    """Run `ip`."""
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def namespace() -> Iterator[None]:
    """A network namespace with a cable to this one."""
    ip("netns", "add", SPACE)
    try:
        ip("link", "add", OUTER, "type", "veth", "peer", "name", INNER)
        ip("link", "set", INNER, "netns", SPACE)
        ip("address", "add", f"{HERE}/24", "dev", OUTER)
        ip("link", "set", OUTER, "up")
        ip("-n", SPACE, "address", "add", f"{THERE}/24", "dev", INNER)
        ip("-n", SPACE, "link", "set", INNER, "up")
        ip("-n", SPACE, "link", "set", "lo", "up")
        yield
    finally:
        ip("netns", "delete", SPACE)


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on bytes until the end."""
    with suppress(OSError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def forwarder(port: int, socket: str) -> AsyncIterator[None]:
    """Connections to a port on the cable's end are passed on to a Unix socket."""

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(socket)
        await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))

    server = await asyncio.start_server(forward, HERE, port)
    try:
        yield
    finally:
        server.close()


def move(node: Node, redis_port: int, database_port: int) -> None:
    """Let a node live behind the cable."""
    node.prefix = ("ip", "netns", "exec", SPACE)
    name = urlsplit(node.settings["database_url"]).path
    node.settings |= {
        "redis_url": f"redis://{HERE}:{redis_port}",
        "database_url": f"postgresql://postgres@{HERE}:{database_port}{name}",
    }


async def run(seconds: float = 20.0) -> Report:
    """Run the drill."""
    redis_port, database_port = free_ports(2)
    with own_database() as database, redis_server() as redis, namespace():
        (folder,) = parse_qs(urlsplit(database.url("postgres")).query)["host"]
        async with (
            forwarder(redis_port, str(redis.socket)),
            forwarder(database_port, f"{folder}/.s.PGSQL.5432"),
            cluster(
                2, redis_url=redis.url, database=database, hosts=("127.0.0.1", THERE),
                prepare=lambda nodes: move(nodes[1], redis_port, database_port), read_seconds=5,
            ) as nodes,
            load(nodes) as work,
        ):  # fmt: skip
            await asyncio.sleep(3)
            ip("link", "set", OUTER, "down")
            await asyncio.sleep(seconds)
            ip("link", "set", OUTER, "up")
            await asyncio.sleep(10)
    return Report(TITLE, work)
