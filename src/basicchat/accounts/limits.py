"""What a client may do how often: the limits in the settings, as the transports ask for them.

Logins, uploads and registrations count in sliding windows, connections as slots of their address,
and messages against the budget of their session. The counts are the rate limiter's
(`domain.rate_limits`), which nodes share.
"""

from collections.abc import Mapping

from basicchat.domain.errors import RateLimited
from basicchat.domain.rate_limits import MessageBudget, RateLimiter, WindowLimit

LOGIN_SECONDS = 900
UPLOAD_SECONDS = 60
REGISTRATION_SECONDS = 3600
# One user must not be able to lock out the others behind the same address at once.
ADDRESS_SHARE = 5
CONNECTIONS = "connections"


class RequestLimits:
    """Refuses what exceeds a limit, with an error that says when to come back.

    Args:
        limiter: counts.
        messages_per_minute: of one session; 60 seconds' worth may come at once.
        login_attempts: failed ones, for each account in a quarter of an hour.
        uploads_per_minute: of one user.
        connections_per_address: open at the same time.
        registrations_per_hour: of apps, from one address.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        *,
        messages_per_minute: int,
        login_attempts: int,
        uploads_per_minute: int,
        connections_per_address: int,
        registrations_per_hour: int = 20,
    ) -> None:
        self._limiter = limiter
        self._interval = 60 / messages_per_minute
        self._per_address = connections_per_address
        self._account_logins = _window("logins:account", login_attempts, LOGIN_SECONDS)
        by_address = login_attempts * ADDRESS_SHARE
        self._address_logins = _window("logins:address", by_address, LOGIN_SECONDS)
        self._uploads = _window("uploads", uploads_per_minute, UPLOAD_SECONDS)
        self._registrations = _window("registrations", registrations_per_hour, REGISTRATION_SECONDS)

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections each address has open at this node."""
        return self._limiter.slots_in_use(CONNECTIONS)

    def budget(self, session_id: str) -> MessageBudget:
        """The message budget that all connections of a session share."""
        return self._limiter.budget(session_id)

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

    async def login(self, login: str, address: str) -> None:
        """Charge an attempt to log in, to its account and its address.

        Raises:
            RateLimited: there were too many failed attempts.
        """
        account_wait = await self._limiter.hit(self._account_logins, _account_key(login))
        wait = max(account_wait, await self._limiter.hit(self._address_logins, address))
        if wait:
            raise RateLimited(
                "Too many attempts to log in",
                retry_after_ms=int(wait * 1000),
                hint="Wait, or ask an administrator to set a new password.",
                reason="too_many_logins",
            )

    async def refund_login(self, login: str, address: str) -> None:
        """Take an attempt back, because it succeeded."""
        await self._limiter.refund(self._account_logins, _account_key(login))
        await self._limiter.refund(self._address_logins, address)

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
        wait = await self._limiter.hit(self._registrations, address)
        if wait:
            raise RateLimited(
                "Too many apps were registered from this address",
                retry_after_ms=int(wait * 1000),
                hint="Wait; the setting is oauth.registrations_per_hour.",
                reason="too_many_registrations",
            )

    async def acquire_connection(self, address: str) -> bool:
        """Take one of an address's connection slots; False if all are in use."""
        return await self._limiter.acquire(CONNECTIONS, address, self._per_address)

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
        self._limiter.release(CONNECTIONS, address)


def _window(name: str, amount: int, seconds: int) -> WindowLimit:
    return WindowLimit(name=name, amount=amount, seconds=seconds)


def _account_key(login: str) -> str:
    return login.strip().casefold()[:200]
