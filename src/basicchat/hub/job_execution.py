"""The work of one job, from its start to its recorded end."""

import asyncio
from collections.abc import Mapping

import msgspec

from basicchat.domain.errors import DatabaseUnavailable, StorageFull
from basicchat.domain.jobs import DEFERRED, Deferred
from basicchat.domain.ports import Clock, Job
from basicchat.domain.tasks import QueuedTask
from basicchat.hub.job_records import JobRecords, Result
from basicchat.hub.job_retries import NotStorable, StorageRetries

# Progress is a stored event that is sent to every device, so its rate is limited.
PROGRESS_SECONDS = 0.25


class JobExecution:
    """Does the work of jobs and records their ends.

    Args:
        retry_seconds: the first pause while nothing can be stored.

    Attributes:
        handlers: the functions that do the work, by kind.
    """

    def __init__(self, records: JobRecords, clock: Clock, retry_seconds: float) -> None:
        self._records = records
        self._clock = clock
        self._retries = StorageRetries(records, retry_seconds)
        self.handlers: Mapping[str, Job] = {}

    async def work(self, queued: QueuedTask) -> Result:
        """Do the work. Errors are returned, because raising one would cancel the sibling jobs."""
        last = self._clock.monotonic() - PROGRESS_SECONDS

        async def report(progress: float, message: str) -> None:
            nonlocal last
            now = self._clock.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                await self._records.change(
                    queued, status="running", progress=progress, message=message
                )

        try:
            # Jobs whose change was rolled back, or that were deleted, are not started.
            if not await self._records.change(queued, status="running", message="Started"):
                return None
            payload = {**queued.payload, DEFERRED: True} if queued.deferred else queued.payload
            return await self.handlers[queued.task.kind](queued.task, payload, report)
        # A failing job must not affect the others.
        except Exception as error:  # noqa: BLE001
            return error

    async def settle(
        self, queued: QueuedTask, job: "asyncio.Task[Result]", *, stopping: bool
    ) -> QueuedTask | None:
        """Record the job's end, once it can be; returns the job if it has to start again."""
        if job.cancelled() and stopping:
            # A job interrupted by a stop is not cancelled: it starts again with the server.
            return None
        result = None if job.cancelled() else job.result()
        if isinstance(result, NotStorable):
            await self._retries.wait(queued, result)
            return queued
        while True:
            try:
                if isinstance(result, Deferred):
                    waits = {"status": "pending", "message": result.message}
                    is_held = await self._records.change(queued, **waits)
                    return msgspec.structs.replace(queued, deferred=True) if is_held else None
                await self._records.end(queued, job)
                self._retries.reset()
                return None
            except (StorageFull, DatabaseUnavailable) as error:
                await self._retries.wait(queued, error)
