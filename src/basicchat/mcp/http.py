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
from basicchat.mcp.actors import CALLER
from basicchat.mcp.replays import SessionEvents
from basicchat.mcp.step_up import StepUp

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
        self._step_up = StepUp(scopes, max_body_bytes)
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
        receive = await self._step_up.check(caller.known(), scope, receive)
        known = {**scope, CALLER: caller, "user": _principal(caller)}
        await self._manager.handle_request(known, receive, send)


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
