"""The port of background work: jobs that survive a restart and run on one node at a time.

The rows of the task table are the queue. The node that records a job holds a lease on it, which it
renews until the job has ended. If the lease expires because its node died, another node takes over
the job and starts it again. A node that lost a lease stops the work and records nothing more.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from basicchat.domain.ports import Job
from basicchat.domain.store import Transaction
from basicchat.domain.values import Task, Value

# The key of a payload that is true once its job has given way and was started again.
DEFERRED = "deferred"


class Deferred(Exception):
    """Raised by a job that gives way to others, because it takes longer than most.

    Its node puts it at the end of the queue and starts it again, with `DEFERRED` in its payload.
    It then competes only with other jobs that gave way.

    Args:
        message: shown with the task while it waits.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class JobKind(Value, frozen=True, kw_only=True):
    """A kind of job.

    Attributes:
        waits: true if its jobs only wait for work that is done, and limited, elsewhere. They start
            at once, and do not count towards the limit of running jobs.
    """

    name: str
    waits: bool = False


class Jobs(Protocol):
    """Records, runs, cancels and awaits jobs, most of all those that this node holds."""

    async def submit(self, kind: str, user_id: str, payload: dict[str, Any]) -> Task:
        """Queue a job in a transaction of its own.

        Raises:
            InvalidInput: there is no such kind.
        """
        ...

    async def record(
        self, change: Transaction, kind: str, user_id: str, payload: dict[str, Any]
    ) -> Task:
        """Queue a job as part of a change; call `wake` once the change is committed.

        Args:
            payload: its `subject` is the id of what the job works on, if any.

        Raises:
            InvalidInput: there is no such kind.
        """
        ...

    def wake(self) -> None:
        """Start the waiting jobs that may run."""
        ...

    async def recover(self, gone: Collection[str] = ()) -> None:
        """Resume jobs that this node left unfinished before a restart, and those of dead nodes."""
        ...

    async def cancel(self, task_id: str) -> bool:
        """Cancel a job, whichever node holds it; False if it has ended."""
        ...

    async def holder(self, task_id: str) -> str | None:
        """The other node that holds a job that has not ended; None if none does."""
        ...

    async def cancel_of(self, user_id: str, *, keys_left: Collection[str] | None = None) -> None:
        """Cancel a user's jobs.

        Args:
            keys_left: cancel only jobs that were requested with an API key that is not among these.
        """
        ...

    async def wait(self, task_ids: Collection[str]) -> None:
        """Wait until none of these tasks is queued or running at this node."""
        ...

    @property
    def open(self) -> dict[str, int]:
        """The numbers of `waiting` and `running` jobs."""
        ...

    async def run(self, handlers: Mapping[str, Job]) -> None:
        """Work until cancelled; unfinished jobs start again after a restart.

        Args:
            handlers: the functions that do the work, by kind; they must tolerate a second start.
        """
        ...
