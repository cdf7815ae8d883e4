"""Registry of Streamable HTTP sessions: lookup by id, limits, and expiry of idle sessions."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NamedTuple, Protocol, TypeVar

from basicchat.config.limits import Limits
from basicchat.domain.errors import RateLimited
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.http.response import Refusal

# When the server is full, a session that was idle for this long is closed to make room for another,
# also one of another user.
CROWDED_SECONDS = 60.0
# When to retry if no session is idle.
BUSY_SECONDS = 10.0


class Owner(NamedTuple):
    """Who owns a session: a user, through one app or key.

    Tokens are not part of it, since an app may renew them or gain scopes during a session.
    """

    user_id: str
    program: str


class RegisteredSession(Protocol):
    """A session as the registry sees it.

    Attributes:
        active_requests: how many of its requests are being served.
    """

    id: str
    owner: Owner
    active_requests: int


class Places(Protocol):
    """The places for sessions that each user has over all nodes."""

    async def take(self, user_id: str) -> bool:
        """Take a place, perhaps that of an idle session, which ends; false if none is idle."""
        ...

    def give_back(self, user_id: str) -> None:
        """Give the place of a session back. Never waits."""
        ...


S = TypeVar("S", bound=RegisteredSession)


class SessionRegistry(Generic[S]):
    """The sessions of one node.

    Clients seldom delete their sessions, and open a new one when theirs is gone (MCP 2025-11-25,
    basic/transports, "Session Management"). So a session over the limit is not refused; instead the
    one that was idle for longest is closed. A new session is refused only if no other is idle.

    Args:
        places: makes the places of users, with what ends the session of a user that was idle for
            longest here.
        ended: called with each session that has ended.
    """

    def __init__(
        self,
        limits: Limits,
        places: Callable[[Callable[[str], bool]], Places],
        ended: Callable[[S], None],
    ) -> None:
        self._limits = limits
        self._places = places(self.end_idle)
        self._ended = ended
        self._all: dict[str, S] = {}
        self._of_user: dict[str, set[S]] = {}
        # When each became idle, by the loop's clock; longest idle first.
        self._idle: OrderedDict[S, float] = OrderedDict()
        self._expiry: asyncio.TimerHandle | None = None

    def find(self, session_id: str, owner: Owner) -> S | None:
        """The session of an id; None if there is none, or if it belongs to another owner."""
        session = self._all.get(session_id)
        return session if session is not None and session.owner == owner else None

    async def add(self, session: S) -> None:
        """Register a new session.

        Raises:
            Refusal: there are too many sessions, and none is idle.
        """
        user_id = session.owner.user_id
        if not await self._places.take(user_id):
            raise _full(429, self._busy())
        try:
            if len(self._all) >= self._limits.mcp_sessions:
                self._make_room()
        except Refusal:
            self._places.give_back(user_id)
            raise
        self._all[session.id] = session
        self._of_user.setdefault(user_id, set()).add(session)

    def end_idle(self, user_id: str) -> bool:
        """End the session of a user that was idle for longest here; false if none is idle."""
        idle = self._of_user.get(user_id, set()) & self._idle.keys()
        if not idle:
            return False
        self.end(min(idle, key=self._idle.__getitem__))
        return True

    def _make_room(self) -> None:
        wait = BUSY_SECONDS
        if self._idle:
            longest, since = next(iter(self._idle.items()))
            wait = since + CROWDED_SECONDS - asyncio.get_running_loop().time()
            if wait <= 0:
                self.end(longest)
                return
        error = RateLimited(
            "Too many MCP sessions are open on this server",
            retry_after_ms=int(wait * 1000),
            hint="Close some sessions, or try again later.",
            reason="too_many_mcp_sessions",
        )
        raise _full(503, error)

    def _busy(self) -> RateLimited:
        return RateLimited(
            "All your MCP sessions are busy",
            retry_after_ms=int(BUSY_SECONDS * 1000),
            hint="Close some sessions, or try again later.",
            reason="mcp_sessions_busy",
        )

    @contextmanager
    def serving(self, session: S) -> Iterator[None]:
        """Mark a session as active while one of its requests is served."""
        session.active_requests += 1
        self._idle.pop(session, None)
        try:
            yield
        finally:
            session.active_requests -= 1
            if not session.active_requests and session.id in self._all:
                self._idle[session] = asyncio.get_running_loop().time()
                if self._expiry is None:
                    self._expire()

    def _expire(self) -> None:
        """End the sessions that were idle for too long, and schedule the next expiry."""
        self._expiry = None
        loop = asyncio.get_running_loop()
        while self._idle:
            session, since = next(iter(self._idle.items()))
            if since + self._limits.mcp_session_seconds > loop.time():
                self._expiry = loop.call_at(since + self._limits.mcp_session_seconds, self._expire)
                return
            self.end(session)

    def end(self, session: S) -> None:
        """End a session, if it has not ended."""
        if self._all.pop(session.id, None) is None:
            return
        self._idle.pop(session, None)
        own = self._of_user[session.owner.user_id]
        own.discard(session)
        if not own:
            del self._of_user[session.owner.user_id]
        self._places.give_back(session.owner.user_id)
        self._ended(session)


def _full(status: int, limited: RateLimited) -> Refusal:
    error = protocol_error(limited).error
    headers = {"retry-after": str(limited.retry_after_ms // 1000 + 1)}
    return Refusal(status, error.code, error.message, headers, error.data)
