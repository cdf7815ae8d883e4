"""All sessions of Streamable HTTP: found by their ids, capped, and ended when nobody needs them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from basicchat.domain.errors import RateLimited
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.http.response import Refusal
from basicchat.mcp.http.session import HttpSession, Owner

# When the server is full, who was idle for so long makes room for others, whosever it is.
CROWDED_SECONDS = 60.0
# When to come back, if nobody is idle.
BUSY_SECONDS = 10.0


class SessionLimits(NamedTuple):
    """How many sessions there may be at a time, and how long each may be idle."""

    sessions: int
    of_user: int
    seconds: float


class SessionRegistry:
    """The sessions of one server.

    Clients seldom say that they are done, and begin anew when theirs is gone (MCP 2025-11-25,
    basic/transports, "Session Management"): so one too many is not refused, but the one that was
    idle for longest ends. Only where none is idle a new one is refused.

    Args:
        ended: is told of each session that is no more.
    """

    def __init__(self, caps: SessionLimits, ended: Callable[[HttpSession], None]) -> None:
        self._caps = caps
        self._ended = ended
        self._all: dict[str, HttpSession] = {}
        self._of_user: dict[str, set[HttpSession]] = {}
        # Since when, by the loop's clock; longest first.
        self._idle: OrderedDict[HttpSession, float] = OrderedDict()
        self._expiry: asyncio.TimerHandle | None = None

    def find(self, session_id: str, owner: Owner) -> HttpSession | None:
        """The session of an id. To all but its owner it is none."""
        session = self._all.get(session_id)
        return session if session is not None and session.owner == owner else None

    def add(self, session: HttpSession) -> None:
        """Take in a new session.

        Raises:
            Refusal: there are too many, and none is idle.
        """
        own = self._of_user.get(session.owner.user_id, set())
        if len(own) >= self._caps.of_user:
            idle = own & self._idle.keys()
            if not idle:
                raise _full(429, "You have too many MCP sessions at work", BUSY_SECONDS)
            self.end(min(idle, key=self._idle.__getitem__))
        if len(self._all) >= self._caps.sessions:
            self._make_room()
        self._all[session.id] = session
        self._of_user.setdefault(session.owner.user_id, set()).add(session)

    def _make_room(self) -> None:
        wait = BUSY_SECONDS
        if self._idle:
            longest, since = next(iter(self._idle.items()))
            wait = since + CROWDED_SECONDS - asyncio.get_running_loop().time()
            if wait <= 0:
                self.end(longest)
                return
        raise _full(503, "Too many MCP sessions are open on this server", wait)

    @contextmanager
    def visited(self, session: HttpSession) -> Iterator[None]:
        """A request of a session is there: it is not idle."""
        session.visits += 1
        self._idle.pop(session, None)
        try:
            yield
        finally:
            session.visits -= 1
            if not session.visits and session.id in self._all:
                self._idle[session] = asyncio.get_running_loop().time()
                if self._expiry is None:
                    self._expire()

    def _expire(self) -> None:
        """End who was idle for too long; look again when the next one will have been."""
        self._expiry = None
        loop = asyncio.get_running_loop()
        while self._idle:
            session, since = next(iter(self._idle.items()))
            if since + self._caps.seconds > loop.time():
                self._expiry = loop.call_at(since + self._caps.seconds, self._expire)
                return
            self.end(session)

    def end(self, session: HttpSession) -> None:
        """End a session, if it has not ended."""
        if self._all.pop(session.id, None) is None:
            return
        self._idle.pop(session, None)
        own = self._of_user[session.owner.user_id]
        own.discard(session)
        if not own:
            del self._of_user[session.owner.user_id]
        self._ended(session)


def _full(status: int, message: str, seconds: float) -> Refusal:
    told = protocol_error(
        RateLimited(message, retry_after_ms=int(seconds * 1000), hint="Close some, or come later.")
    ).error
    later = {"retry-after": str(int(seconds) + 1)}
    return Refusal(status, told.code, told.message, later, told.data)
