"""MCP messages of the light client: over WebSocket, and over HTTP in both eras."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from bench.wsclient import Socket, frame

LEGACY, MODERN = "2025-11-25", "2026-07-28"
INFO = {"name": "bench", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": INFO,
}
HELLO = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": INFO},
}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
# Every successful answer contains this.
RESULT = b'"result"'


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as JSON."""
    return json.dumps(message, separators=(",", ":")).encode()


def calling(name: str, modern: bool = False, token: int | None = None, **arguments: int) -> bytes:
    """A call of a tool."""
    meta: dict[str, Any] = dict(META) if modern else {}
    if token is not None:
        meta["progressToken"] = token
    params: dict[str, Any] = {"name": name, "arguments": arguments}
    if meta:
        params["_meta"] = meta
    return encoded({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})


def socket_kind(token: str) -> type[Socket]:
    """A class of MCP connections over WebSocket, with a bearer token."""

    class McpSocket(Socket):
        """A connection with this token."""

        path = "/mcp"
        protocol = "mcp"
        more = f"Authorization: Bearer {token}\r\n"

    return McpSocket


class HttpSocket(Socket):
    """A kept-alive HTTP connection; a message is the body of a response.

    Attributes:
        session: the id of its session, if any.
        head: the head of the last response.
    """

    session = ""
    head = b""

    def begin(self, transport: asyncio.Transport) -> None:
        """Start without a handshake."""
        self._shaken = True
        self.upgraded()

    def data_received(self, data: bytes) -> None:
        """Parse bytes into responses."""
        data = self._rest + data
        while data:
            head, end, rest = data.partition(b"\r\n\r\n")
            size = _size(head, rest) if end else None
            if size is None:
                break
            self.head, body, data = head, rest[:size], rest[size:]
            self.received(self, body)
        self._rest = data


def _size(head: bytes, rest: bytes) -> int | None:
    """The length of a response's body, including chunk headers; None if it is incomplete."""
    lowered = head.lower()
    at = lowered.find(b"content-length:")
    if at >= 0:
        size = int(lowered[at + 15 :].split(b"\r\n", 1)[0])
        return size if len(rest) >= size else None
    if b"transfer-encoding: chunked" not in lowered:
        return 0
    return _chunked(rest)


def _chunked(rest: bytes) -> int | None:
    """The end of the last chunk (RFC 9112, 7.1); None if it has not arrived."""
    at = 0
    while True:
        end = rest.find(b"\r\n", at)
        if end < 0:
            return None
        length = int(rest[at:end], 16)
        at = end + 4 + length
        if at > len(rest):
            return None
        if length == 0:
            return at


def posted(body: bytes, port: int, *, token: str = "", **headers: str) -> bytes:
    """A request to `/mcp`."""
    fields = {
        "Host": f"127.0.0.1:{port}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "Content-Length": str(len(body)),
    }
    if token:
        fields["Authorization"] = f"Bearer {token}"
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"POST /mcp HTTP/1.1\r\n{lines}\r\n".encode() + body


def session_of(head: bytes) -> str:
    """The session id in a response's head.

    Raises:
        ConnectionError: there is none.
    """
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "mcp-session-id":
            return value.strip()
    raise ConnectionError(head.decode("latin-1")[:200])


def ignore(socket: Socket, message: bytes) -> None:
    """Drop a message; no load is running yet."""


GREETING = frame(encoded(HELLO))
GREETED = frame(encoded(READY))
