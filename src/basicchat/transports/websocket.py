"""The WebSocket transport: a raw ASGI endpoint whose protocol depends on the path."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import NamedTuple, Protocol

from basicchat.api import oauth_resource
from basicchat.domain.errors import BasicChatError
from basicchat.domain.values import Actor
from basicchat.protocol.codec import SUBPROTOCOL
from basicchat.protocol.errors import Close
from basicchat.transports.connection import Speak
from basicchat.transports.draining import close_reason
from basicchat.transports.requests import error_response
from basicchat.transports.security import cookie_name, credentials
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.wire_protocol import EXTENSION, WireProtocol


class Admission(NamedTuple):
    """An accepted upgrade request.

    Attributes:
        credentials: its token, if it had one.
        speak: creates the session protocol.
        actor: the user, if already authenticated.
        audience: the resource for which tokens of apps are accepted, if any.
        max_bytes: the size limit of a message; None means the limit of `/ws`.
    """

    credentials: str | None
    speak: Speak
    actor: Actor | None = None
    audience: str | None = None
    max_bytes: int | None = None


class WebSocketProtocol(Protocol):
    """The protocol of a path."""

    @property
    def subprotocol(self) -> str:
        """The subprotocol's name (RFC 6455, 1.9)."""
        ...

    @property
    def resource(self) -> str | None:
        """The protected resource behind the path, if apps may access it with tokens."""
        ...

    async def admit(self, headers: dict[str, str], address: str, scheme: str) -> Admission:
        """Decide on an upgrade request before the socket is accepted.

        Raises:
            BasicChatError: the upgrade is refused with the status of this error.
        """
        ...

    def place(self, admission: Admission) -> AbstractAsyncContextManager[bool]:
        """Count the connection against its user's limit, if there is one; false if exceeded."""
        ...


class Chat:
    """basicchat.v1, whose first message may carry the token."""

    subprotocol = SUBPROTOCOL
    resource = None

    def __init__(self, context: ServerContext) -> None:
        self._context = context

    async def admit(self, headers: dict[str, str], address: str, scheme: str) -> Admission:
        """Accept every upgrade; the user is authenticated later."""
        cookie = cookie_name(self._context.router.services.instance_id, scheme)
        return Admission(credentials(headers, cookie)[0], self._context.chat)

    def place(self, admission: Admission) -> AbstractAsyncContextManager[bool]:
        """The user is not known yet, so the limit is per address."""
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
        origins, origin = self._context.origins, headers.get("origin")
        if not origins.host_allowed(host) or not origins.origin_allowed(origin, host):
            await send({"type": "websocket.close"})
            return
        address = scope["client"][0] if scope.get("client") else ""
        limiter = self._context.router.services.request_limits
        has_slot = await limiter.acquire_connection(address)
        try:
            await self._handshake(scope, receive, send, headers, address if has_slot else None)
        finally:
            if has_slot:
                limiter.release_connection(address)

    async def _handshake(
        self,
        scope: Message,
        receive: Receive,
        send: Send,
        headers: dict[str, str],
        address: str | None,
    ) -> None:
        """Accept or refuse the upgrade; `address` is None if it has too many connections."""
        try:
            admission = address and await self._protocol.admit(headers, address, scope["scheme"])
        except BasicChatError as error:
            await _refuse(error, send, self._challenge(error, scope, headers))
            return
        # Nothing has been sent yet, so the upgrade is refused like any other request.
        except Exception as error:  # noqa: BLE001
            await _refuse(error, send, {})
            return
        subprotocol = self._protocol.subprotocol
        offered = scope.get("subprotocols") or []
        chosen = subprotocol if subprotocol in offered else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        wire: WireProtocol = scope["extensions"][EXTENSION]
        if admission and admission.max_bytes is not None:
            wire.limit_messages(admission.max_bytes)
        if offered and chosen is None:
            wire.close(Close.PROTOCOL, f"the server supports only {subprotocol}")
        elif not admission:
            wire.close(Close.TOO_MANY, "too many connections from this address")
        elif self._context.draining:
            wire.close(Close.DRAINING, close_reason())
        else:
            async with self._protocol.place(admission) as has_place:
                if has_place:
                    await self._serve(wire, admission, receive)
                else:
                    wire.close(Close.TOO_MANY, "too many connections of this user")

    def _challenge(
        self, error: BasicChatError, scope: Message, headers: dict[str, str]
    ) -> dict[str, str]:
        """The headers that tell an app how to get a token."""
        resource = self._protocol.resource
        if resource is None:
            return {}
        origin = oauth_resource.origin_of(scope["scheme"], headers.get("host"))
        challenge = oauth_resource.refused(error, headers, origin, resource=resource)
        return challenge.headers if challenge else {}

    async def _serve(self, wire: WireProtocol, admission: Admission, receive: Receive) -> None:
        token, speak, actor, audience, _ = admission
        connection = self._context.connect(wire, token, speak, actor, audience)
        self._context.open.add(connection)
        wire.attach(connection.received, connection.overrun)
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                # Only messages received before `on_frame` was set arrive this way.
                connection.received(message.get("text") or message.get("bytes") or b"")
        finally:
            wire.on_frame = wire.on_overrun = None
            self._context.open.discard(connection)
            connection.lost()


async def _refuse(error: Exception, send: Send, headers: dict[str, str]) -> None:
    """Answer the upgrade with an error response (ASGI, WebSocket Denial Response)."""
    response = error_response(error)
    response.headers.update(headers)
    start = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "websocket.http.response.start", **start})
    await send({"type": "websocket.http.response.body", "body": response.body})
