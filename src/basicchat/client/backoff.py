"""When and how to come back after a connection has ended."""

from collections.abc import Callable
from typing import Literal

import msgspec

from basicchat.protocol.errors import Close

FIRST_SECONDS = 0.25
MOST_SECONDS = 30.0
TOO_MANY_SECONDS = 5.0
NO_CODE = 1006  # RFC 6455, 7.1.5: the connection ended without a close frame
# Of three attempts that fail one after the other, the third goes over HTTP.
HTTP_EVERY = 3


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """How long a client waits for what, in seconds.

    Attributes:
        first: the first wait before connecting anew, on average twice what it comes to.
        most: what that wait doubles up to.
        progress: a request that makes no progress for so long has failed.
        probe: a connection silent for so long is asked for a sign of life while requests wait.
        reply: a connection that then says nothing for so long is given up.
        opening: how long opening a connection may take.
        climb_first: over HTTP, when WebSocket is tried for the first time.
        climb: how often from then on.
        idle_poll: the pause after a long-poll that brought nothing new.
        inherit: how often it is looked whether the program has ended that has the queue's storage.
    """

    first: float = FIRST_SECONDS
    most: float = MOST_SECONDS
    progress: float = 30.0
    probe: float = 10.0
    reply: float = 10.0
    opening: float = 10.0
    climb_first: float = 2.0
    climb: float = 60.0
    idle_poll: float = 0.25
    inherit: float = 10.0

    def delay(self, attempt: int, random: Callable[[], float]) -> float:
        """Seconds to wait before an attempt, counted from 0: exponential, with full jitter.

        Anything between nothing and a cap that doubles with each attempt (Brooker, "Exponential
        Backoff And Jitter", 2015).

        Args:
            random: a number in [0, 1).
        """
        return random() * min(self.most, self.first * 2.0 ** min(attempt, 60))


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
