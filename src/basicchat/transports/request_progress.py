"""The size of a request's head, and deadlines for the arrival of head and body.

The head must arrive within seconds, then the body at a minimum rate, as with Apache's
mod_reqtimeout: each received byte of the body buys time, so a phone may send slowly and pause, but
not stop.
"""

from typing import Literal

MAX_HEAD_BYTES = 64 * 1024
MAX_FIELDS = 100
HEAD_SECONDS = 10.0
# A reserved connection is in the way of the next health check.
RESERVED_HEAD_SECONDS = 2.0
BODY_SECONDS = 20.0
BODY_BYTES_PER_SECOND = 500
MAX_BODY_CREDIT_SECONDS = 60.0
# How long the rest of a body is still read once its request has been answered.
REST_SECONDS = 10.0

State = Literal["head", "body", "rest", "complete"]


class RequestProgress:
    """The deadline of the request that is arriving on a connection.

    Attributes:
        state: what is arriving: the head, the body, or the rest of a body whose request has been
            answered already; "complete" while nothing is awaited.
        deadline: when it must have arrived, in the loop's time.
    """

    __slots__ = ("_body_bytes", "_head_seconds", "deadline", "state")

    def __init__(self) -> None:
        self.state: State = "complete"
        self.deadline = 0.0
        self._body_bytes = 0
        self._head_seconds = HEAD_SECONDS

    def hurry(self) -> None:
        """Use the shorter deadline of reserved connections."""
        self._head_seconds = RESERVED_HEAD_SECONDS

    def expect_head(self, now: float) -> None:
        """A head has begun to arrive, or is due on a new connection."""
        self.state, self.deadline = "head", now + self._head_seconds

    def expect_body(self, now: float) -> None:
        """A head is complete, and a body follows."""
        self.state, self.deadline = "body", now + BODY_SECONDS
        self._body_bytes = 0

    def expect_rest(self, now: float) -> None:
        """The request has been answered before all of its body arrived."""
        self.state, self.deadline = "rest", now + REST_SECONDS

    def complete(self) -> None:
        """The request has arrived."""
        self.state = "complete"

    def received(self, size: int) -> None:
        """Count bytes of the body."""
        self._body_bytes += size

    def late(self, now: float, *, paused: bool) -> bool:
        """Whether the deadline has passed.

        Args:
            paused: the server itself has stopped reading, which the client cannot be blamed for.
        """
        if self.state == "body":
            earned = self._body_bytes / BODY_BYTES_PER_SECOND
            self._body_bytes = 0
            self.deadline = min(self.deadline + earned, now + MAX_BODY_CREDIT_SECONDS)
            if paused:
                self.deadline = max(self.deadline, now + BODY_SECONDS)
        return now >= self.deadline
