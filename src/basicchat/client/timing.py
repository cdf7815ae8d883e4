"""Delays and timeouts of a client."""

from collections.abc import Callable

import msgspec

BACKOFF_BASE_SECONDS = 0.25
BACKOFF_CAP_SECONDS = 30.0
# Keeps the power finite; the cap applies long before.
_MAX_EXPONENT = 60


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """Delays and timeouts of a client, in seconds.

    Attributes:
        backoff_base: upper bound of the first delay before reconnecting.
        backoff_cap: upper bound of every later delay; the bound doubles up to it.
        progress_timeout: a request fails after this long without any progress.
        probe_after: a connection that is silent for this long while requests are pending is probed.
        probe_timeout: a connection is given up if nothing arrives this long after a probe.
        open_timeout: how long opening a connection may take.
        first_upgrade: how long after falling back to HTTP WebSocket is tried again.
        upgrade_interval: how often WebSocket is tried from then on.
        poll_pause: the pause after a long poll that returned nothing new.
        inherit_interval: how often a client checks whether another program has released the
            storage of the queue.
    """

    backoff_base: float = BACKOFF_BASE_SECONDS
    backoff_cap: float = BACKOFF_CAP_SECONDS
    progress_timeout: float = 30.0
    probe_after: float = 10.0
    probe_timeout: float = 10.0
    open_timeout: float = 10.0
    first_upgrade: float = 2.0
    upgrade_interval: float = 60.0
    poll_pause: float = 0.25
    inherit_interval: float = 10.0

    def backoff(self, attempt: int, random: Callable[[], float]) -> float:
        """Return the seconds to wait before an attempt: exponential backoff with full jitter.

        The delay is uniform between 0 and a bound that doubles with each attempt (Brooker,
        "Exponential Backoff And Jitter", 2015).

        Args:
            attempt: counted from 0.
            random: returns a number in [0, 1).
        """
        bound = self.backoff_base * 2.0 ** min(attempt, _MAX_EXPONENT)
        return random() * min(self.backoff_cap, bound)
