"""Checks durable events against the cursor of their stream."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from basicchat.protocol.types import Cursor

RawEvent = Mapping[str, Any]


class Accepted(msgspec.Struct, frozen=True):
    """The events of a frame that are new, the cursor after them, and whether events are missing."""

    events: Sequence[RawEvent]
    cursor: Cursor | None
    gap: bool = False


def accept_events(cursor: Cursor | None, epoch: str, events: Sequence[RawEvent]) -> Accepted:
    """Return the events that are new after a cursor, and detect gaps.

    After a gap, or in another epoch, no event is accepted and the cursor stays.

    Args:
        cursor: the last event that is known; None if the stream is unknown.
        events: in order, each with its `seq`.
    """
    if not events:
        return Accepted((), cursor)
    after = Cursor(epoch, events[-1]["seq"])
    if cursor is None:
        return Accepted(events, after)
    if cursor.epoch != epoch:
        return Accepted((), cursor, gap=True)
    fresh = [event for event in events if event["seq"] > cursor.seq]
    if not fresh:
        return Accepted((), cursor)
    if fresh[0]["seq"] != cursor.seq + 1:
        return Accepted((), cursor, gap=True)
    return Accepted(fresh, after)
