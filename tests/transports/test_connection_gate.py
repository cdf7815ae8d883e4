"""Which new connections are served, as a table, and a full server over real sockets."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from basicchat.config import Settings
from basicchat.domain.addresses import network_of
from basicchat.serving import configuration
from basicchat.transports import connection_gate
from basicchat.transports.connection_gate import ConnectionGate
from basicchat.transports.forwarded import TrustedProxies
from support.servers import SECONDS, RunningServer, running, settings_for


class Connection:
    def __init__(self) -> None:
        self.idle, self.incomplete, self.evicted = False, True, False

    def evict(self) -> None:
        self.evicted = True


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "192.0.2.1", False),
    ],
)
def test_addresses_of_one_network_count_together(one: str, other: str, same: bool) -> None:
    assert (network_of(one) == network_of(other)) is same


def test_an_address_has_a_number_of_connections() -> None:
    gate = ConnectionGate(per_address=2, proxies=TrustedProxies(["10.0.0.0/8"]))
    first, second, third = Connection(), Connection(), Connection()
    assert gate.admit(first, "2001:db8::1", 1) == "served"
    assert gate.admit(second, "2001:db8::2", 2) == "served"
    assert gate.admit(third, "2001:db8::3", 3) == "address_full"
    assert gate.admit(third, "2001:db8:1::3", 3) == "served"
    second.idle = True
    assert gate.admit(Connection(), "2001:db8::4", 4) == "served"
    assert (first.evicted, second.evicted) == (False, True)
    assert [gate.admit(Connection(), "10.1.2.3", 5) for _ in range(5)] == 5 * ["served"]
    gate.release(first, "2001:db8::1")
    gate.release(first, "2001:db8::1")
    assert sum(gate.counts.values()) == 2


def test_a_full_server_keeps_a_reserve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_gate, "RESERVED_CONNECTIONS", 2)
    gate = ConnectionGate(per_address=100, total=3)
    assert [gate.admit(Connection(), "192.0.2.1", n) for n in (1, 2, 3)] == 3 * ["served"]
    waiting, working = Connection(), Connection()
    assert gate.admit(waiting, "192.0.2.1", 4) == "reserved"
    assert gate.admit(working, "192.0.2.1", 5) == "reserved"
    working.incomplete = False
    last = Connection()
    assert gate.admit(last, "192.0.2.1", 6) == "reserved"
    assert (waiting.evicted, working.evicted) == (True, False)
    last.incomplete = False
    assert gate.admit(Connection(), "192.0.2.1", 6) == "server_full"
    gate.release(last, "192.0.2.1")
    assert gate.admit(Connection(), "192.0.2.1", 6) == "reserved"


async def status(server: RunningServer, path: str, token: str = "") -> int:
    async with server.http() as http:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return (await http.get(path, headers=headers)).status_code


async def test_health_and_administration_answer_on_a_full_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(settings: Settings, shared: None) -> ConnectionGate:
        return ConnectionGate(per_address=1000, total=5)

    monkeypatch.setattr(configuration, "connection_gate", small)
    async with running(settings_for(tmp_path)) as server:
        member = server.token(await server.person("Ann"))
        port = server.app.settings.port
        sockets = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
        async with asyncio.timeout(SECONDS):
            for _, writer in sockets:
                writer.write(b"GET /health")
            assert await status(server, "/health/live") == 200
            assert await status(server, "/health/ready") == 200
            assert await status(server, "/") == 503
            assert await status(server, "/", member) == 503
            assert await status(server, "/", server.token()) == 200
            async with server.http(headers=server.bearer()) as http:
                call = {"jsonrpc": "2.0", "id": 1, "method": "users.list", "params": {}}
                answer = await http.post("/api/rpc", json=call)
                assert (answer.status_code, "result" in answer.json()) == (200, True)
            async with server.http() as http:
                refused = await http.get("/")
                error = msgspec.json.decode(refused.content)["error"]
                assert error["data"]["reason"] == "server_full"
                assert refused.headers["retry-after"]
        for _, writer in sockets:
            writer.transport.abort()
