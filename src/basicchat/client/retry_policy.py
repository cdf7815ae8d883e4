"""What to do after a connection has ended: which transport to try next, and after what delay."""

import re
from collections.abc import Callable
from typing import Literal

import msgspec

from basicchat.client.errors import ChatError
from basicchat.client.timing import Timing
from basicchat.protocol.errors import Close

TOO_MANY_SECONDS = 5.0
# Longer pauses after a server's stop are shortened to this.
MAX_DRAINING_MS = 30_000
_RECONNECT_AFTER = re.compile(r"\breconnect after ([0-9]{1,9}) ms$")
# Of three attempts that fail in a row, the third uses HTTP.
HTTP_EVERY = 3


class Recovery(msgspec.Struct, frozen=True):
    """How to go on after a connection has ended.

    Attributes:
        action: `retry` after a backoff, `resume` at once, or `stop`.
        status: the state of the client afterwards.
        min_delay: the shortest delay before a retry, in seconds.
    """

    action: Literal["retry", "resume", "stop"]
    status: Literal["reconnecting", "failed", "forbidden", "unauthenticated"] = "reconnecting"
    min_delay: float = 0.0


_BY_CLOSE_CODE: dict[int, Recovery] = {
    Close.PROTOCOL: Recovery("stop", "failed"),
    Close.UNAUTHENTICATED: Recovery("stop", "unauthenticated"),
    Close.FORBIDDEN: Recovery("stop", "forbidden"),
    Close.SLOW: Recovery("resume"),
    Close.TOO_MANY: Recovery("retry", min_delay=TOO_MANY_SECONDS),
}


def recovery_after(close_code: int, reason: str = "") -> Recovery:
    """How to go on after a connection was closed with this code and reason (PROTOCOL, section 6).

    A server that stops writes into the reason when the client should reconnect.
    """
    if close_code == Close.DRAINING and (pause := _RECONNECT_AFTER.search(reason)):
        milliseconds = min(int(pause[1]), MAX_DRAINING_MS)
        return Recovery("retry", min_delay=milliseconds / 1000)
    return _BY_CLOSE_CODE.get(close_code, Recovery("retry"))


def sent_by_server(close_code: int) -> bool:
    """Whether only the server itself, not a proxy or the network, can have sent this code."""
    return close_code == Close.DRAINING or close_code >= Close.PROTOCOL


def http_is_next(failures: int) -> bool:
    """Whether to use HTTP for the next attempt, after this many without a session."""
    return failures % HTTP_EVERY == HTTP_EVERY - 1


class RetryPolicy:
    """Counts failed attempts, and derives the next delay and transport from them.

    Args:
        random: returns a number in [0, 1), for jitter.
    """

    def __init__(self, timing: Timing, random: Callable[[], float]) -> None:
        self._timing = timing
        self._random = random
        self._failures = 0
        # Consecutive failures that look as if WebSocket were blocked.
        self._blocked = 0

    @property
    def prefers_http(self) -> bool:
        """Whether the next attempt should use HTTP."""
        return http_is_next(self._blocked)

    def succeeded(self, *, http: bool) -> None:
        """Record an attempt that opened a session."""
        self._failures = 0
        if not http:
            self._blocked = 0

    def ended(self, *, http: bool, blocked: bool) -> None:
        """Record the end of a connection.

        Args:
            blocked: it never reached the server.
        """
        if not http:
            self._blocked = self._blocked + 1 if blocked else 0
        elif self._blocked:
            self._blocked += 1

    def next_delay(self, recovery: Recovery, welcomed: bool, error: ChatError | None) -> float:
        """Return the seconds to wait before the next attempt, which is counted.

        Args:
            welcomed: the last connection had opened a session.
            error: the server's refusal, which may say when to come back.
        """
        if recovery.action == "resume" and welcomed:
            return 0.0
        delay = self._timing.backoff(self._failures, self._random)
        self._failures += 1
        retry_after = (error.retry_after_ms or 0) / 1000 if error else 0.0
        return max(delay, recovery.min_delay, retry_after)
