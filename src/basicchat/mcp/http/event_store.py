"""Recent events of a session's streams, for clients that resume them (SEP-1699)."""

import secrets
from collections import OrderedDict
from typing import NamedTuple

MAX_EVENTS = 200
MAX_BYTES = 256 * 1024


class Event(NamedTuple):
    """An event of a stream; the frame is empty where the stream only started or continued."""

    stream: int
    frame: bytes


class MissedEvents(NamedTuple):
    """The frames of a stream that a client has missed, with the ids of their events."""

    stream: int
    frames: list[tuple[str, bytes]]


class EventStore:
    """The latest events of one session; their ids are valid in this session alone."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8)
        self._last = 0
        self._events: OrderedDict[str, Event] = OrderedDict()
        self._bytes = 0

    def keep(self, stream: int, frame: bytes = b"") -> str:
        """Store an event, and drop the oldest ones over the limits. Returns its id."""
        self._last += 1
        event_id = f"{self._prefix}-{self._last}"
        self._events[event_id] = Event(stream, frame)
        self._bytes += len(frame)
        while len(self._events) > MAX_EVENTS or self._bytes > MAX_BYTES:
            _, gone = self._events.popitem(last=False)
            self._bytes -= len(gone.frame)
        return event_id

    def after(self, event_id: str) -> MissedEvents | None:
        """The later events of an event's stream; None if the event was dropped."""
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
