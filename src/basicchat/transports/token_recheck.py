"""Rechecks the tokens of connections and streams that stay open."""

import asyncio
from collections.abc import Callable, Coroutine
from random import uniform
from typing import Any

import structlog

from basicchat.domain.errors import DatabaseUnavailable
from basicchat.domain.ports import Spawn

log = structlog.get_logger(__name__)

# A token that expires while its connection stays open is noticed within this time.
TOKEN_RECHECK_SECONDS = 60.0


class TokenRecheckTimer:
    """Periodically rechecks the token of a connection or stream that stays open.

    Args:
        recheck: validates the token again, and ends what it opened if it is no longer valid.
    """

    def __init__(self, spawn: Spawn, recheck: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._spawn = spawn
        self._recheck = recheck
        self._schedule()

    def _schedule(self) -> None:
        # Jitter spreads the rechecks of thousands of clients that reconnected after a restart.
        seconds = TOKEN_RECHECK_SECONDS * uniform(0.75, 1.0)
        self._timer = asyncio.get_running_loop().call_later(seconds, self._fire)

    def _fire(self) -> None:
        self._spawn(self._recheck_once())
        self._schedule()

    async def _recheck_once(self) -> None:
        try:
            await self._recheck()
        # The next recheck, or the next change of the user's access, tries again.
        except DatabaseUnavailable as error:
            log.warning("token_not_rechecked", reason=error.message)

    def cancel(self) -> None:
        """Stop rechecking."""
        self._timer.cancel()
