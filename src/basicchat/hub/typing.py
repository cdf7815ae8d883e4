"""Typing indicators, which expire unless renewed: one queue ordered by expiry, and one timer.

The node of the typing user signals the subscribers on all nodes, and lets the indicator expire.
"""

import asyncio
from collections import OrderedDict

import msgspec

from basicchat.domain.events import Signal, room_stream
from basicchat.domain.ports import Clock
from basicchat.domain.values import User
from basicchat.hub.hub import Hub

LAPSE_SECONDS = 6.0
# A repetition within this time only renews the indicator.
REPEAT_SECONDS = 2.0
MAX_INDICATORS = 10_000


class _Indicator(msgspec.Struct):
    user: User
    until: float
    sent_at: float


class Typing:
    """Signals to rooms who is typing; at most 10,000 indicators at a time.

    Args:
        alone: whether there can be no other node.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        *,
        lapse_seconds: float = LAPSE_SECONDS,
        alone: bool = True,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._lapse_seconds = lapse_seconds
        self._alone = alone
        self._indicators: OrderedDict[tuple[str, str], _Indicator] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, room_id: str, user: User, *, typing: bool) -> None:
        """Set or clear a user's indicator in a room."""
        if not typing:
            # The user may have begun to type over a connection to another node.
            if not self.stop(room_id, user.id) and not self._alone:
                self._send(room_id, user, typing=False)
            return
        now, key = self._clock.monotonic(), (room_id, user.id)
        indicator = self._indicators.get(key)
        if indicator is None:
            if len(self._indicators) >= MAX_INDICATORS:
                return
            indicator = self._indicators[key] = _Indicator(user, 0.0, now - REPEAT_SECONDS)
        indicator.until = now + self._lapse_seconds
        self._indicators.move_to_end(key)
        if now - indicator.sent_at >= REPEAT_SECONDS:
            indicator.sent_at = now
            self._send(room_id, user, typing=True)
        self._set_timer()

    def stop(self, room_id: str, user_id: str) -> bool:
        """Clear a user's indicator; false if this node has none."""
        indicator = self._indicators.pop((room_id, user_id), None)
        if indicator is None:
            return False
        self._send(room_id, indicator.user, typing=False)
        return True

    def lapse(self) -> None:
        """Clear expired indicators."""
        now = self._clock.monotonic()
        while self._indicators:
            (room_id, user_id), first = next(iter(self._indicators.items()))
            if first.until > now:
                return
            self.stop(room_id, user_id)

    def _send(self, room_id: str, user: User, *, typing: bool) -> None:
        data = {"user": {"id": user.id, "name": user.name}, "typing": typing}
        self._hub.deliver(Signal(stream=room_stream(room_id), type="typing", data=data))

    def _set_timer(self) -> None:
        if self._timer is None and self._indicators:
            first = next(iter(self._indicators.values()))
            wait = max(first.until - self._clock.monotonic(), 0.0)
            self._timer = asyncio.get_running_loop().call_later(wait, self._timer_fired)

    def _timer_fired(self) -> None:
        self._timer = None
        self.lapse()
        self._set_timer()
