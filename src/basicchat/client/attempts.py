"""One connection at a time: how far it got, how it ended, and whether it still lives."""

from collections.abc import Callable
from typing import Literal

import msgspec

from basicchat.client.backoff import Rhythm, Verdict
from basicchat.client.errors import ChatError
from basicchat.client.events import Transport
from basicchat.client.links import Link


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How links are made; a way that is None is not taken.

    Attributes:
        first: makes the link of choice.
        fallback: makes the one over HTTP; it is given what to tell of how events come.
    """

    first: Callable[[], Link] | None
    fallback: Callable[[Callable[[Transport], None]], Link] | None


class Attempt:
    """One link, and how far it got."""

    def __init__(self, number: int, now: float) -> None:
        self.hello_id = f"hello-{number}"
        self.link: Link | None = None
        self.resuming = False
        self.welcomed = False
        self.since = now


class Ending(msgspec.Struct, frozen=True):
    """How an attempt ended, and what is to be done; `blocked` if it never got to the server."""

    attempt: Attempt
    verdict: Verdict
    blocked: bool = False
    error: ChatError | None = None


class Pulse:
    """Tells from the times of what was heard whether a connection is alive.

    Browsers and this client alike do not see the server's pings, so silence is answered with a
    question.
    """

    def __init__(self, rhythm: Rhythm) -> None:
        self._rhythm = rhythm
        self.heard_at = 0.0
        self.probed_at: float | None = None

    def heard(self, now: float) -> None:
        """Something came."""
        self.heard_at, self.probed_at = now, None

    def probed(self, now: float) -> None:
        """A sign of life has been asked for."""
        self.probed_at = now

    def verdict(
        self, attempt: Attempt, now: float, patience: float
    ) -> Literal["alive", "probe", "dead"]:
        """What to think of a connection.

        Args:
            patience: seconds of silence that need no question.
        """
        if not attempt.welcomed:
            return "dead" if now - attempt.since > self._rhythm.progress else "alive"
        if self.probed_at is not None:
            return "dead" if now - self.probed_at > self._rhythm.reply else "alive"
        return "probe" if now - max(self.heard_at, attempt.since) > patience else "alive"
