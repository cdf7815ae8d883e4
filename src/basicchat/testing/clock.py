"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `domain.ports.Clock`.

    Args:
        now: the initial time of the wall clock, with a time zone.
    """

    def __init__(self, now: datetime = datetime(2026, 11, 1, 12, tzinfo=UTC)) -> None:
        self._start = now
        self._seconds = 0.0

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Seconds since this clock was made."""
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Advance both clocks."""
        self._seconds += seconds
