"""The WebSocket transport, a raw ASGI endpoint; what is spoken depends on the path."""

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple, Protocol

from basicchat.api import oauth_resource
from basicchat.domain.errors import BasicChatError
from basicchat.domain.values import Actor
from basicchat.protocol.codec import SUBPROTOCOL
from basicchat.protocol.errors import Close
from basicchat.transports.connection import Speak
from basicchat.transports.requests import error_response
from basicchat.transports.security import credentials
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.wire_protocol import EXTENSION, WireProtocol


class Admission(NamedTuple):
    """Someone who may connect: their token, what they speak, and who they are if known yet; the
    resource that they ask, where tokens of apps for it are good; and how many bytes a message of
    theirs may have, if not as many as on `/ws`."""

    credentials: str | None
    speak: Speak
    actor: Actor | None = None
    audience: str | None = None
    max_bytes: int | None = None


class WebSocketProtocol(Protocol):
    """What is spoken at a path."""

    @property
    def subprotocol(self) -> str:
        """Its name (RFC 6455, 1.9)."""
        ...

    @property
    def resource(self) -> str | None:
        """The resource that is spoken to, if apps may with tokens for it."""
        ...

    async def admit(self, headers: dict[str, str], address: str) -> Admission:
        """Look at who comes, before the socket is accepted.

        Raises:
            BasicChatError: they may not; the upgrade is answered with the status that fits.
        """
        ...

    def place(self, admission: Admission) -> AbstractContextManager[bool]:
        """One of its user's connections, if that is known and counted; false if none is left."""
        ...


class Chat:
    """basicchat.v1, whose first message may bring the token."""

    subprotocol = SUBPROTOCOL
    resource = None

    def __init__(self, context: ServerContext) -> None:
        self._context = context

    async def admit(self, headers: dict[str, str], address: str) -> Admission:
        """Let everybody in; nobody is asked yet who they are."""
        return Admission(credentials(headers)[0], self._context.chat)

    def place(self, admission: Admission) -> AbstractContextManager[bool]:
        """Whose it is shows later; addresses are counted."""
        return nullcontext(True)


class WebSocketEndpoint:
    """Accepts sockets and gives each a connection shell."""

    def __init__(self, context: ServerContext, protocol: WebSocketProtocol) -> None:
        self._context = context
        self._protocol = protocol

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one socket to its end."""
        await receive()
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        host = headers.get("host")
        doors = self._context.doors
        if not doors.host_allowed(host) or not doors.origin_allowed(headers.get("origin"), host):
            await send({"type": "websocket.close"})
            return
        address = scope["client"][0] if scope.get("client") else ""
        limiter = self._context.router.services.limiter
        room = limiter.take_place(address)
        try:
            await self._greet(scope, receive, send, headers, address if room else None)
        finally:
            if room:
                limiter.give_back(address)

    async def _greet(
        self,
        scope: Message,
        receive: Receive,
        send: Send,
        headers: dict[str, str],
        address: str | None,
    ) -> None:
        """Accept or refuse; without an address there is no room for it."""
        try:
            admitted = address and await self._protocol.admit(headers, address)
        except BasicChatError as error:
            await _refuse(error, send, self._challenge(error, scope, headers))
            return
        # Nothing was said yet: it is refused as any request is.
        except Exception as error:  # noqa: BLE001
            await _refuse(error, send, {})
            return
        spoken = self._protocol.subprotocol
        offered = scope.get("subprotocols") or []
        chosen = spoken if spoken in offered else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        wire: WireProtocol = scope["extensions"][EXTENSION]
        if admitted and admitted.max_bytes is not None:
            wire.take_up_to(admitted.max_bytes)
        if offered and chosen is None:
            wire.close(Close.PROTOCOL, f"speaks only {spoken}")
        elif not admitted:
            wire.close(Close.TOO_MANY, "too many connections from this address")
        elif self._context.draining:
            wire.close(Close.DRAINING, "the server is stopping")
        else:
            with self._protocol.place(admitted) as free:
                if free:
                    await self._serve(wire, admitted, receive)
                else:
                    wire.close(Close.TOO_MANY, "too many connections of this user")

    def _challenge(
        self, error: BasicChatError, scope: Message, headers: dict[str, str]
    ) -> dict[str, str]:
        """What tells an app how to come by a token."""
        resource = self._protocol.resource
        if resource is None:
            return {}
        origin = oauth_resource.origin_of(scope["scheme"], headers.get("host"))
        told = oauth_resource.refused(error, headers, origin, resource=resource)
        return told.headers if told else {}

    async def _serve(self, wire: WireProtocol, admitted: Admission, receive: Receive) -> None:
        token, speak, actor, audience, _ = admitted
        connection = self._context.connect(wire, token, speak, actor, audience)
        self._context.open.add(connection)
        wire.on_frame = connection.received
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                # Only what came before `on_frame` was set takes this way.
                connection.received(message.get("text") or message.get("bytes") or b"")
        finally:
            wire.on_frame = None
            self._context.open.discard(connection)
            connection.lost()


async def _refuse(error: Exception, send: Send, more: dict[str, str]) -> None:
    """Answer the upgrade as any request is refused (ASGI, WebSocket Denial Response)."""
    response = error_response(error)
    response.headers.update(more)
    start = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": response.body})
