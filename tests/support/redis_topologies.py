"""Redis behind Sentinel, as a cluster, and with TLS and a password: real servers on free ports."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from support.redis_server import START_SECONDS, require_redis, wait_until_ready

SLOTS = 16384
SERVICE = "main"


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def processes(commands: list[list[str]]) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Servers that are killed at the end."""
    started = []
    try:
        for command in commands:
            program = [require_redis(), *command]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            started.append(subprocess.Popen(program, **quiet))
        yield started
    finally:
        for each in started:
            each.kill()
            each.wait()


def wait_for(condition: "Iterator[bool]") -> None:
    """Take values until one is true."""
    deadline = time.monotonic() + START_SECONDS
    for holds in condition:
        if holds:
            return
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass
class Guarded:
    """A primary, a replica and a Sentinel that watches them."""

    url: str
    primary: "subprocess.Popen[bytes]"


@contextmanager
def behind_sentinel() -> Iterator[Guarded]:
    """A primary with a replica; a Sentinel promotes the replica if the primary is gone."""
    first, second, guard = free_ports(3)
    with tempfile.TemporaryDirectory(prefix="redis-") as folder, ExitStack() as stack:
        config = Path(folder) / "sentinel.conf"
        config.write_text(
            f"port {guard}\nbind 127.0.0.1\ndir {folder}\n"
            f"sentinel monitor {SERVICE} 127.0.0.1 {first} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 300\n"
            f"sentinel failover-timeout {SERVICE} 2000\n"
        )
        common = ["--bind", "127.0.0.1", "--save", "", "--dir", folder]
        common += ["--repl-diskless-sync-delay", "0"]
        primary = ["--port", str(first), *common]
        replica = ["--port", str(second), *common, "--replicaof", f"127.0.0.1 {first}"]
        with processes([primary, replica]) as started:
            copy = Redis(port=second)
            wait_until_ready(copy)
            wait_for(copy.info()["master_link_status"] == "up" for _ in iter(int, 1))
            # Only now, because it asks for the replicas again after ten seconds.
            stack.enter_context(processes([[str(config), "--sentinel"]]))
            admin = Redis(port=guard)
            wait_until_ready(admin)
            wait_for(len(admin.sentinel_slaves(SERVICE)) == 1 for _ in iter(int, 1))
            yield Guarded(f"redis+sentinel://127.0.0.1:{guard}/{SERVICE}", started[0])


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of a cluster of three primaries."""
    ports = free_ports(6)
    nodes, buses = ports[:3], ports[3:]
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        commands = []
        for port, bus in zip(nodes, buses, strict=True):
            commands.append(["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"])
            commands[-1] += [folder, "--cluster-enabled", "yes", "--cluster-port", str(bus)]
            commands[-1] += ["--cluster-config-file", f"{port}.conf"]
        with processes(commands):
            admins = [Redis(port=port) for port in nodes]
            for number, admin in enumerate(admins):
                wait_until_ready(admin)
                first, last = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
                admin.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                # Otherwise the last ones wait for a vote about equal epochs.
                admin.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            for port, bus in zip(nodes[1:], buses[1:], strict=True):
                admins[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port, bus)
            for admin in admins:
                wait_for(state(admin) for _ in iter(int, 1))
            yield "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in nodes)


def state(admin: "Redis") -> bool:
    """Whether a node knows all nodes, and all slots are served."""
    info = str(admin.execute_command("CLUSTER", "INFO"))
    return "cluster_state:ok" in info and "cluster_known_nodes:3" in info


@contextmanager
def with_tls(certificate: Path, key: Path) -> Iterator[str]:
    """The URL of a server with TLS and a password, whose certificate is its own authority."""
    (port,) = free_ports(1)
    command = ["--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
    command += ["--tls-auth-clients", "no", "--requirepass", "hu/sh@x"]
    with processes([command]):
        wait_until_ready(
            Redis(port=port, ssl=True, ssl_cert_reqs="none", password="hu/sh@x"),
        )
        yield f"rediss://:hu/sh@x@localhost:{port}?ssl_ca_certs={certificate}"
