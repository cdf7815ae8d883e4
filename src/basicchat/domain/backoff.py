"""Pauses between the attempts of something that fails, as long as it fails."""

# Far beyond any limit; keeps the power small.
_MAX_DOUBLINGS = 30


class Backoff:
    """A pause that doubles with each failure in a row.

    Args:
        first: the pause after the first failure, in seconds.
        limit: the longest pause, in seconds.

    Attributes:
        failures: how many there were in a row.
    """

    __slots__ = ("_first", "_limit", "failures")

    def __init__(self, first: float, limit: float) -> None:
        self._first = first
        self._limit = limit
        self.failures = 0

    @property
    def seconds(self) -> float:
        """The pause after the latest failure; 0 if the latest attempt succeeded."""
        if not self.failures:
            return 0.0
        doublings = min(self.failures - 1, _MAX_DOUBLINGS)
        return min(self._first * 2.0**doublings, self._limit)

    def failed(self) -> float:
        """Count a failure; returns the pause before the next attempt, in seconds."""
        self.failures += 1
        return self.seconds

    def succeeded(self) -> None:
        """Begin with the first pause again."""
        self.failures = 0
