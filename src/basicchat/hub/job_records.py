"""The rows of background jobs, and the events that report their changes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec

from basicchat.domain.errors import BasicChatError, Cancelled, JobFailed
from basicchat.domain.events import user_stream
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock
from basicchat.domain.store import Transaction
from basicchat.domain.tasks import QueuedTask
from basicchat.domain.values import ErrorDetail, Task
from basicchat.hub.hub import Hub
from basicchat.hub.job_leases import JobLeases

Result = dict[str, Any] | Exception | None


class JobRecords:
    """Adds and changes the rows of jobs; a row is changed only while this node holds its lease.

    Args:
        describe: maps an unexpected exception to a message for the user.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        leases: JobLeases,
        describe: Callable[[Exception], tuple[str, ErrorDetail]],
        metrics: Metrics,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._leases = leases
        self._describe = describe
        self._metrics = metrics

    async def add(
        self, change: Transaction, kind: str, user_id: str, payload: Mapping[str, Any]
    ) -> Task:
        """Add the row of a new job."""
        task = Task(
            task_id=f"t_{uuid4().hex}",
            kind=kind,
            status="pending",
            progress=0.0,
            message="Waiting",
            user_id=user_id,
            created_at=self._clock.now(),
        )
        await change.put_task(task, payload, self._leases.new())
        await _record_event(change, task, payload)
        return task

    async def change(self, queued: QueuedTask, **changes: Any) -> bool:
        """Change an unfinished task that this node holds; False if that is not possible."""
        task_id = queued.task.task_id
        async with self._hub.change() as change:
            task = await change.task(task_id)
            # The task may have been deleted together with its document.
            if task is None or task.status not in ("pending", "running"):
                return False
            if not await change.renew_leases(self._leases.new(), task_id):
                return False
            changed = msgspec.structs.replace(task, **changes, updated_at=self._clock.now())
            await change.put_task(changed)
            await _record_event(change, changed, queued.payload)
        if changed.status not in ("pending", "running"):
            duration = self._clock.now() - task.created_at
            self._metrics.job(task.kind, changed.status, duration.total_seconds())
        return True

    async def end(self, queued: QueuedTask, job: "asyncio.Task[Result]") -> None:
        """Record how a job ended."""
        if job.cancelled():
            await self.change(queued, status="cancelled", message="Cancelled")
            return
        match job.result():
            case Cancelled(message=message):
                await self.change(queued, status="cancelled", message=message)
            case JobFailed(message=message, result=result):
                failed = {"message": "Failed", "error": message, "result": result}
                await self.change(queued, status="failed", **failed)
            case Exception() as error:
                text, detail = self._describe(error)
                if isinstance(error, BasicChatError):
                    text, detail = error.message, error.detail
                await self.change(
                    queued, status="failed", message="Failed", error=text, error_detail=detail
                )
            case result:
                done = {"progress": 1.0, "message": "Done", "result": result}
                await self.change(queued, status="completed", **done)


async def _record_event(change: Transaction, task: Task, payload: Mapping[str, Any]) -> None:
    subject = str(payload.get("subject") or task.task_id)
    await change.record(user_stream(task.user_id), "task.updated", subject, lambda seq: task)
