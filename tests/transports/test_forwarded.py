"""Whose a request behind a proxy is, as a table, and how many of one client are served at once."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from basicchat.transports.connection_gate import HTTP_SHARE
from basicchat.transports.forwarded import ForwardedRequests, TrustedProxies
from basicchat.transports.server_context import Message, Receive, Send
from support.servers import SECONDS, RunningServer, eventually, running, settings_for

PROXY = "10.0.0.1"
PROXIES = TrustedProxies(["10.0.0.0/8", "2001:db8:ffff::1", "127.0.0.1"])

CLIENTS: list[tuple[str, list[str], str]] = [
    ("one client", ["192.0.2.7"], "192.0.2.7"),
    ("a made-up entry before it", ["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
    ("a made-up field before it", ["6.6.6.6", "192.0.2.7"], "192.0.2.7"),
    ("two proxies", ["192.0.2.7, 10.0.0.2"], "192.0.2.7"),
    ("a made-up proxy before it", ["10.9.9.9, 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
    ("a client within the trusted network", ["10.9.9.9"], "10.9.9.9"),
    ("trusted addresses alone", ["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
    ("a port", ["192.0.2.7:4711"], "192.0.2.7"),
    ("IPv6", ["2001:db8::7"], "2001:db8::7"),
    ("IPv6 in brackets", ["[2001:db8::7]"], "2001:db8::7"),
    ("IPv6 with a port", ["[2001:db8::7]:4711"], "2001:db8::7"),
    ("IPv6 with a zone", ["fe80::7%eth0"], "fe80::7"),
    ("IPv4 as IPv6", ["::ffff:192.0.2.7"], "192.0.2.7"),
    ("a proxy's IPv4 as IPv6", ["192.0.2.7, ::ffff:10.0.0.2"], "192.0.2.7"),
    ("another spelling of a proxy", ["192.0.2.7, 2001:DB8:FFFF:0::1"], "192.0.2.7"),
    ("no address", ["unknown"], PROXY),
    ("no address before a proxy", ["192.0.2.7, unknown, 10.0.0.2"], "10.0.0.2"),
    ("nothing", [""], PROXY),
    ("commas", [", ,"], PROXY),
    ("an open bracket", ["[192.0.2.7"], "192.0.2.7"),
    ("a long text", ["x" * 60_000], PROXY),
    ("bytes that are not ASCII", ["\xff\xfe"], PROXY),
    ("a zone behind IPv4", ["127.0.0.1%x"], PROXY),
]


@pytest.mark.parametrize(("name", "values", "client"), CLIENTS, ids=[each[0] for each in CLIENTS])
def test_the_client_is_the_last_address_that_is_not_a_proxy(
    name: str, values: list[str], client: str
) -> None:
    assert PROXIES.client_of(PROXY, [each.encode("latin-1") for each in values]) == client


@pytest.mark.parametrize(
    ("peer", "trusted"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("2001:db8:ffff:0::1", True),
        ("192.0.2.1", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_a_proxy_is_trusted_by_its_address(peer: str, trusted: bool) -> None:
    assert (peer in PROXIES) is trusted


def test_nobody_is_trusted_by_default() -> None:
    assert PROXY not in TrustedProxies()


SCHEMES = [
    ("http", b"https", "https"),
    ("http", b"HTTPS ", "https"),
    ("http", b"javascript", "http"),
    ("http", b"", "http"),
    ("websocket", b"https", "wss"),
    ("websocket", b"wss", "wss"),
    ("websocket", b"http", "ws"),
]


@pytest.mark.parametrize(("kind", "scheme", "applied"), SCHEMES)
@pytest.mark.parametrize("peer", [PROXY, "192.0.2.1"])
async def test_only_proxies_are_believed(peer: str, kind: str, scheme: bytes, applied: str) -> None:
    served: list[Message] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        served.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    before = "ws" if kind == "websocket" else "http"
    headers = [(b"x-forwarded-for", b"192.0.2.7"), (b"x-forwarded-proto", scheme)]
    scope = {"type": kind, "client": (peer, 1), "scheme": before, "headers": headers}
    await ForwardedRequests(app, PROXIES, per_address=1)(scope, receive, send)
    believed = ("192.0.2.7", applied) if peer == PROXY else (peer, before)
    assert (served[0]["client"][0], served[0]["scheme"]) == believed


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose clients come through proxies on this machine, one WebSocket each."""
    limits = {"connections_per_address": 1}
    settings = settings_for(tmp_path, trusted_proxies=("127.0.0.0/8",), limits=limits)
    async with running(settings) as here:
        yield here


