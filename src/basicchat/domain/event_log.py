"""The port of the numbered log: one per stream, written in the transaction of the change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from basicchat.domain.events import Event, EventType, Position
from basicchat.domain.values import Value

V = TypeVar("V", bound=Value)


class Replay(Value, frozen=True, kw_only=True):
    """The events of a stream after a cursor: all of them (`recovered`), or none."""

    recovered: bool
    position: Position
    events: tuple[Event, ...] = ()


class LogReads(Protocol):
    """Reads of the log."""

    async def position(self, stream: str) -> Position | None:
        """The current position of a stream; None if the stream does not exist."""
        ...

    async def positions(self, streams: Sequence[str]) -> Mapping[str, int]:
        """The current seq of each of these streams; those that do not exist are missing."""
        ...

    async def replay(self, stream: str, cursor: Position, limit: int) -> Replay | None:
        """The events after a cursor. Not recovered: another epoch, trimmed, or over the limit."""
        ...


class LogWrites(Protocol):
    """Writes to the log within a transaction."""

    @property
    def events(self) -> Sequence[Event]:
        """The events recorded so far."""
        ...

    async def record(
        self, stream: str, type: EventType, subject: str, make: Callable[[int], V]
    ) -> V:
        """Number an event in its stream and store it.

        Args:
            subject: the id of what the event is about.
            make: builds the event's data, given its seq. Events of users' streams may get their seq
                at the end of the transaction, so their data must not depend on it.

        Raises:
            NotFound: the stream does not exist.
        """
        ...

    async def record_each(
        self, type: EventType, subject: str, shared: Value, own: Mapping[str, Value]
    ) -> None:
        """Number an event in each of several streams and store it; unknown streams are skipped.

        Args:
            subject: the id of what all the events are about.
            shared: the fields that the data of all events share.
            own: by stream, the other fields of its data; each has at least one.
        """
        ...

    async def scrub(self, subject: str, type: EventType, data: Mapping[str, str] | Value) -> None:
        """Replace the data of all events about a subject, and delete the tasks about it.

        A replay then reveals nothing about the subject, and every event still has a valid shape.
        """
        ...
