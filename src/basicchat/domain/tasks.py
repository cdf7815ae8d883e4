"""The part of the store's port for background tasks and their leases."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from basicchat.domain.values import Task, Value


class QueuedTask(Value, frozen=True, kw_only=True):
    """An unfinished task and its payload; `deferred` once its job has given way to others."""

    task: Task
    payload: dict[str, Any]
    deferred: bool = False


class Lease(Value, frozen=True, kw_only=True):
    """A node's claim on a task; after `expires_at` any node may take the task."""

    owner: str
    expires_at: datetime


class TaskReads(Protocol):
    """Reads of tasks, and the deletion of old ones."""

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        ...

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        ...

    async def unfinished_tasks(self, user_id: str, kind: str) -> int:
        """How many of a user's tasks of a kind have not ended."""
        ...

    async def lease(self, task_id: str) -> Lease | None:
        """The lease on an unfinished task, valid or not."""
        ...

    async def has_expired_leases(self, now: datetime, owner: str | None) -> bool:
        """Whether an unfinished task has no valid lease, or one of this owner."""
        ...

    async def drop_tasks(self, *, ended_before: datetime, limit: int) -> int:
        """Delete tasks that ended before a time, a limited number at once; returns how many."""
        ...


class TaskWrites(Protocol):
    """Writes of tasks within a transaction."""

    async def put_task(
        self, task: Task, payload: Mapping[str, Any] | None = None, lease: Lease | None = None
    ) -> None:
        """Add a task with its payload and lease, or change one."""
        ...

    async def renew_leases(self, lease: Lease, task_id: str | None = None) -> frozenset[str]:
        """Extend all leases that the owner holds on unfinished tasks, or its lease on one task.

        Returns:
            ids of the tasks whose leases were extended.
        """
        ...

    async def take_leases(
        self, lease: Lease, now: datetime, *, own: bool
    ) -> tuple[QueuedTask, ...]:
        """Lease all unfinished tasks whose lease has expired or is missing, oldest first.

        Args:
            own: take those that the lease's owner holds, too.
        """
        ...

    async def seize_lease(self, lease: Lease, task_id: str) -> QueuedTask | None:
        """Lease an unfinished task, whoever holds it; None if it has ended.

        The node that held it stops its work as soon as it notices, and records nothing more.
        """
        ...

    async def release_leases(self, owners: Collection[str]) -> None:
        """End all leases that these owners hold on unfinished tasks."""
        ...

    async def task(self, task_id: str) -> Task | None:
        """The task as it is in this transaction."""
        ...
