"""Orders the committed events of one stream, whichever node committed them.

Events arrive from this node's commits, from other nodes over the bus, and from the log. With
concurrent writers they arrive in any order; over the bus they may arrive twice or be lost. The
sequencer releases each event exactly once, by ascending `seq`, and tells when the log has to be
read.

`seq` is the position up to which everything was released. It is None until the first subscriber
starts it at the end of its snapshot or replay, because until then the first event is unknown.
"""

from collections.abc import Sequence

from basicchat.domain.events import Event

# The maximum number of early events to keep; the rest are dropped and read from the log.
MAX_EARLY = 256


class StreamSequencer:
    """Pure logic: takes events in any order, and returns those that may be delivered now."""

    __slots__ = ("_early", "_newest", "seq")

    def __init__(self) -> None:
        self.seq: int | None = None
        self._early: dict[int, Event] = {}
        self._newest = 0

    def start(self, seq: int) -> Sequence[Event]:
        """Begin to release events after a position.

        Returns:
            all events taken so far, in order, including those up to the position: a subscriber with
            an earlier position may be missing them.
        """
        taken = [self._early[each] for each in sorted(self._early)]
        self.seq = seq
        self._early = {event.seq: event for event in taken if event.seq > seq}
        self._release()
        return taken

    def take(self, event: Event) -> Sequence[Event]:
        """Take an event; returns the events to deliver now, including those that waited for it."""
        seq = self.seq
        if seq is not None:
            if event.seq == seq + 1 and not self._early:
                self.seq = event.seq
                return (event,)
            if event.seq <= seq:
                return ()
        self.expect(event.seq)
        # The next event is always kept, so that reading the log makes progress.
        if len(self._early) < MAX_EARLY or (seq is not None and event.seq == seq + 1):
            self._early[event.seq] = event
        return self._release()

    def expect(self, seq: int) -> None:
        """Note that the log has reached a position, even if its events have not arrived yet."""
        self._newest = max(self._newest, seq)

    @property
    def is_new(self) -> bool:
        """True if it has neither begun nor taken an event."""
        return self.seq is None and not self._newest

    @property
    def has_gap(self) -> bool:
        """True if events after `seq` have to be read from the log."""
        return self.seq is not None and self._newest > self.seq

    def skip_gap(self) -> Sequence[Event]:
        """Skip events that the log no longer has; returns the events to deliver now."""
        if not self.has_gap:
            return ()
        self.seq = min(self._early, default=self._newest + 1) - 1
        return self._release()

    def _release(self) -> Sequence[Event]:
        if self.seq is None:
            return ()
        released = []
        while (event := self._early.pop(self.seq + 1, None)) is not None:
            released.append(event)
            self.seq = event.seq
        return released
