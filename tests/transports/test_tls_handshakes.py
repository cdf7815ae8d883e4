"""Connections that have not finished their TLS handshake are counted, limited and closed."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from basicchat.config import Settings
from basicchat.serving import configuration
from basicchat.transports.connection_gate import HTTP_SHARE, REFUSED_CONNECTIONS, ConnectionGate
from basicchat.transports.lingering_close import LINGER_SECONDS
from basicchat.transports.request_progress import HEAD_SECONDS, RESERVED_HEAD_SECONDS
from support.frozen_time import frozen_time, turns_until
from support.servers import SECONDS, RunningServer, eventually, running, settings_for
from support.tls import certificate

GET = b"GET /health/live HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n"
LIMIT = 8


class TlsServer:
    """A server that speaks TLS, and the gate that counts its connections."""

    def __init__(self, server: RunningServer, gate: ConnectionGate, cert: Path) -> None:
        self.server, self.gate = server, gate
        self.trust = ssl.create_default_context(cafile=str(cert))

    @property
    def port(self) -> int:
        return self.server.app.settings.port

    @property
    def open(self) -> int:
        """How many connections of any kind there are."""
        return len(self.server.server.server_state.connections)

    def silent(self, stack: ExitStack, number: int, data: bytes = b"") -> list[socket.socket]:
        """Connections that send some bytes and then nothing."""
        sockets = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(number)]
        for each in sockets:
            stack.enter_context(each)
            each.sendall(data)
        return sockets

    async def get(self, path: str, token: str = "") -> tuple[int, bytes]:
        """The status and the body of a request over a new connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust)
        head = f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n"
        if token:
            head += f"authorization: Bearer {token}\r\n"
        async with asyncio.timeout(SECONDS):
            writer.write(f"{head}\r\n".encode())
            answer = await reader.read()
        writer.transport.abort()
        return int(answer.split(b" ")[1]), answer.partition(b"\r\n\r\n")[2]


@pytest.fixture
async def tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[TlsServer]:
    """A server over TLS; the parameter is what its gate allows: per address, and in total."""
    per_address, total = getattr(request, "param", (1000, None))
    gate = ConnectionGate(per_address=per_address, total=total)

    def gate_of(settings: Settings, shared: object = None) -> ConnectionGate:
        return gate

    monkeypatch.setattr(configuration, "connection_gate", gate_of)
    cert, key = certificate(tmp_path, "127.0.0.1")
    async with running(settings_for(tmp_path, tls_cert=cert, tls_key=key)) as server:
        yield TlsServer(server, gate, cert)


def hello() -> bytes:
    """The first message of a handshake."""
    sent = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="x")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return sent.read()


BEGINNINGS = {
    "nothing": b"",
    "half a ClientHello": hello()[:100],
    "a ClientHello": hello(),
}


@pytest.mark.parametrize("what", BEGINNINGS)
async def test_a_handshake_has_the_deadline_of_a_head(tls: TlsServer, what: str) -> None:
    with ExitStack() as stack, frozen_time() as clock:
        sockets = tls.silent(stack, 5, BEGINNINGS[what])
        await turns_until(lambda: tls.open == 5)
        assert sum(tls.gate.counts.values()) == 5
        clock.advance(HEAD_SECONDS - 1)
        await asyncio.sleep(0)
        assert tls.open == 5
        clock.advance(1)
        await turns_until(lambda: tls.open == 0)
        assert not tls.gate.counts
        for each in sockets:
            while await asyncio.to_thread(each.recv, 65536):
                pass


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", os.urandom(3000)])
async def test_what_is_no_handshake_leaves_nothing(tls: TlsServer, data: bytes) -> None:
    with ExitStack() as stack:
        for each in tls.silent(stack, 5, data):
            each.shutdown(socket.SHUT_WR)
        await eventually(lambda: tls.open == 0 and not tls.gate.counts)
    assert (await tls.get("/health/live"))[0] == 200
    await eventually(lambda: tls.open == 0 and not tls.gate.counts)


@pytest.mark.parametrize("tls", [(LIMIT, None)], indirect=True)
async def test_handshakes_count_for_their_address(tls: TlsServer) -> None:
    with ExitStack() as stack:
        tls.silent(stack, LIMIT)
        await eventually(lambda: tls.gate.counts == {"127.0.0.1": LIMIT})
        status, body = await tls.get("/health/live")
        assert status == 429
        error = msgspec.json.decode(body)["error"]
        assert error["data"]["reason"] == "too_many_connections"
        # So many at most are told; the server drops the others.
        await eventually(lambda: tls.open == LIMIT)
        tls.silent(stack, REFUSED_CONNECTIONS + 50)
        await eventually(lambda: tls.open == LIMIT + REFUSED_CONNECTIONS)
        with pytest.raises((ConnectionError, ssl.SSLError)):
            await tls.get("/health/live")
    await eventually(lambda: tls.open == 0)
    assert (await tls.get("/health/live"))[0] == 200


