"""Events of a session's streams, kept for a client whose connection breaks (SEP-1699)."""

import secrets
from collections import OrderedDict
from typing import Any

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCMessage

MAX_EVENTS = 200
MAX_BYTES = 256 * 1024


def _weight(value: Any) -> int:
    """About how many bytes a message takes; cheaper than to encode it once more."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _weight(each) for key, each in value.items())
    if isinstance(value, list):
        return sum(map(_weight, value))
    return 8


class SessionEvents(EventStore):
    """The latest events of one session, and of no other: its ids mean nothing elsewhere."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(8)
        self._last = 0
        self._events: OrderedDict[str, tuple[str, JSONRPCMessage | None, int]] = OrderedDict()
        self._bytes = 0

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event, and forget the oldest if there are too many."""
        self._last += 1
        event_id = f"{self._prefix}-{self._last}"
        size = 0 if message is None else _weight(vars(message))
        self._events[event_id] = (stream_id, message, size)
        self._bytes += size
        while len(self._events) > MAX_EVENTS or self._bytes > MAX_BYTES:
            _, (_, _, gone) = self._events.popitem(last=False)
            self._bytes -= gone
        return event_id

    async def replay_events_after(
        self, last_event_id: str, send_callback: EventCallback
    ) -> str | None:
        """Send what came on the same stream since; nothing if that is not known any more."""
        known = self._events.get(last_event_id)
        if known is None:
            return None
        missed, found = [], False
        for event_id, (stream_id, message, _) in self._events.items():
            if found and stream_id == known[0] and message is not None:
                missed.append(EventMessage(message, event_id))
            found = found or event_id == last_event_id
        for event in missed:
            await send_callback(event)
        return known[0]
