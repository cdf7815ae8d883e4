"""The waiting jobs of a node, in the order in which they may start.

Users share the time that jobs take, so that a user with one short text does not wait for those who
have queued slow files, however many. Jobs that gave way (`domain.jobs.Deferred`) wait in a lane of
their own. While both lanes have waiting jobs, neither gets all slots, so that neither blocks the
other.
"""

from collections.abc import Callable, Iterator

from basicchat.domain.fair_queue import FairQueue
from basicchat.domain.tasks import QueuedTask

# The jobs of several users.
Lane = FairQueue[QueuedTask]
# The key of a payload with the size of the file that its job works on.
BYTES = "bytes"
# The least that a job is charged, and the most that one is expected to take before it gives way.
MIN_SECONDS = 1 / 16
MAX_SECONDS = 2.0
BYTES_PER_SECOND = 200_000


class JobQueue:
    """Waiting jobs and the slots of running ones.

    Args:
        slots: how many jobs may run at the same time, at least 2.
        only_waits: whether a job only waits for work that is limited elsewhere; such jobs start at
            once and take no slot.
        now: the time in seconds, which never goes back.
    """

    def __init__(
        self,
        slots: int,
        only_waits: Callable[[QueuedTask], bool],
        now: Callable[[], float],
    ) -> None:
        self._slots = max(slots, 2)
        self._only_waits = only_waits
        self._now = now
        self._unlimited = Lane(_expected_seconds)
        self._first = Lane(_expected_seconds)
        self._deferred = Lane(_expected_seconds)
        self._running: dict[Lane, dict[str, tuple[QueuedTask, float]]] = {
            self._first: {},
            self._deferred: {},
        }

    def add(self, queued: QueuedTask) -> None:
        """Add a job."""
        self._lane(queued).add(queued.task.user_id, queued)

    def _lane(self, queued: QueuedTask) -> Lane:
        if self._only_waits(queued):
            return self._unlimited
        return self._deferred if queued.deferred else self._first

    def take(self) -> QueuedTask | None:
        """Take a job that may start now, with a slot that `release` returns; None if none may."""
        queued = self._unlimited.take()
        if queued is not None:
            return queued
        for lane, other in ((self._first, self._deferred), (self._deferred, self._first)):
            if len(lane) and self._may_start(lane, other):
                queued = lane.take()
                if queued is not None:
                    self._running[lane][queued.task.task_id] = queued, self._now()
                return queued
        return None

    def _may_start(self, lane: Lane, other: Lane) -> bool:
        free = self._slots - sum(map(len, self._running.values()))
        # Deferred jobs leave a slot free at all times, because they keep theirs for long.
        reserved = 1 if lane is self._deferred or len(other) else 0
        return free > 0 and len(self._running[lane]) < self._slots - reserved

    def release(self, task_id: str) -> None:
        """Return the slot of a job that no longer runs, and charge its user the time."""
        for lane, running in self._running.items():
            if task_id in running:
                queued, since = running.pop(task_id)
                seconds = max(self._now() - since, MIN_SECONDS)
                lane.settle(queued.task.user_id, queued, seconds)

    def remove(self, task_id: str) -> QueuedTask | None:
        """Remove a waiting job; returns it, or None if it does not wait here."""
        queued = next((each for each in self if each.task.task_id == task_id), None)
        if queued is not None:
            self._lane(queued).remove(queued.task.user_id, queued)
        return queued

    def __iter__(self) -> Iterator[QueuedTask]:
        yield from self._unlimited
        yield from self._first
        yield from self._deferred

    def __len__(self) -> int:
        return len(self._unlimited) + len(self._first) + len(self._deferred)


def _expected_seconds(queued: QueuedTask) -> float:
    size = int(queued.payload.get(BYTES, 0))
    return min(MIN_SECONDS + size / BYTES_PER_SECOND, MAX_SECONDS)
