"""`/mcp`: lets authenticated requests in, and ends them when their access does.

What serves them is given by the assembly: this room does not know MCP.
"""

import asyncio
import ipaddress
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from starlette.requests import Request

from basicchat.api import delegation, oauth_resource
from basicchat.api.calls import Caller
from basicchat.api.long_requests import ANSWER_SECONDS
from basicchat.domain.errors import BasicChatError, RateLimited
from basicchat.transports.connection import TokenRecheckTimer
from basicchat.transports.requests import error_response, origin_of
from basicchat.transports.security import basic_password
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.websocket import Admission

# For the last bytes of an answer that is broken off.
END_SECONDS = 2.0


class McpEndpoint:
    """Stands before the MCP server."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._services = context.router.services

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request; nothing is kept of it before it is authenticated."""
        request, rounds = Request(scope), self._services.watch.rounds
        try:
            caller = await self._caller(request)
        # Whatever goes wrong, nothing was answered yet.
        except Exception as error:  # noqa: BLE001
            await _refuse(error, request, send)
            return
        try:
            with self._place(request):
                await self._serve(caller, rounds, scope, receive, send)
        except BasicChatError as error:
            await _refuse(error, request, send)

    async def _caller(self, request: Request) -> Caller:
        """Who asks."""
        if self._context.draining:
            raise RateLimited("The server is stopping", retry_after_ms=2000)
        headers, token = request.headers, oauth_resource.bearer(request.headers)
        guest = self._context.mcp_guest
        address = request.client.host if request.client else ""
        if guest is not None and token is None and _is_here(address):
            return Caller(actor=guest, rate=self._services.limiter.rate(guest.session_id))
        query = request.scope["query_string"].decode("latin-1")
        actor = await oauth_resource.authenticate(self._services, headers, query)
        rate = self._services.limiter.rate(actor.session_id)
        return Caller(actor=actor, credentials=token, audience=oauth_resource.MCP, rate=rate)

    @contextmanager
    def _place(self, request: Request) -> Iterator[None]:
        """One of its address's connections for a stream that may stay open for ever."""
        if request.method != "GET":
            yield
            return
        address = request.client.host if request.client else ""
        if not self._services.limiter.take_place(address):
            raise RateLimited(
                "Too many connections from this address",
                retry_after_ms=5000,
                hint="Close some; the setting is limits.connections_per_address.",
            )
        try:
            yield
        finally:
            self._services.limiter.give_back(address)

    async def _serve(
        self, caller: Caller, rounds: int, scope: Message, receive: Receive, send: Send
    ) -> None:
        serving = _Serving(self._context, caller, send)
        with serving.known():
            try:
                async with serving.ending:
                    # Access may have been lost just before the watch could find us.
                    if self._services.watch.rounds != rounds:
                        await serving.recheck()
                    await self._context.mcp(caller, _trimmed(scope), receive, serving.send)
            except TimeoutError:
                if not serving.ending.expired():
                    raise
        await serving.finish()


async def _refuse(error: Exception, request: Request, send: Send) -> None:
    response = error_response(error)
    if isinstance(error, BasicChatError):
        told = oauth_resource.refused(error, request.headers, origin_of(request))
        if told is not None:
            response.status_code = told.status
            response.headers.update(told.headers)
    # The rest of its body is not worth reading.
    response.headers["connection"] = "close"
    await response(request.scope, request.receive, send)


def _trimmed(scope: Message) -> Message:
    """The same with headers without white space around their values (RFC 9110, 5.5)."""
    headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def _is_here(address: str) -> bool:
    """Whether a request comes from this machine."""
    return bool(address) and ipaddress.ip_address(address).is_loopback


class _Serving:
    """A request that is being answered; it ends when the server stops, or its access is lost."""

    def __init__(self, context: ServerContext, caller: Caller, send: Send) -> None:
        self._context = context
        self._services = context.router.services
        self._caller = caller
        self._send = send
        self._lookout: TokenRecheckTimer | None = None
        self._begun = False
        self._over = False
        self._refused: BasicChatError = RateLimited("The server is stopping", retry_after_ms=2000)
        self.ending = asyncio.timeout(None)

    @contextmanager
    def known(self) -> Iterator[None]:
        """Let changes of access, and the server's end, find the request."""
        user_id = self._caller.known().user.id
        self._context.feeds.add(self.end)
        self._services.watch.add(user_id, self)
        try:
            yield
        finally:
            if self._lookout is not None:
                self._lookout.cancel()
            self._services.watch.remove(user_id, self)
            self._context.feeds.discard(self.end)

    async def send(self, message: Message) -> None:
        """Send, and note how far the answer is."""
        self._begun = True
        await self._send(message)
        self._over = message["type"] == "http.response.body" and not message.get("more_body")
        if self._lookout is None and message.get("more_body"):
            self._caller.shown_at = self._services.clock.now()
            self._lookout = TokenRecheckTimer(self._context.spawn, self.recheck)

    def end(self) -> None:
        """Break off now; what lasts, once it is answered."""
        at, lasting = 0.0, self._caller.lasting
        if lasting is not None:
            lasting.end()
            at = asyncio.get_running_loop().time() + ANSWER_SECONDS
        self.ending.reschedule(at)

    async def recheck(self) -> None:
        """Ask again who the token stands for: end if that is nobody, else go on as they are."""
        try:
            await delegation.ask_again(self._services, self._caller)
        except BasicChatError as error:
            self._refused = error
            self.end()

    async def finish(self) -> None:
        """Bring what was broken off to a proper end."""
        if not self._begun:
            raise self._refused
        if not self._over:
            # A client that reads nothing is not waited for: its connection is closed.
            with suppress(TimeoutError):
                async with asyncio.timeout(END_SECONDS):
                    await self._send({"type": "http.response.body", "body": b""})


class McpSockets:
    """MCP over WebSocket: only who is known is let in, and gets a connection shell."""

    subprotocol = "mcp"
    resource = oauth_resource.MCP

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._per_user = context.limits["mcp_sessions_per_user"]
        self._open: Counter[str] = Counter()

    @contextmanager
    def place(self, admission: Admission) -> Iterator[bool]:
        """One of as many connections as a user may have sessions over HTTP. Those that their
        clients forgot need not make room: they end by themselves, for want of pongs."""
        user_id = admission.actor.user.id if admission.actor is not None else ""
        if self._open[user_id] >= self._per_user:
            yield False
            return
        self._open[user_id] += 1
        try:
            yield True
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]

    async def admit(self, headers: dict[str, str], address: str) -> Admission:
        """Ask who comes. Some clients know only a URL: the token may be the password in it.

        Raises:
            Unauthenticated: no valid token.
            Forbidden: suspended.
        """
        token = oauth_resource.bearer(headers) or basic_password(headers)
        actor = self._context.mcp_guest
        if actor is None or token is not None or not _is_here(address):
            authenticator = self._context.router.services.authenticator
            actor = await authenticator.authenticate(token, self.resource)
        return Admission(
            token,
            await self._context.mcp.speak(),
            actor,
            self.resource,
            # A document may be in it.
            self._context.limits["mcp_body_bytes"],
        )
