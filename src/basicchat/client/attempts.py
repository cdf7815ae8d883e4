"""One connection at a time: how far it got, and how it ended."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from basicchat.client.errors import ChatError
from basicchat.client.events import TransportName
from basicchat.client.timing import Timing, Verdict, over_http
from basicchat.client.transport import Transport

HEARTBEAT_SECONDS = 25.0


class Transports(msgspec.Struct, frozen=True, kw_only=True):
    """How links are made; a way that is None is not taken.

    Attributes:
        primary: makes the link of choice.
        fallback: makes the one over HTTP; it is given what to tell of how events come.
    """

    primary: Callable[[], Transport] | None
    fallback: Callable[[Callable[[TransportName], None]], Transport] | None


class Attempt:
    """One link, and how far it got."""

    def __init__(self, number: int, now: float) -> None:
        self.hello_id = f"hello-{number}"
        self.link: Transport | None = None
        self.resuming = False
        self.welcomed = False
        self.since = now


class Ending(msgspec.Struct, frozen=True):
    """How an attempt ended, and what is to be done; `blocked` if it never got to the server."""

    attempt: Attempt
    verdict: Verdict
    blocked: bool = False
    error: ChatError | None = None


class Session:
    """What the server said in its last welcome."""

    def __init__(self) -> None:
        self.resume: dict[str, str] | None = None
        self.user: dict[str, Any] | None = None
        self.server: dict[str, Any] | None = None
        self.limits: Mapping[str, int] = {}
        self.heartbeat_seconds = HEARTBEAT_SECONDS

    def take(self, welcome: Mapping[str, Any]) -> None:
        """Take a welcome."""
        self.resume = {name: welcome[name] for name in ("session_id", "resume_token")}
        self.user, self.server = welcome["user"], welcome.get("server")
        self.limits = welcome.get("limits") or {}
        self.heartbeat_seconds = welcome.get("heartbeat_seconds") or HEARTBEAT_SECONDS

    def forget(self) -> None:
        """The next hello begins a new session."""
        self.resume = None


class RetryPolicy:
    """Counts attempts in vain: for how long to wait, and which way to go."""

    def __init__(self, timing: Timing, random: Callable[[], float]) -> None:
        self._timing = timing
        self._random = random
        self._in_vain = 0
        # Those in a row that look as if WebSocket were blocked.
        self._blocked = 0

    @property
    def over_http(self) -> bool:
        """Whether the next attempt goes over HTTP."""
        return over_http(self._blocked)

    def welcomed(self, *, http: bool) -> None:
        """An attempt led to a session."""
        self._in_vain = 0
        if not http:
            self._blocked = 0

    def ended(self, *, http: bool, blocked: bool) -> None:
        """An attempt has ended, over HTTP or not; `blocked` if it never got to the server."""
        if not http:
            self._blocked = self._blocked + 1 if blocked else 0
        elif self._blocked:
            self._blocked += 1

    def delay(self, verdict: Verdict, welcomed: bool, error: ChatError | None) -> float:
        """Seconds to wait now; counts an attempt.

        Args:
            welcomed: the last one led to a session.
            error: what the server said, which may be when to come back.
        """
        if verdict.act == "resume" and welcomed:
            return 0.0
        delay = self._timing.delay(self._in_vain, self._random)
        self._in_vain += 1
        told = (error.retry_after_ms or 0) / 1000 if error else 0.0
        return max(delay, verdict.at_least, told)
