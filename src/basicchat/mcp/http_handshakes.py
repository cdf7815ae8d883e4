"""Streamable HTTP before 2026-07-28: sessions that begin with `initialize`."""

import asyncio
from typing import Any

from mcp.server.lowlevel import Server
from mcp_types import INTERNAL_ERROR, INVALID_REQUEST

from basicchat.api.calls import Caller
from basicchat.mcp import frames
from basicchat.mcp.eras import HANDSHAKE
from basicchat.mcp.frames import Broken, Request, Stray
from basicchat.mcp.http_requests import HttpRequest
from basicchat.mcp.http_sessions import HttpSession, owner_of
from basicchat.mcp.responses import PING_SECONDS, Refusal, Response, Spawn

SESSION = "mcp-session-id"
# Then a client that loses its connection has something to come again with.
PATIENCE_SECONDS = 0.5


class Handshakes:
    """Serves the requests of all sessions.

    Args:
        spawn: starts a task that the server owns.
        most: sessions at a time.
        seconds: that a session without any request lives.
        max_in_flight: requests of one session.
    """

    def __init__(
        self, server: "Server[Any]", spawn: Spawn, *, most: int, seconds: float, max_in_flight: int
    ) -> None:
        self._server = server
        self._spawn = spawn
        self._most = most
        self._seconds = seconds
        self._max_in_flight = max_in_flight
        self._sessions: dict[str, HttpSession] = {}

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
        session = self._sessions.get(session_id)
        if session is None or session.owner != owner_of(caller):
            raise Refusal(404, INVALID_REQUEST, "Session not found")
        return session

    async def _post(self, caller: Caller, request: HttpRequest, response: Response) -> None:
        request.expect_accepts()
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise Refusal(415, INVALID_REQUEST, "Content-Type must be application/json")
        message = frames.decode(request.body)
        if isinstance(message, Broken):
            raise request.broken(message)
        opens = isinstance(message, Request) and message.method == HANDSHAKE
        if opens and SESSION not in request.headers:
            await self._open(caller, message, response)
            return
        session = self._known(caller, request)
        _name(session, response)
        with session.visited():
            if isinstance(message, Request):
                await self._answer(session, caller, message, response)
            else:
                if not isinstance(message, Stray):
                    session.take(caller, message)
                await response.json(b"", 202)

    async def _open(self, caller: Caller, message: Any, response: Response) -> None:
        if len(self._sessions) >= self._most:
            raise Refusal(503, INTERNAL_ERROR, "Too many sessions are open")
        session = HttpSession(self._server, caller, self._spawn, self._max_in_flight)
        self._sessions[session.id] = session
        _name(session, response)
        try:
            with session.visited():
                await self._answer(session, caller, message, response)
        finally:
            if not session.begun:
                self._end(session)
            elif session.id in self._sessions:
                self._wait(session)

    async def _answer(
        self, session: HttpSession, caller: Caller, message: Request, response: Response
    ) -> None:
        stream, exchange = session.take(caller, message)
        try:
            patience = PATIENCE_SECONDS if session.primed else PING_SECONDS
            await response.deliver(stream, stream.leave, patience=patience)
        except asyncio.CancelledError:
            # Access is lost, or the server stops; a client that is gone might come again.
            if exchange is not None:
                exchange.cancel()
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
        with session.visited():
            try:
                await response.deliver(stream, stream.leave, patience=0)
            finally:
                stream.leave()

    async def _delete(self, session: HttpSession, response: Response) -> None:
        self._end(session)
        await response.json(b"", 200)

    def _end(self, session: HttpSession) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        if session.expiry is not None:
            session.expiry.cancel()
        self._spawn(session.close())

    def _wait(self, session: HttpSession) -> None:
        """Look again when the session will have been idle for long enough."""
        loop = asyncio.get_running_loop()
        since = session.idle_since
        over = (loop.time() if since is None else since) + self._seconds
        if over <= loop.time():
            self._end(session)
        else:
            session.expiry = loop.call_at(over, self._wait, session)


def _name(session: HttpSession, response: Response) -> None:
    response.headers.append((SESSION.encode(), session.id.encode()))
