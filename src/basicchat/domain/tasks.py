"""The part of the store's port that keeps background work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from basicchat.domain.values import Task, Value


class QueuedTask(Value, frozen=True, kw_only=True):
    """A task that has not ended, and what it was given."""

    task: Task
    payload: dict[str, Any]


class TaskReads(Protocol):
    """What can be read of tasks, and the dropping of old ones."""

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        ...

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        ...

    async def unfinished_tasks(self) -> tuple[QueuedTask, ...]:
        """Tasks that have not ended, oldest first."""
        ...

    async def drop_tasks(self, *, ended_before: datetime, at_most: int) -> int:
        """Drop tasks that ended so long ago, and no more than so many; how many."""
        ...


class TaskWrites(Protocol):
    """What a transaction changes of tasks."""

    async def put_task(self, task: Task, payload: Mapping[str, Any] | None = None) -> None:
        """Add a task with its payload, or change one."""
        ...

    async def task(self, task_id: str) -> Task | None:
        """The task as it is in this transaction."""
        ...
