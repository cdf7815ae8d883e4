"""How fast a session may send, over whatever connections it has."""

from collections import OrderedDict

MAX_SESSIONS = 100_000


class Rate:
    """The state of one session's limit.

    Attributes:
        next_arrival: theoretical arrival time of the next message, in seconds of the monotonic
            clock (generic cell rate algorithm; ITU-T I.371).
    """

    __slots__ = ("next_arrival",)

    def __init__(self) -> None:
        self.next_arrival = 0.0


class Rates:
    """The rates of the 100,000 sessions that were used last."""

    def __init__(self) -> None:
        self._rates: OrderedDict[str, Rate] = OrderedDict()

    def of(self, session_id: str) -> Rate:
        """The rate that all connections of a session share."""
        rate = self._rates.setdefault(session_id, Rate())
        self._rates.move_to_end(session_id)
        if len(self._rates) > MAX_SESSIONS:
            self._rates.popitem(last=False)
        return rate
