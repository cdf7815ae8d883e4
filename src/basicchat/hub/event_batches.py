"""Groups events that are pending at the same time into frames."""

from collections.abc import Iterable, Iterator

from basicchat.domain.events import Event, Events
from basicchat.hub.outbox import Broadcast

MAX_BATCH_EVENTS, MAX_BATCH_BYTES = 50, 64 * 1024


def batches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """Split a stream's events, in order, into groups that fit into one frame."""
    batch: list[Event] = []
    size = 0
    for event in events:
        more = memoryview(event.data).nbytes
        if batch and (
            len(batch) == MAX_BATCH_EVENTS
            or size + more > MAX_BATCH_BYTES
            or event.epoch != batch[0].epoch
        ):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += more
    if batch:
        yield batch


def broadcast_of(events: list[Event]) -> Broadcast:
    """The broadcast of one event, or of several in one frame."""
    first = events[0]
    if len(events) == 1:
        return Broadcast(first)
    return Broadcast(Events(stream=first.stream, epoch=first.epoch, events=tuple(events)))
