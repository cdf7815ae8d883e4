"""When and how to come back after a connection has ended."""

from collections.abc import Callable
from typing import Literal

import msgspec

from basicchat.protocol.errors import Close

BACKOFF_BASE_SECONDS = 0.25
BACKOFF_CAP_SECONDS = 30.0
TOO_MANY_SECONDS = 5.0
NO_CODE = 1006  # RFC 6455, 7.1.5: the connection ended without a close frame
# Of three attempts that fail one after the other, the third goes over HTTP.
HTTP_EVERY = 3


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

    def delay(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait before an attempt, counted from 0: exponential, with full jitter.

        Anything between nothing and a cap that doubles with each attempt (Brooker, "Exponential
        Backoff And Jitter", 2015).

        Args:
            random: a number in [0, 1).
        """
        return random() * min(self.backoff_cap, self.backoff_base * 2.0 ** min(attempt, 60))


class Verdict(msgspec.Struct, frozen=True):
    """What a close code asks of a client.

    `retry` with backoff, `resume` at once, or `stop`; `status` is what the client then is.
    """

    act: Literal["retry", "resume", "stop"]
    status: Literal["reconnecting", "failed", "forbidden", "unauthenticated"] = "reconnecting"
    at_least: float = 0.0


_VERDICTS = {
    Close.PROTOCOL: Verdict("stop", "failed"),
    Close.UNAUTHENTICATED: Verdict("stop", "unauthenticated"),
    Close.FORBIDDEN: Verdict("stop", "forbidden"),
    Close.SLOW: Verdict("resume"),
    Close.TOO_MANY: Verdict("retry", at_least=TOO_MANY_SECONDS),
}


def on_close_code(code: int) -> Verdict:
    """What to do after a connection has ended with a close code (PROTOCOL, section 6)."""
    return _VERDICTS.get(code, Verdict("retry"))  # type: ignore[call-overload,no-any-return]


def is_servers(code: int) -> bool:
    """Whether a close code can only have come from the server itself, not from the way to it."""
    return code == Close.DRAINING or code >= Close.PROTOCOL


def over_http(failures: int) -> bool:
    """Whether the next attempt goes over HTTP, after so many that led to no session."""
    return failures % HTTP_EVERY == HTTP_EVERY - 1
