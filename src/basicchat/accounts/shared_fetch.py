"""Documents fetched from a server that may be silent: one fetch for all who ask, and a cache.

A failure is cached as well. After each further one the pause until the next attempt doubles, so
that a silent server costs its users no time. Meanwhile the last document is used, for a day.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.ports import Clock

FETCH_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 1.0
MAX_PAUSE_SECONDS = 60.0
MAX_STALE_SECONDS = 86400.0

Document = dict[str, Any]


class SharedFetch:
    """One document.

    Args:
        fetch: fetches it; raises UpstreamUnavailable if that fails.
        silent: makes the error for a fetch that took too long.
    """

    def __init__(
        self,
        clock: Clock,
        fetch: Callable[[], Awaitable[Document]],
        silent: Callable[[], UpstreamUnavailable],
    ) -> None:
        self._clock = clock
        self._fetch = fetch
        self._silent = silent
        self._fetching = asyncio.Lock()
        self._document: Document | None = None
        self._fetched_at = 0.0
        self._failure: UpstreamUnavailable | None = None
        self._attempts = 0
        self._backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        self._retry_at = 0.0

    async def get(self, max_age_seconds: float) -> Document:
        """The document, fetched again if it is older.

        Raises:
            UpstreamUnavailable: it could not be fetched, now or shortly before.
        """
        seen, now = self._attempts, self._clock.monotonic()
        if self._document is not None and now - self._fetched_at < max_age_seconds:
            return self._document
        if now >= self._retry_at:
            async with self._fetching:
                # Whoever waited gets what the first one fetched.
                if self._attempts == seen:
                    await self._try()
        return self._stale()

    def _stale(self) -> Document:
        age = self._clock.monotonic() - self._fetched_at
        if self._document is not None and age < MAX_STALE_SECONDS:
            return self._document
        failure = self._failure or self._silent()
        # A new error, because each one that is raised gets a traceback of its own.
        raise UpstreamUnavailable(
            failure.message,
            provider=failure.provider,
            hint=failure.hint,
            reason=failure.reason,
            params=failure.params,
        )

    async def _try(self) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                self._document = await self._fetch()
        except TimeoutError:
            self._failed(self._silent())
        except UpstreamUnavailable as error:
            self._failed(error)
        else:
            self._fetched_at = self._clock.monotonic()
            self._failure, self._retry_at = None, 0.0
            self._backoff.succeeded()
        # A cancelled attempt does not count: the next one who waits tries.
        self._attempts += 1

    def _failed(self, error: UpstreamUnavailable) -> None:
        self._failure = error
        self._retry_at = self._clock.monotonic() + self._backoff.failed()