def begin(server: RunningServer, path: str, client: str, stack: AsyncExitStack) -> None:
    """Send a request whose body does not arrive, until the stack ends."""
    raw = socket.create_connection(("127.0.0.1", server.app.settings.port))
    stack.enter_context(raw)
    kind = "multipart/form-data; boundary=b" if path == "/api/documents" else "application/json"
    raw.sendall(
        (
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-forwarded-for: 6.6.6.6, {client}\r\n"
            f"authorization: Bearer {server.token()}\r\ncontent-length: 1000\r\n"
            f"content-type: {kind}\r\naccept: application/json, text/event-stream\r\n\r\n"
        ).encode()
    )


def counts(server: RunningServer) -> dict[str, int]:
    """What the server's middleware has counted."""
    app = server.server.config.loaded_app
    assert isinstance(app, ForwardedRequests)
    return app.counts


async def ask(server: RunningServer, client: str) -> tuple[int, bytes]:
    async with server.http(headers={"x-forwarded-for": client}) as http:
        answer = await http.get("/health/live")
        return answer.status_code, answer.content


@pytest.mark.parametrize("path", ["/mcp", "/api/rpc", "/api/documents", "/v1/chat/completions"])
async def test_requests_that_a_client_has_open_are_counted(
    server: RunningServer, path: str
) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(HTTP_SHARE):
            begin(server, path, "192.0.2.7", stack)
        await eventually(lambda: counts(server) == {"192.0.2.7": HTTP_SHARE})
        status, body = await ask(server, "192.0.2.7")
        error = msgspec.json.decode(body)["error"]
        assert (status, error["data"]["reason"]) == (429, "too_many_connections")
        assert (await ask(server, "192.0.2.8"))[0] == 200
        # The sockets of a client have slots of their own.
        async with server.socket(additional_headers={"x-forwarded-for": "192.0.2.7"}) as talk:
            assert await talk.call("session.hello", token=server.token())
    await eventually(lambda: not counts(server))
    assert (await ask(server, "192.0.2.7"))[0] == 200


async def test_an_open_answer_counts_and_an_idle_connection_does_not(
    server: RunningServer,
) -> None:
    """A proxy keeps its connections open for the next client's request."""
    headers = server.bearer() | {"x-forwarded-for": "192.0.2.7"}
    async with server.http(headers=headers) as http:
        for _ in range(3 * HTTP_SHARE):
            assert (await http.get("/health/live")).status_code == 200
        await eventually(lambda: not counts(server))
        params = {"stream": f"user:{server.app.owner.id}"}
        async with http.stream("GET", "/api/events", params=params) as feed:
            async with asyncio.timeout(SECONDS):
                assert await anext(feed.aiter_lines())
            assert counts(server) == {"192.0.2.7": 1}
        await eventually(lambda: not counts(server))


async def test_hosts_of_one_network_count_together(server: RunningServer) -> None:
    async with AsyncExitStack() as stack:
        for number in range(HTTP_SHARE):
            begin(server, "/mcp", f"2001:db8::{number + 1:x}", stack)
        await eventually(lambda: sum(counts(server).values()) == HTTP_SHARE)
        assert (await ask(server, "2001:db8::ffff"))[0] == 429
        assert (await ask(server, "2001:db8:1::1"))[0] == 200
