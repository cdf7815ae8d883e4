"""What a client may do how often: the limits in the settings, as the transports ask for them.

Uploads and registrations count in sliding windows, as logins do (`login_throttle.py`), connections
as slots of their address, and messages against the budget of their login. The counts are the
rate limiter's (`domain.rate_limits`), which nodes share. An IPv6 address counts as its /64 network.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from basicchat.accounts.login_throttle import LoginThrottle
from basicchat.domain.addresses import network_of
from basicchat.domain.errors import RateLimited
from basicchat.domain.rate_limits import MessageBudget, RateLimiter, WindowLimit

UPLOAD_SECONDS = 60
REGISTRATION_SECONDS = 3600
CONNECTIONS = "connections"
MCP_SESSIONS = "mcp_sessions"
MCP_SOCKETS = "mcp_sockets"
# Opening a session writes to the database, and may replay many events.
HELLO_WEIGHT = 2.0


class RequestLimits:
    """Refuses what exceeds a limit, with an error that says when to come back.

    Args:
        limiter: counts.
        messages_per_minute: of one login; 60 seconds' worth may come at once.
        reads_per_minute: requests over MCP of one login that only read; at least as many as
            messages.
        login_attempts: failed ones, for an account from one address, in a quarter of an hour.
        uploads_per_minute: of one user.
        connections_per_address: open at the same time.
        registrations_per_hour: of apps, from one address.
        mcp_sessions_per_user: open at the same time; as many MCP connections over WebSocket.

    Attributes:
        logins: the limits on attempts to log in.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        *,
        messages_per_minute: int,
        login_attempts: int,
        uploads_per_minute: int,
        connections_per_address: int,
        registrations_per_hour: int = 300,
        reads_per_minute: int = 3000,
        mcp_sessions_per_user: int = 50,
    ) -> None:
        self._limiter = limiter
        self._interval = 60 / messages_per_minute
        self._read_interval = 60 / max(reads_per_minute, messages_per_minute)
        self._per_address = connections_per_address
        self._mcp_per_user = mcp_sessions_per_user
        self.logins = LoginThrottle(limiter, login_attempts)
        self._uploads = _window("uploads", uploads_per_minute, UPLOAD_SECONDS)
        self._registrations = _window("registrations", registrations_per_hour, REGISTRATION_SECONDS)

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections each address has open at this node."""
        return self._limiter.slots_in_use(CONNECTIONS)

    def budget(self, login_id: str) -> MessageBudget:
        """The message budget that all connections of a login, API key or app share.

        Args:
            login_id: the session id that the token was authenticated with.
        """
        return self._limiter.budget(login_id)

    def session_budget(self, login_id: str, session_id: str, *, resumed: bool) -> MessageBudget:
        """The budget of a session: that of the login which opened it, though another resumes it."""
        known = self._limiter.known_budget(session_id) if resumed else None
        if known is not None:
            return known
        # The session is new, or new to this node, to which the login's charges were reported.
        budget = self._limiter.budget(login_id)
        self._limiter.share(session_id, budget)
        return budget

    def hello(self, login_id: str) -> None:
        """Charge the opening of a session.

        Raises:
            RateLimited: the login has opened too many lately.
        """
        budget = self._limiter.budget(f"hello:{login_id}")
        wait = self._limiter.charge(budget, self._interval, HELLO_WEIGHT)
        if wait:
            raise RateLimited(
                "Too many sessions were opened with this login",
                retry_after_ms=int(wait * 1000) + 1,
                hint="Keep one connection open; the setting is limits.messages_per_minute.",
                reason="too_many_hellos",
            )

    def message(self, budget: MessageBudget, weight: float = 1.0) -> None:
        """Charge a message, which counts as `weight` messages.

        Raises:
            RateLimited: the budget is used up.
        """
        wait = self._limiter.charge(budget, self._interval, weight)
        if wait:
            raise RateLimited(
                "Too many messages",
                retry_after_ms=int(wait * 1000) + 1,
                hint="Slow down; the setting is limits.messages_per_minute.",
                reason="too_many_messages",
            )

    def read(self, session_id: str, weight: float = 1.0) -> None:
        """Charge a request over MCP that only reads, to a budget of its own.

        Hosts read everything that is listed when they connect, which must not use up what their
        users need for writing and asking.

        Raises:
            RateLimited: the budget is used up.
        """
        budget = self._limiter.budget(f"reads {session_id}")
        wait = self._limiter.charge(budget, self._read_interval, weight)
        if wait:
            raise RateLimited(
                "Too many requests that read",
                retry_after_ms=int(wait * 1000) + 1,
                hint="Slow down; the setting is limits.mcp_reads_per_minute.",
                reason="too_many_messages",
            )

    async def upload(self, user_id: str) -> None:
        """Charge an upload.

        Raises:
            RateLimited: the user uploaded too much lately.
        """
        wait = await self._limiter.hit(self._uploads, user_id)
        if wait:
            raise RateLimited(
                "Too many uploads",
                retry_after_ms=int(wait * 1000),
                hint="Wait a little; the setting is limits.uploads_per_minute.",
                reason="too_many_uploads",
            )

    async def registration(self, address: str) -> None:
        """Charge the registration of an app.

        Raises:
            RateLimited: too many apps were registered from this address.
        """
        wait = await self._limiter.hit(self._registrations, network_of(address))
        if wait:
            raise RateLimited(
                "Too many apps were registered from this address",
                retry_after_ms=int(wait * 1000),
                hint="Wait; the setting is oauth.registrations_per_hour.",
                reason="too_many_registrations",
            )

    async def acquire_connection(self, address: str) -> bool:
        """Take one of an address's connection slots; False if all are in use."""
        return await self._limiter.acquire(CONNECTIONS, network_of(address), self._per_address)

    async def require_connection(self, address: str) -> None:
        """Take one of an address's connection slots.

        Raises:
            RateLimited: all are in use.
        """
        if not await self.acquire_connection(address):
            raise RateLimited(
                "Too many connections from this address",
                retry_after_ms=5000,
                hint="Close some, or raise the setting limits.connections_per_address.",
                reason="too_many_connections",
            )

    def release_connection(self, address: str) -> None:
        """Give a connection slot back. Never waits."""
        self._limiter.release(CONNECTIONS, network_of(address))

    async def acquire_mcp_session(self, user_id: str) -> bool:
        """Take one of a user's places for MCP sessions; False if all are in use."""
        return await self._limiter.acquire(MCP_SESSIONS, user_id, self._mcp_per_user)

    def release_mcp_session(self, user_id: str) -> None:
        """Give the place of an MCP session back. Never waits."""
        self._limiter.release(MCP_SESSIONS, user_id)

    async def mcp_session_nodes(self, user_id: str) -> Sequence[str]:
        """The other nodes that have MCP sessions of a user."""
        return await self._limiter.slot_nodes(MCP_SESSIONS, user_id)

    @asynccontextmanager
    async def mcp_socket(self, user_id: str) -> AsyncIterator[bool]:
        """Count an MCP connection over WebSocket; False if the user has too many."""
        if not await self._limiter.acquire(MCP_SOCKETS, user_id, self._mcp_per_user):
            yield False
            return
        try:
            yield True
        finally:
            self._limiter.release(MCP_SOCKETS, user_id)


def _window(name: str, amount: int, seconds: int) -> WindowLimit:
    return WindowLimit(name=name, amount=amount, seconds=seconds)
