"""How far a client has got in each stream of durable events."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from basicchat.protocol.types import Cursor

RawEvent = Mapping[str, Any]


class Accepted(msgspec.Struct, frozen=True):
    """What is new of some events, where the stream then stands, and whether some are missing."""

    events: Sequence[RawEvent]
    cursor: Cursor | None
    gap: bool = False


def accept_events(cursor: Cursor | None, epoch: str, events: Sequence[RawEvent]) -> Accepted:
    """Sort durable events against a cursor: what is new, what is known, what is missing.

    Args:
        cursor: how far the stream is known; None if it is not known at all.
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
