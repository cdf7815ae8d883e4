"""The WebSocket transport at `/ws`, a raw ASGI endpoint."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from basicchat.protocol.codec import SUBPROTOCOL
from basicchat.protocol.errors import Close
from basicchat.transports.gateway import Gateway
from basicchat.transports.security import credentials
from basicchat.transports.wire_protocol import EXTENSION, WireProtocol

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class WebSocketEndpoint:
    """Accepts sockets and gives each a connection shell."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        await receive()
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        host = headers.get("host")
        doors = self._gateway.doors
        if not doors.host_allowed(host) or not doors.origin_allowed(headers.get("origin"), host):
            await send({"type": "websocket.close"})
            return
        offered = scope.get("subprotocols") or []
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        wire: WireProtocol = scope["extensions"][EXTENSION]
        if offered and chosen is None:
            wire.close(Close.PROTOCOL, f"speaks only {SUBPROTOCOL}")
            return
        address = scope["client"][0] if scope.get("client") else ""
        if not self._gateway.router.services.limiter.take_place(address):
            wire.close(Close.TOO_MANY, "too many connections from this address")
            return
        try:
            await self._serve(wire, credentials(headers)[0], receive)
        finally:
            self._gateway.router.services.limiter.give_back(address)

    async def _serve(self, wire: WireProtocol, token: str | None, receive: Receive) -> None:
        if self._gateway.draining:
            wire.close(Close.DRAINING, "the server is stopping")
            return
        connection = self._gateway.connect(wire, token)
        self._gateway.open.add(connection)
        wire.on_frame = connection.received
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                # Only what came before `on_frame` was set takes this way.
                connection.received(message.get("text") or message.get("bytes") or b"")
        finally:
            wire.on_frame = None
            self._gateway.open.discard(connection)
            connection.lost()
