"""Streamable HTTP before 2026-07-28: sessions that begin with `initialize`."""

import asyncio
from typing import Any

from mcp_types import INVALID_REQUEST

from basicchat.api.calls import Caller, Services
from basicchat.config.limits import Limits
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import PING_SECONDS, Refusal, Response
from basicchat.mcp.http.session import HttpSession, owner_of
from basicchat.mcp.http.session_registry import SessionRegistry
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Batch, Broken, Request, Stray
from basicchat.mcp.wire.negotiation import HANDSHAKE
from basicchat.mcp.wire.request_server import RequestServer

SESSION = "mcp-session-id"
# Then a client that loses its connection has something to come again with.
PATIENCE_SECONDS = 0.5


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
        self._sessions = SessionRegistry[HttpSession](limits, self._ended)

    async def serve(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        """Serve one request.

        Raises:
            Refusal: it is none, or not of a session of this caller's.
        """
        match request.method:
            case "POST":
                await self._post(caller, request, response)
            case "GET":
                await self._listen(self._known(caller, request), request, response)
            case "DELETE":
                await self._delete(self._known(caller, request), response)
            case _:
                allowed = {"allow": "GET, POST, DELETE"}
                raise Refusal(405, INVALID_REQUEST, "Method not allowed", allowed)

    def _known(self, caller: Caller, request: HttpRequest) -> HttpSession:
        """The session that a request names. To all but its owner it is none."""
        session_id = request.headers.get(SESSION)
        if session_id is None:
            raise Refusal(400, INVALID_REQUEST, "Bad request: the session id is missing")
        session = self._sessions.find(session_id, owner_of(caller))
        if session is None:
            raise Refusal(404, INVALID_REQUEST, "ProtocolSession not found")
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
        session = self._known(caller, request)
        _name(session, response)
        with self._sessions.serving(session):
            if isinstance(message, Request | Batch):
                await self._answer(session, caller, message, response)
            else:
                if not isinstance(message, Stray):
                    session.take(caller, message)
                await response.json(b"", 202)

    def _has_batches(self, caller: Caller, request: HttpRequest, message: Broken) -> bool:
        known = isinstance(message, Batch) and SESSION in request.headers
        return known and self._known(caller, request).batches

    async def _open(self, caller: Caller, message: Any, response: Response) -> None:
        session = HttpSession(
            self._requests,
            self._services,
            caller,
            self._spawn,
            max_in_flight=self._max_in_flight,
            end=self._sessions.end,
        )
        self._sessions.add(session)
        self._services.watch.add(session.owner.user_id, session)
        _name(session, response)
        with self._sessions.serving(session):
            try:
                await self._answer(session, caller, message, response)
            finally:
                if not session.begun:
                    self._sessions.end(session)

    async def _answer(
        self, session: HttpSession, caller: Caller, message: Request | Batch, response: Response
    ) -> None:
        post = session.take(caller, message)
        stream = post.stream
        if post.dispatch is None and not stream.over:
            await response.json(b"", 202)
            return
        try:
            patience = PATIENCE_SECONDS if session.primed else PING_SECONDS
            await response.deliver(stream, stream.leave, patience=patience)
        except asyncio.CancelledError:
            # Access is lost, or the server stops; a client that is gone might come again.
            if post.dispatch is not None:
                post.dispatch.cancel()
            raise
        finally:
            stream.leave()

    async def _listen(self, session: HttpSession, request: HttpRequest, response: Response) -> None:
        request.expect_accepts(events_alone=True)
        _name(session, response)
        last = request.headers.get("last-event-id")
        stream = session.resume(last) if last else session.listen()
        if stream is None:
            raise Refusal(409, INVALID_REQUEST, "Only one stream is allowed per session")
        with self._sessions.serving(session):
            try:
                await response.deliver(stream, stream.leave, patience=0)
            finally:
                stream.leave()

    async def _delete(self, session: HttpSession, response: Response) -> None:
        self._sessions.end(session)
        await response.json(b"", 200)

    def _ended(self, session: HttpSession) -> None:
        self._services.watch.remove(session.owner.user_id, session)
        self._spawn(session.close())


def _name(session: HttpSession, response: Response) -> None:
    response.headers.append((SESSION.encode(), session.id.encode()))
