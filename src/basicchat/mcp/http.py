"""Streamable HTTP, both eras: the SDK's session manager behind our own doors."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.lowlevel import Server
from mcp.server.streamable_http import EventStore
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from basicchat.api.calls import Caller
from basicchat.mcp import frames
from basicchat.mcp.actors import CALLER
from basicchat.mcp.replays import SessionEvents
from basicchat.mcp.step_up import StepUp

KEPT = ("type", "asgi", "http_version", "method", "path", "query_string")
KEPT_HEADERS = {b"accept", b"content-type", b"content-length", b"last-event-id"}
# After which a client whose stream broke comes again.
RETRY_MS = 1000
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Manager(StreamableHTTPSessionManager):
    """The SDK's manager, but with events kept for each session apart.

    Its streams have names that are unique only within a session: with one store for all, one
    session could read what another's stream carried.
    """

    @property
    def event_store(self) -> EventStore:
        """A store for the next session."""
        return SessionEvents()

    @event_store.setter
    def event_store(self, value: EventStore | None) -> None:
        """The SDK sets it once; there is none for all."""


class StreamableHttp:
    """Serves authenticated requests to `/mcp`.

    Args:
        max_body_bytes: of a request.
        max_sessions: of the era with sessions, at a time.
        session_seconds: that a session without any request lives.
        scopes: the scope that each tool needs, by its name.
    """

    def __init__(
        self,
        server: "Server[Any]",
        *,
        max_body_bytes: int,
        max_sessions: int,
        session_seconds: float,
        scopes: Mapping[str, str],
    ) -> None:
        self._manager = _Manager(
            server,
            retry_interval=RETRY_MS,
            max_request_body_size=max_body_bytes,
            max_sessions=max_sessions,
            session_idle_timeout=session_seconds,
        )
        self._step_up = StepUp(scopes)
        self._max_body_bytes = max_body_bytes
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Own the sessions, until cancelled."""
        async with self._manager.run():
            self.ready.set()
            await asyncio.Event().wait()

    async def __call__(self, caller: Caller, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request of an authenticated caller.

        Raises:
            Forbidden: an app's token lacks a scope that it could ask for.
        """
        await self.ready.wait()
        known = {**_kept(scope), CALLER: caller, "user": _principal(caller)}
        if scope["method"] == "POST":
            seen, body = await _read(receive, self._max_body_bytes)
            self._step_up.check(caller.known(), body)
            if not seen[-1].get("more_body") and await _answered(body, send):
                return
            receive = _again(seen, receive)
        incoming = _Incoming(receive)
        try:
            await self._manager.handle_request(known, incoming, send)
        finally:
            incoming.release()


async def _read(receive: Receive, max_bytes: int) -> tuple[list[Message], bytes]:
    """The messages of a body, and what they carry; of a long one only its beginning."""
    seen, body, more = [], bytearray(), True
    while more and len(body) <= max_bytes:
        message = await receive()
        seen.append(message)
        body += message.get("body", b"")
        more = bool(message.get("more_body"))
    return seen, bytes(body)


def _again(seen: list[Message], receive: Receive) -> Receive:
    """What was read, to be read once more, and what comes behind it."""

    async def again() -> Message:
        return seen.pop(0) if seen else await receive()

    return again


async def _answered(body: bytes, send: Send) -> bool:
    """Answer what is no message; of such, the SDK takes some for notifications."""
    message = frames.decode(body)
    if not isinstance(message, frames.Broken):
        return False
    told = frames.encode_error(message.id, message.code, message.message)
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": told})
    return True


class _Incoming:
    """What comes of a request. A session remembers its latest one: not its connection, then."""

    def __init__(self, receive: Receive) -> None:
        self._receive: Receive | None = receive

    async def __call__(self) -> Message:
        """The next message; at the end, that the client is gone."""
        return await self._receive() if self._receive else {"type": "http.disconnect"}

    def release(self) -> None:
        """The request has ended."""
        self._receive = None


def _kept(scope: Message) -> Message:
    """What MCP needs of a request. A session remembers its latest one: not its token, then."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name in KEPT_HEADERS or name.startswith(b"mcp-")
    ]
    return {name: scope[name] for name in KEPT if name in scope} | {"headers": headers}


def _principal(caller: Caller) -> AuthenticatedUser:
    """Whose a session is: of the user and their app or key. Tokens may be renewed, and an app may
    have asked for more in the midst of it."""
    actor = caller.known()
    token = AccessToken(
        token="",
        client_id=actor.client_id or actor.key_id or "user",
        scopes=list(actor.scopes or ()),
        subject=actor.user.id,
    )
    return AuthenticatedUser(token)
