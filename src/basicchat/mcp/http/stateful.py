"""Streamable HTTP before 2026-07-28: sessions that begin with `initialize`."""

import asyncio
from functools import partial
from typing import Any

from mcp_types import INVALID_REQUEST

from basicchat.api.calls import Caller, Services
from basicchat.config.limits import Limits
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.forwarding import SessionForwarder
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import PING_SECONDS, Refusal, Response
from basicchat.mcp.http.session import HttpSession, owner_of
from basicchat.mcp.http.session_places import SessionPlaces
from basicchat.mcp.http.session_registry import SessionRegistry
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Batch, Broken, Request, Stray
from basicchat.mcp.wire.negotiation import HANDSHAKE
from basicchat.mcp.wire.request_server import RequestServer

SESSION = "mcp-session-id"
# After this the response becomes a stream, which a disconnected client can resume.
FIRST_MESSAGE_SECONDS = 0.5


class StatefulHttp:
    """Serves the requests of all sessions.

    Args:
        spawn: starts a task that the server owns.
    """

    def __init__(
        self,
        requests: RequestServer,
        services: Services,
        spawn: Spawn,
        limits: Limits,
    ) -> None:
        self._requests = requests
        self._services = services
        self._spawn = spawn
        self._max_in_flight = limits.requests_in_flight
        places = partial(SessionPlaces, services)
        self._sessions = SessionRegistry[HttpSession](limits, places, self._ended)
        self._forwarder = SessionForwarder(
            services, self._serve_here, spawn, max_body_bytes=limits.mcp_body_bytes
        )

    async def serve(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        """Serve one request, on the node that has its session.

        Raises:
            Refusal: it is invalid, or names a session that is not the caller's, or whose node
                cannot be reached at present.
        """
        other_node = self._forwarder.other_node(request.headers.get(SESSION, ""))
        if other_node:
            await self._forwarder.forward(other_node, caller, request, response)
        else:
            await self._serve_here(caller, request, response)

    async def _serve_here(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        match request.method:
            case "POST":
                await self._post(caller, request, response)
            case "GET":
                await self._listen(self._session_of(caller, request), request, response)
            case "DELETE":
                await self._delete(self._session_of(caller, request), response)
            case _:
                allowed = {"allow": "GET, POST, DELETE"}
                raise Refusal(405, INVALID_REQUEST, "Method not allowed", allowed)

    def _session_of(self, caller: Caller, request: HttpRequest) -> HttpSession:
        """The session that a request names, if it belongs to the caller. Raises Refusal."""
        session_id = request.headers.get(SESSION)
        if session_id is None:
            raise Refusal(400, INVALID_REQUEST, "Bad request: the session id is missing")
        session = self._sessions.find(session_id, owner_of(caller))
        if session is None:
            raise Refusal(404, INVALID_REQUEST, "Session not found")
        return session

    async def _post(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        request.expect_accepts()
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(415, INVALID_REQUEST, "Content-Type must be application/json")
        message = frames.decode(request.body)
        if isinstance(message, Broken) and not self._has_batches(caller, request, message):
            raise request.broken(message)
        opens = isinstance(message, Request) and message.method == HANDSHAKE
        if opens and SESSION not in request.headers:
            await self._open(caller, message, response)
            return
        session = self._session_of(caller, request)
        _set_session_header(session, response)
        with self._sessions.serving(session):
            if isinstance(message, Request | Batch):
                await self._answer(session, caller, message, response)
            else:
                if not isinstance(message, Stray):
                    session.take(caller, message)
                await response.json(b"", 202)

    def _has_batches(self, caller: Caller, request: HttpRequest, message: Broken) -> bool:
        known = isinstance(message, Batch) and SESSION in request.headers
        return known and self._session_of(caller, request).batches

    async def _open(self, caller: Caller, message: Any, response: Response) -> None:
        session = HttpSession(
            self._requests,
            self._services,
            caller,
            self._spawn,
            prefix=self._forwarder.prefix,
            max_in_flight=self._max_in_flight,
            end=self._sessions.end,
        )
        await self._sessions.add(session)
        self._services.access_revocation.add(session.owner.user_id, session)
        _set_session_header(session, response)
        with self._sessions.serving(session):
            try:
                await self._answer(session, caller, message, response)
            finally:
                if not session.negotiated:
                    self._sessions.end(session)

    async def _answer(
        self, session: HttpSession, caller: Caller, message: Request | Batch, response: Response
    ) -> None:
        post = session.take(caller, message)
        stream = post.stream
        if post.dispatch is None and not stream.finished:
            await response.json(b"", 202)
            return
        try:
            first_message_seconds = FIRST_MESSAGE_SECONDS if session.resumable else PING_SECONDS
            await response.deliver(
                stream, stream.detach, first_message_seconds=first_message_seconds
            )
        except asyncio.CancelledError:
            # Access was revoked, or the server stops. A mere disconnection does not cancel the
            # request, since the client may resume.
            if post.dispatch is not None:
                post.dispatch.cancel()
            raise
        finally:
            stream.detach()

    async def _listen(self, session: HttpSession, request: HttpRequest, response: Response) -> None:
        request.expect_accepts(events_alone=True)
        _set_session_header(session, response)
        last = request.headers.get("last-event-id")
        stream = session.resume(last) if last else session.listen()
        if stream is None:
            raise Refusal(409, INVALID_REQUEST, "Only one stream is allowed per session")
        with self._sessions.serving(session):
            try:
                await response.deliver(stream, stream.detach, first_message_seconds=0)
            finally:
                stream.detach()

    async def _delete(self, session: HttpSession, response: Response) -> None:
        self._sessions.end(session)
        await response.json(b"", 200)

    def _ended(self, session: HttpSession) -> None:
        self._services.access_revocation.remove(session.owner.user_id, session)
        self._spawn(session.close())


def _set_session_header(session: HttpSession, response: Response) -> None:
    response.headers.append((SESSION.encode(), session.id.encode()))
