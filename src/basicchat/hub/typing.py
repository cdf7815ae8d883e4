"""Who is writing where. It lapses by itself: one queue in the order of time, and one timer."""

import asyncio
from collections import OrderedDict

import msgspec

from basicchat.domain.events import Signal, room_stream
from basicchat.domain.ports import Clock
from basicchat.domain.values import User
from basicchat.hub.hub import Hub

LAPSE_SECONDS = 6.0
# Who says so again within this only begins the time anew.
REPEAT_SECONDS = 2.0
MOST = 10_000


class _Writing(msgspec.Struct):
    user: User
    until: float
    told_at: float


class Typing:
    """Tells of users who write, and of their ceasing; at most 10,000 are known at a time."""

    def __init__(self, hub: Hub, clock: Clock, *, lapse_seconds: float = LAPSE_SECONDS) -> None:
        self._hub = hub
        self._clock = clock
        self._lapse_seconds = lapse_seconds
        self._writing: OrderedDict[tuple[str, str], _Writing] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def set(self, room_id: str, user: User, *, typing: bool) -> None:
        """A user writes, or has ceased to."""
        if not typing:
            self.stop(room_id, user.id)
            return
        now, key = self._clock.monotonic(), (room_id, user.id)
        known = self._writing.get(key)
        if known is None:
            if len(self._writing) >= MOST:
                return
            known = self._writing[key] = _Writing(user, 0.0, now - REPEAT_SECONDS)
        known.until = now + self._lapse_seconds
        self._writing.move_to_end(key)
        if now - known.told_at >= REPEAT_SECONDS:
            known.told_at = now
            self._tell(room_id, user, typing=True)
        self._wind()

    def stop(self, room_id: str, user_id: str) -> None:
        """A user has ceased to write, if they did."""
        known = self._writing.pop((room_id, user_id), None)
        if known is not None:
            self._tell(room_id, known.user, typing=False)

    def lapse(self) -> None:
        """End what has not been renewed in time."""
        now = self._clock.monotonic()
        while self._writing:
            (room_id, user_id), first = next(iter(self._writing.items()))
            if first.until > now:
                return
            self.stop(room_id, user_id)

    def _tell(self, room_id: str, user: User, *, typing: bool) -> None:
        data = {"user": {"id": user.id, "name": user.name}, "typing": typing}
        self._hub.deliver(Signal(stream=room_stream(room_id), type="typing", data=data))

    def _wind(self) -> None:
        if self._timer is None and self._writing:
            first = next(iter(self._writing.values()))
            wait = max(first.until - self._clock.monotonic(), 0.0)
            self._timer = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.lapse()
        self._wind()
