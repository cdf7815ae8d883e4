"""Events of a session's streams, kept for a client whose connection breaks (SEP-1699)."""

import secrets
from collections import OrderedDict
from typing import NamedTuple

MAX_EVENTS = 200
MAX_BYTES = 256 * 1024


class Event(NamedTuple):
    """What a stream carried; no frame where it only began, or went on."""

    stream: int
    frame: bytes


class MissedEvents(NamedTuple):
    """What a client has missed of a stream: frames, by the ids of their events."""

    stream: int
    frames: list[tuple[str, bytes]]


class EventStore:
    """The latest events of one session, and of no other: its ids mean nothing elsewhere."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8)
        self._last = 0
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._bytes = 0

    def keep(self, stream: int, frame: bytes = b"") -> str:
        """Keep an event, and forget the oldest if there are too many; its id."""
        self._last += 1
        event_id = f"{self._prefix}-{self._last}"
        self._events[event_id] = Event(stream, frame)
        self._bytes += len(frame)
        while len(self._events) > MAX_EVENTS or self._bytes > MAX_BYTES:
            _, gone = self._events.popitem(last=False)
            self._bytes -= len(gone.frame)
        return event_id

    def after(self, event_id: str) -> MissedEvents | None:
        """What came on the same stream since an event; None if that is not known any more."""
        known = self._events.get(event_id)
        if known is None:
            return None
        ids = list(self._events)
        later = ids[ids.index(event_id) + 1 :]
        same = [(each, self._events[each]) for each in later]
        frames = [
            (each, event.frame)
            for each, event in same
            if event.stream == known.stream and event.frame
        ]
        return MissedEvents(known.stream, frames)