@pytest.mark.parametrize("tls", [(1000, 5)], indirect=True)
async def test_a_server_full_of_silent_connections_answers_health_checks(tls: TlsServer) -> None:
    with ExitStack() as stack:
        tls.silent(stack, 100)
        assert (await tls.get("/health/live"))[0] == 200
        assert (await tls.get("/health/ready"))[0] == 200
        status, body = await tls.get("/")
        assert (status, msgspec.json.decode(body)["error"]["data"]["reason"]) == (
            503,
            "server_full",
        )
        assert (await tls.get("/", tls.server.token()))[0] == 200
        assert tls.open < 100


@pytest.mark.parametrize("tls", [(1000, 5)], indirect=True)
async def test_a_reserved_handshake_has_a_shorter_deadline(tls: TlsServer) -> None:
    with ExitStack() as stack, frozen_time() as clock:
        tls.silent(stack, 8)
        await turns_until(lambda: tls.open == 8)
        clock.advance(RESERVED_HEAD_SECONDS)
        await turns_until(lambda: tls.open == 5)


def exchange(raw: socket.socket, trust: ssl.SSLContext, request: bytes) -> bytes:
    """Send a request along with the end of the handshake, in one piece; the answer."""
    received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trust.wrap_bio(received, sent, server_hostname="127.0.0.1")
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            raw.sendall(sent.read())
            received.write(raw.recv(65536))
    client.write(request)
    raw.sendall(sent.read())
    answer = b""
    while not answer.endswith(b"}"):
        try:
            answer += client.read()
        except ssl.SSLWantReadError:
            received.write(raw.recv(65536) or b"the end")
    return answer


async def test_a_request_along_with_the_handshake_is_answered(tls: TlsServer) -> None:
    for _ in range(20):
        with ExitStack() as stack:
            (raw,) = tls.silent(stack, 1)
            answer = await asyncio.to_thread(exchange, raw, tls.trust, GET)
            assert answer.startswith(b"HTTP/1.1 200")
    await eventually(lambda: tls.open == 0)


async def test_a_client_that_does_not_say_goodbye_is_not_waited_for(tls: TlsServer) -> None:
    """After the server's close_notify, the client's is awaited as long as after a refusal."""
    with ExitStack() as stack, frozen_time() as clock:
        (raw,) = tls.silent(stack, 1)
        assert await asyncio.to_thread(exchange, raw, tls.trust, GET)
        clock.advance(LINGER_SECONDS - 0.1)
        await asyncio.sleep(0)
        assert tls.open == 1
        clock.advance(0.1)
        await turns_until(lambda: tls.open == 0)


def test_the_same_on_the_event_loop_of_the_server(tmp_path: Path) -> None:
    """uvloop has a TLS implementation of its own."""
    uvloop = pytest.importorskip("uvloop", reason="not on this system")
    cert, key = certificate(tmp_path, "127.0.0.1")
    trust = ssl.create_default_context(cafile=str(cert))
    limits = {"connections_per_address": 1}

    async def exchanges() -> None:
        settings = settings_for(tmp_path, tls_cert=cert, tls_key=key, limits=limits)
        async with running(settings) as server, asyncio.timeout(SECONDS):
            address = ("127.0.0.1", server.app.settings.port)
            connections = server.server.server_state.connections
            with ExitStack() as stack:
                for _ in range(HTTP_SHARE - 1):
                    stack.enter_context(socket.create_connection(address))
                for _ in range(20):
                    with socket.create_connection(address) as raw:
                        answer = await asyncio.to_thread(exchange, raw, trust, GET)
                        assert answer.startswith(b"HTTP/1.1 200")
                    while len(connections) >= HTTP_SHARE:  # noqa: ASYNC110
                        await asyncio.sleep(0)
                stack.enter_context(socket.create_connection(address))
                with socket.create_connection(address) as raw:
                    answer = await asyncio.to_thread(exchange, raw, trust, GET)
                    assert answer.startswith(b"HTTP/1.1 429")
            while connections:  # noqa: ASYNC110
                await asyncio.sleep(0)

    uvloop.run(exchanges())
