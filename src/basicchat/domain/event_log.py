"""The numbered log's port: one log a stream, written in the transaction of the change itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from basicchat.domain.events import Event, EventType, Position
from basicchat.domain.values import Value

V = TypeVar("V", bound=Value)


class Replay(Value, frozen=True, kw_only=True):
    """What a stream has after a cursor: all of it (`recovered`), or nothing."""

    recovered: bool
    position: Position
    events: tuple[Event, ...] = ()


class LogReads(Protocol):
    """What can be read of the log."""

    async def position(self, stream: str) -> Position | None:
        """Where a stream is now; None if there is no such stream."""
        ...

    async def replay(self, stream: str, cursor: Position, limit: int) -> Replay | None:
        """What came after a cursor. Not recovered: other epoch, trimmed, or more than limit."""
        ...


class LogWrites(Protocol):
    """What a transaction writes into the log."""

    @property
    def events(self) -> Sequence[Event]:
        """The events recorded so far."""
        ...

    async def record(
        self, stream: str, type: EventType, subject: str, make: Callable[[int], V]
    ) -> V:
        """Number an event in its stream and keep it.

        Args:
            subject: id of the thing the event tells of.
            make: builds the event's data, given its seq.

        Raises:
            NotFound: there is no such stream.
        """
        ...

    async def record_each(
        self, type: EventType, subject: str, shared: Value, own: Mapping[str, Value]
    ) -> None:
        """Number an event in each of several streams, and keep them. What is no stream is left out.

        Args:
            subject: id of the thing that all of them tell of.
            shared: fields that the data of all have.
            own: by stream, the other fields of its data; each has at least one.
        """
        ...

    async def scrub(self, subject: str, type: EventType, data: Mapping[str, str] | Value) -> None:
        """Make all events about a subject tell of its end, and delete all tasks about it.

        So who replays them learns nothing of what it was, and gets no event without its shape.
        """
        ...
