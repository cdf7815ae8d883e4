"""Limits on attempts to log in, which keep guessing slow and lock nobody out.

Failed attempts count for an account together with the address that they come from, so that
strangers cannot use up what an account's owner may try. They also count for the address over all
accounts, and for the account over all addresses, with higher limits. A device that has logged in to
the account before has a count of its own, and is subject to nothing else.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from basicchat.domain.addresses import network_of
from basicchat.domain.errors import NotFound, RateLimited, Unauthenticated
from basicchat.domain.rate_limits import RateLimiter, WindowLimit

LOGIN_SECONDS = 900
# The limit of an address over all accounts, as a multiple of that of one account.
ADDRESS_SHARE = 5
# The limit of an account over all addresses: high, because strangers can reach it.
ACCOUNT_SHARE = 20
# Attempts that wait because others, whose outcome is not known yet, use up the limit.
MAX_WAITING = 1000
WAIT_SECONDS = 30.0

Charge = tuple[WindowLimit, str]


class LoginThrottle:
    """Counts failed attempts to log in.

    Args:
        attempts: failed ones, for an account from one address, in a quarter of an hour.
    """

    def __init__(self, limiter: RateLimiter, attempts: int) -> None:
        self._limiter = limiter
        self._pair = _window("logins:pair", attempts)
        self._device = _window("logins:device", attempts)
        self._address = _window("logins:address", attempts * ADDRESS_SHARE)
        self._account = _window("logins:account", attempts * ACCOUNT_SHARE)
        # Attempts whose outcome is not known yet.
        self._pending: Counter[Charge] = Counter()
        self._settled = asyncio.Condition()
        self._waiting = 0

    @asynccontextmanager
    async def attempt(
        self, login: str, address: str, device: str | None = None
    ) -> AsyncIterator[None]:
        """Make an attempt in the block; it counts as failed if the block raises that it is wrong.

        Attempts in parallel count until their outcome is known; those over the limit wait for it.

        Args:
            device: the id of the device, if it has logged in to this account before.

        Raises:
            RateLimited: there were too many failed attempts.
        """
        charges = self._charges(login, address, device)
        await self._charge(charges)
        failed = False
        try:
            yield
        except (Unauthenticated, NotFound):
            failed = True
            raise
        finally:
            await self._settle(charges, failed=failed)

    def _charges(self, login: str, address: str, device: str | None) -> list[Charge]:
        account = login.strip().casefold()[:200]
        if device is not None:
            return [(self._device, f"{device} {account}")]
        network = network_of(address)
        return [
            (self._pair, f"{network} {account}"),
            (self._address, network),
            (self._account, account),
        ]

    async def _charge(self, charges: list[Charge]) -> None:
        while (refused := await self._hit(charges)) is not None:
            charge, seconds = refused
            if not self._pending[charge] or self._waiting >= MAX_WAITING:
                raise _too_many(seconds)
            self._waiting += 1
            try:
                async with asyncio.timeout(WAIT_SECONDS), self._settled:
                    await self._settled.wait()
            except TimeoutError:
                raise _too_many(seconds) from None
            finally:
                self._waiting -= 1
        self._pending.update(charges)

    async def _hit(self, charges: list[Charge]) -> tuple[Charge, float] | None:
        """Count in all windows, or in none; returns the window that refuses, and for how long."""
        for number, (limit, key) in enumerate(charges):
            seconds = await self._limiter.hit(limit, key)
            if seconds:
                for counted in charges[:number]:
                    await self._limiter.refund(*counted)
                return (limit, key), seconds
        return None

    async def _settle(self, charges: list[Charge], *, failed: bool) -> None:
        self._pending.subtract(charges)
        for charge in charges:
            if self._pending[charge] <= 0:
                del self._pending[charge]
            if not failed:
                await self._limiter.refund(*charge)
        async with self._settled:
            self._settled.notify_all()


def _window(name: str, amount: int) -> WindowLimit:
    return WindowLimit(name=name, amount=amount, seconds=LOGIN_SECONDS)


def _too_many(seconds: float) -> RateLimited:
    return RateLimited(
        "Too many attempts to log in",
        retry_after_ms=int(seconds * 1000),
        hint="Wait, or ask an administrator to set a new password.",
        reason="too_many_logins",
    )
