"""Requests of sessions that another node has: passed to it, with its response passed back.

A session's id begins with the name of its node. The node that receives a request authenticates it;
the session's node gets the authenticated actor, signed with a key that all nodes derive from the
server's secret, and never the token.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec
import structlog

from basicchat.api.calls import Caller, Services
from basicchat.api.oauth_resource import MCP
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.node_streams import MAX_MESSAGE_BYTES, NodeGone, NodeStream
from basicchat.domain.ports import Spawn
from basicchat.domain.values import Actor
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import Message, Refusal, Response
from basicchat.mcp.wire import frames

log = structlog.get_logger(__name__)
KIND = "mcp-http"
PURPOSE = b"mcp requests between nodes"
SEPARATOR = "-"
# The headers that a session looks at; all others, credentials above all, stay with their node.
HEADERS = frozenset({"accept", "content-type", "last-event-id"})
SIGNATURE_BYTES = 32
RETRY = {"retry-after": "2"}
PIECE_BYTES = MAX_MESSAGE_BYTES - 1
# The first byte of each message of a response; the head or a piece of the body follows.
START, MORE, LAST = b"s", b"m", b"l"
Serve = Callable[[Caller, HttpRequest, Response], Awaitable[None]]


class RequestHead(msgspec.Struct):
    """A request without its body, and its authenticated actor."""

    node: str
    actor: Actor
    origin: str | None
    method: str
    headers: list[tuple[str, str]]
    body_bytes: int
    body_hash: str


class ResponseHead(msgspec.Struct):
    """The status and headers of a response."""

    status: int
    headers: list[tuple[bytes, bytes]]


_decode_request = msgspec.json.Decoder(RequestHead).decode
_decode_response = msgspec.json.Decoder(ResponseHead).decode


class SessionForwarder:
    """Passes requests to the nodes of their sessions, and serves those that others pass on.

    Args:
        serve: serves a request of a session that this node has.
        spawn: starts a task that the server owns.
        max_body_bytes: of a request.
    """

    def __init__(
        self, services: Services, serve: Serve, spawn: Spawn, *, max_body_bytes: int
    ) -> None:
        self._services = services
        self._nodes = services.node_streams
        self._serve = serve
        self._spawn = spawn
        self._max_body_bytes = max_body_bytes
        self._key = services.authenticator.derived(PURPOSE)
        self._nodes.serve(KIND, self._answer)

    @property
    def prefix(self) -> str:
        """What the ids of this node's sessions begin with; nothing if there are no other nodes."""
        return self._nodes.node and self._nodes.node + SEPARATOR

    def other_node(self, session_id: str) -> str:
        """The node that has a session; empty if it is this one, or none."""
        node = session_id.rpartition(SEPARATOR)[0]
        return "" if node == self._nodes.node else node

    async def forward(
        self, node: str, caller: Caller, request: HttpRequest, response: Response
    ) -> None:
        """Let another node respond to a request.

        Raises:
            Refusal: the node is gone, and the session with it; or the nodes cannot reach each
                other at present.
        """
        head = self._signed(node, caller, request)
        if len(head) > MAX_MESSAGE_BYTES:
            raise Refusal(431, frames.INVALID_REQUEST, "The request's headers are too large")
        started = False
        try:
            async with self._nodes.open(node, KIND, head) as stream:
                started = await _exchange(stream, caller, request, response)
        # If it broke after its start, the client can resume elsewhere, and then learns the rest.
        except NodeGone:
            pass
        except UpstreamUnavailable as unreachable:
            error = protocol_error(unreachable).error
            raise Refusal(503, error.code, error.message, RETRY, error.data) from unreachable
        if not started:
            raise Refusal(404, frames.INVALID_REQUEST, "Session not found")

    def _signed(self, node: str, caller: Caller, request: HttpRequest) -> bytes:
        head = msgspec.json.encode(
            RequestHead(
                node=node,
                actor=caller.require_actor(),
                origin=caller.origin,
                method=request.method,
                headers=[pair for pair in request.pairs if _is_passed_on(pair[0])],
                body_bytes=len(request.body),
                body_hash=hashlib.sha256(request.body).hexdigest(),
            )
        )
        return self._signature(head) + head

    def _signature(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")

    async def _answer(self, stream: NodeStream) -> None:
        """Serve a request that another node has passed on."""
        head = self._verified(await stream.receive() or b"")
        if head is None:
            log.warning("forwarded_request_refused", kind=KIND)
            return
        body = await _read(stream, head.body_bytes)
        if body is None or hashlib.sha256(body).hexdigest() != head.body_hash:
            return
        headers = [(name.encode("latin-1"), text.encode("latin-1")) for name, text in head.headers]
        request = HttpRequest({"method": head.method, "headers": headers})
        request.body = body
        caller = Caller(
            actor=head.actor,
            audience=MCP,
            budget=self._services.request_limits.budget(head.actor.session_id),
            origin=head.origin,
        )
        remote = _RemoteClient(stream)
        response = Response(remote.receive, remote.send, self._spawn)
        try:
            await self._serve(caller, request, response)
        except Refusal as refusal:
            await response.refuse(refusal)

    def _verified(self, message: bytes) -> RequestHead | None:
        """The head of a request; None if it is not from a node of this server, or not for this."""
        signature, content = message[:SIGNATURE_BYTES], message[SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(content)):
            return None
        try:
            head = _decode_request(content)
        # A node of another version says what this one does not understand.
        except msgspec.MsgspecError:
            return None
        within = 0 <= head.body_bytes <= self._max_body_bytes
        return head if within and head.node == self._nodes.node else None


class _RemoteClient:
    """The client at the other node, as an ASGI server would show it."""

    def __init__(self, stream: NodeStream) -> None:
        self._stream = stream

    async def receive(self) -> Message:
        """Wait until the client has disconnected."""
        with suppress(NodeGone):
            while await self._stream.receive() is not None:
                pass
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a message of the response; one to a client that has disconnected is dropped."""
        with suppress(NodeGone):
            if message["type"] == "http.response.start":
                head = ResponseHead(message["status"], list(message["headers"]))
                await self._stream.send(START + msgspec.json.encode(head))
                return
            *pieces, last = list(_pieces(message.get("body", b""))) or [b""]
            for piece in pieces:
                await self._stream.send(MORE + piece)
            await self._stream.send((MORE if message.get("more_body") else LAST) + last)


def _is_passed_on(name: str) -> bool:
    return name in HEADERS or name.startswith("mcp-")


def _pieces(body: bytes) -> list[bytes]:
    return [body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES)]


async def _exchange(
    stream: NodeStream, caller: Caller, request: HttpRequest, response: Response
) -> bool:
    """Send a request's body, and pass the response on; returns whether there was any."""
    try:
        # A response may precede the end of the request.
        with suppress(NodeGone):
            for piece in _pieces(request.body):
                await stream.send(piece)
        return await response.relay(lambda: _next(stream), stream.close)
    finally:
        if caller.revoked:
            stream.cancel()


async def _read(stream: NodeStream, size: int) -> bytes | None:
    """A body of so many bytes; None if it is not that."""
    body = bytearray()
    while len(body) < size:
        piece = await stream.receive()
        if piece is None:
            return None
        body += piece
    return bytes(body) if len(body) == size else None


async def _next(stream: NodeStream) -> dict[str, Any] | None:
    """The next ASGI message of a response; None at its end."""
    message = await stream.receive()
    if message is None:
        return None
    kind, content = message[:1], message[1:]
    if kind == START:
        head = _decode_response(content)
        return {
            "type": "http.response.start",
            "status": head.status,
            "headers": [(bytes(name), bytes(text)) for name, text in head.headers],
        }
    return {"type": "http.response.body", "body": content, "more_body": kind == MORE}
