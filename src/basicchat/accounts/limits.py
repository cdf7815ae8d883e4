"""Limits of rate and number. One small interface, so that nodes can come to share a store.

Attempts and uploads are counted in sliding windows by the `limits` library. Messages are charged
by the generic cell rate algorithm (ITU-T I.371): one number a session, and an exact time to come
back. What is kept is bounded however many addresses come.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from basicchat.domain.errors import RateLimited
from basicchat.domain.ports import Clock

if TYPE_CHECKING:
    from basicchat.accounts.sliding_window import Window

MAX_KEYS = 100_000
LOGIN_SECONDS = 900
UPLOAD_SECONDS = 60
REGISTRATION_SECONDS = 3600
# Somebody behind the same address as others must not be locked out by one of them at once.
ADDRESS_SHARE = 5


class Rate:
    """The state of one session's limit.

    Attributes:
        next_arrival: theoretical arrival time of the next message, in seconds of the monotonic
            clock.
    """

    __slots__ = ("next_arrival",)

    def __init__(self) -> None:
        self.next_arrival = 0.0


class Limiter(Protocol):
    """What transports and handlers ask before they go on."""

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections each address has open."""
        ...

    def rate(self, session_id: str) -> Rate:
        """The state that all connections of a session share."""
        ...

    def message(self, rate: Rate, weight: float = 1.0) -> None:
        """Charge one message, or the part of one that it weighs. Raises RateLimited."""
        ...

    def login(self, login: str, address: str) -> None:
        """Charge an attempt to log in. Raises RateLimited."""
        ...

    def logged_in(self, login: str, address: str) -> None:
        """Give an attempt back that was none at guessing."""
        ...

    def upload(self, user_id: str) -> None:
        """Charge an upload. Raises RateLimited."""
        ...

    def registration(self, address: str) -> None:
        """Charge the registration of an app. Raises RateLimited."""
        ...

    def take_place(self, address: str) -> bool:
        """Take one of an address's connections; false if all are taken."""
        ...

    def give_back(self, address: str) -> None:
        """Give a connection back."""
        ...


class MemoryLimiter:
    """Implements `Limiter` within this process.

    Args:
        messages_per_minute: of one session, 60 seconds' worth of them at once.
        login_attempts: that fail, for one account in a quarter of an hour.
        uploads_per_minute: of one user.
        connections_per_address: open at a time.
        registrations_per_hour: of apps, from one address.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        messages_per_minute: int,
        login_attempts: int,
        uploads_per_minute: int,
        connections_per_address: int,
        registrations_per_hour: int = 20,
        max_keys: int = MAX_KEYS,
    ) -> None:
        self._clock = clock
        self._interval = 60 / messages_per_minute
        self._login_attempts = login_attempts
        self._uploads = uploads_per_minute
        self._per_address = connections_per_address
        self._registrations = registrations_per_hour
        self._max_keys = max_keys
        self._rates: OrderedDict[str, Rate] = OrderedDict()
        self._connections: Counter[str] = Counter()

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections each address has open."""
        return self._connections

    def rate(self, session_id: str) -> Rate:
        """The state that all connections of a session share."""
        rate = self._rates.setdefault(session_id, Rate())
        self._rates.move_to_end(session_id)
        if len(self._rates) > self._max_keys:
            self._rates.popitem(last=False)
        return rate

    def message(self, rate: Rate, weight: float = 1.0) -> None:
        """Charge one message, or the part of one that it weighs."""
        now = self._clock.monotonic()
        arrival = max(rate.next_arrival, now)
        cost = self._interval * weight
        wait = arrival - now - 60.0 + cost
        if wait > 0:
            raise RateLimited(
                "Too many messages",
                retry_after_ms=int(wait * 1000) + 1,
                hint="Slow down; the setting is limits.messages_per_minute.",
            )
        rate.next_arrival = arrival + cost

    # The library takes a fifth of a second to import, which only the first login has to pay.
    # Accounts and addresses are apart, so that a flood of the one does not wash the other away.
    @cached_property
    def _by_account(self) -> "Window":
        from basicchat.accounts.sliding_window import Window  # noqa: PLC0415

        return Window(self._login_attempts, LOGIN_SECONDS, self._max_keys)

    @cached_property
    def _by_address(self) -> "Window":
        from basicchat.accounts.sliding_window import Window  # noqa: PLC0415

        return Window(self._login_attempts * ADDRESS_SHARE, LOGIN_SECONDS, self._max_keys)

    @cached_property
    def _by_user(self) -> "Window":
        from basicchat.accounts.sliding_window import Window  # noqa: PLC0415

        return Window(self._uploads, UPLOAD_SECONDS, self._max_keys)

    @cached_property
    def _by_registrar(self) -> "Window":
        from basicchat.accounts.sliding_window import Window  # noqa: PLC0415

        return Window(self._registrations, REGISTRATION_SECONDS, self._max_keys)

    def registration(self, address: str) -> None:
        """Charge the registration of an app."""
        wait = self._by_registrar.hit(address)
        if wait:
            raise RateLimited(
                "Too many apps register from this address",
                retry_after_ms=int(wait * 1000),
                hint="Wait; the setting is oauth.registrations_per_hour.",
            )

    def login(self, login: str, address: str) -> None:
        """Charge an attempt to log in."""
        wait = max(self._by_account.hit(_name(login)), self._by_address.hit(address))
        if wait:
            raise RateLimited(
                "Too many attempts to log in",
                retry_after_ms=int(wait * 1000),
                hint="Wait, or have an administrator set a new password.",
            )

    def logged_in(self, login: str, address: str) -> None:
        """Give an attempt back that was none at guessing."""
        self._by_account.give_back(_name(login))
        self._by_address.give_back(address)

    def upload(self, user_id: str) -> None:
        """Charge an upload."""
        wait = self._by_user.hit(user_id)
        if wait:
            raise RateLimited(
                "Too many uploads",
                retry_after_ms=int(wait * 1000),
                hint="Wait a little; the setting is limits.uploads_per_minute.",
            )

    def take_place(self, address: str) -> bool:
        """Take one of an address's connections."""
        if self._connections[address] >= self._per_address:
            return False
        self._connections[address] += 1
        return True

    def give_back(self, address: str) -> None:
        """Give a connection back."""
        self._connections[address] -= 1
        if self._connections[address] <= 0:
            del self._connections[address]


def _name(login: str) -> str:
    return login.strip().casefold()[:200]
