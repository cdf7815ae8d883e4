"""`/mcp`: authenticates requests, and ends them when their access is revoked.

The assembly provides the MCP server; this package does not depend on it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress

from starlette.requests import Request

from basicchat.api import delegation, oauth_resource
from basicchat.api.calls import Caller
from basicchat.api.long_requests import ANSWER_SECONDS
from basicchat.domain.addresses import is_loopback
from basicchat.domain.errors import BasicChatError, DatabaseUnavailable, RateLimited
from basicchat.transports.draining import reconnect_ms
from basicchat.transports.requests import error_response, origin_of
from basicchat.transports.security import basic_password
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.token_recheck import TokenRecheckTimer
from basicchat.transports.websocket import Admission

# How long the end of an aborted response may take to send.
FINAL_SEND_SECONDS = 2.0


class McpEndpoint:
    """Authenticates HTTP requests and passes them to the MCP server."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._services = context.router.services

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request; it takes no resources before it is authenticated."""
        request, rounds = Request(scope), self._services.access_revocation.rounds
        try:
            caller = await self._caller(request)
        # Nothing has been sent yet, so any error can be answered.
        except Exception as error:  # noqa: BLE001
            await _refuse(error, request, send)
            return
        try:
            async with self._connection_slot(request):
                await self._serve(caller, rounds, scope, receive, send)
        except BasicChatError as error:
            await _refuse(error, request, send)

    async def _caller(self, request: Request) -> Caller:
        """The authenticated caller of a request."""
        if self._context.draining:
            raise RateLimited(
                "The server is stopping", retry_after_ms=reconnect_ms(), reason="server_stopping"
            )
        headers, token = request.headers, oauth_resource.bearer(request.headers)
        guest = self._context.mcp_guest
        address = request.client.host if request.client else ""
        if guest is not None and token is None and is_loopback(address):
            return Caller(
                actor=guest,
                budget=self._services.request_limits.budget(guest.session_id),
                origin=origin_of(request),
            )
        query = request.scope["query_string"].decode("latin-1")
        actor = await oauth_resource.authenticate(self._services, headers, query)
        budget = self._services.request_limits.budget(actor.session_id)
        return Caller(
            actor=actor,
            credentials=token,
            audience=oauth_resource.MCP,
            budget=budget,
            origin=origin_of(request),
        )

    @asynccontextmanager
    async def _connection_slot(self, request: Request) -> AsyncIterator[None]:
        """Count a GET, whose stream may stay open for ever, as a connection of its address."""
        if request.method != "GET":
            yield
            return
        address = request.client.host if request.client else ""
        await self._services.request_limits.require_connection(address)
        try:
            yield
        finally:
            self._services.request_limits.release_connection(address)

    async def _serve(
        self, caller: Caller, rounds: int, scope: Message, receive: Receive, send: Send
    ) -> None:
        active = _ActiveRequest(self._context, caller, send)
        with active.registered():
            try:
                async with active.deadline:
                    # Access may have been revoked just before the request was registered.
                    if self._services.access_revocation.rounds != rounds:
                        await active.recheck()
                    trimmed = _with_trimmed_headers(scope)
                    server = await self._context.mcp.load()
                    await server.http(caller, trimmed, receive, active.send)
            except TimeoutError:
                if not active.deadline.expired():
                    raise
        await active.finish()


async def _refuse(error: Exception, request: Request, send: Send) -> None:
    response = error_response(error)
    if isinstance(error, BasicChatError):
        challenge = oauth_resource.refused(error, request.headers, origin_of(request))
        if challenge is not None:
            response.status_code = challenge.status
            response.headers.update(challenge.headers)
    # Closing the connection saves reading the rest of the body.
    response.headers["connection"] = "close"
    await response(request.scope, request.receive, send)


def _with_trimmed_headers(scope: Message) -> Message:
    """The scope with white space around header values removed (RFC 9110, 5.5)."""
    headers = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


class _ActiveRequest:
    """A request being served; it ends early when the server stops or its access is revoked."""

    def __init__(self, context: ServerContext, caller: Caller, send: Send) -> None:
        self._context = context
        self._services = context.router.services
        self._caller = caller
        self._send = send
        self._recheck_timer: TokenRecheckTimer | None = None
        self._started = False
        self._complete = False
        self._end_reason: BasicChatError = RateLimited(
            "The server is stopping", retry_after_ms=reconnect_ms(), reason="server_stopping"
        )
        self.deadline = asyncio.timeout(None)

    @contextmanager
    def registered(self) -> Iterator[None]:
        """Register the request, so that access changes and the server's shutdown reach it."""
        user_id = self._caller.require_actor().user.id
        self._context.feeds[self.end] = lambda: True
        self._services.access_revocation.add(user_id, self)
        try:
            yield
        finally:
            if self._recheck_timer is not None:
                self._recheck_timer.cancel()
            self._services.access_revocation.remove(user_id, self)
            self._context.feeds.pop(self.end, None)

    async def send(self, message: Message) -> None:
        """Send a message, and track how far the response has got."""
        self._started = True
        await self._send(message)
        self._complete = message["type"] == "http.response.body" and not message.get("more_body")
        if self._recheck_timer is None and message.get("more_body"):
            self._caller.shown_at = self._services.clock.now()
            self._recheck_timer = TokenRecheckTimer(self._context.spawn, self.recheck)

    def end(self) -> None:
        """End the request now; a long-lived one gets time for its answer."""
        deadline, lasting = 0.0, self._caller.open_long_requests
        if lasting is not None:
            lasting.end()
            deadline = asyncio.get_running_loop().time() + ANSWER_SECONDS
        self.deadline.reschedule(deadline)

    async def recheck(self) -> None:
        """Validate the token again; end the request if it is invalid, else update its rights."""
        try:
            await delegation.reauthenticate(self._services, self._caller)
        # The right to stay is unknown while the database is away: whoever asked asks again.
        except DatabaseUnavailable:
            raise
        except BasicChatError as error:
            self._end_reason = error
            self._caller.revoked = True
            self.end()

    async def finish(self) -> None:
        """Terminate an aborted response properly."""
        if not self._started:
            raise self._end_reason
        if not self._complete:
            # A client that reads nothing is not waited for; its connection is closed.
            with suppress(TimeoutError):
                async with asyncio.timeout(FINAL_SEND_SECONDS):
                    await self._send({"type": "http.response.body", "body": b""})


class McpSockets:
    """MCP over WebSocket: authenticates before the upgrade, and limits connections per user."""

    subprotocol = "mcp"
    resource = oauth_resource.MCP

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._limits = context.router.services.request_limits

    def place(self, admission: Admission) -> AbstractAsyncContextManager[bool]:
        """Count one of the user's connections; the limit is that of their sessions over HTTP.

        No old connection is closed to make room: abandoned ones send no pongs and end soon.
        """
        return self._limits.mcp_socket(admission.actor.user.id if admission.actor else "")

    async def admit(self, headers: dict[str, str], address: str, scheme: str) -> Admission:
        """Authenticate the upgrade request.

        Some clients can be configured with nothing but a URL, so the token may be its password.

        Raises:
            Unauthenticated: no valid token.
            Forbidden: the user is suspended.
        """
        token = oauth_resource.bearer(headers) or basic_password(headers)
        actor = self._context.mcp_guest
        if actor is None or token is not None or not is_loopback(address):
            authenticator = self._context.router.services.authenticator
            actor = await authenticator.authenticate(token, self.resource)
        return Admission(
            token,
            (await self._context.mcp.load()).frame_session,
            actor,
            self.resource,
            # A message may carry a document.
            self._context.limits.mcp_body_bytes,
        )
