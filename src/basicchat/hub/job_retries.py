"""Pauses of jobs while nothing can be stored."""

import asyncio
from contextlib import suppress

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import DatabaseUnavailable, OriginalsUnavailable, StorageFull
from basicchat.domain.tasks import QueuedTask
from basicchat.hub.job_records import JobRecords

log = structlog.get_logger(__name__)
MAX_RETRY_SECONDS = 60.0
NotStorable = StorageFull | DatabaseUnavailable | OriginalsUnavailable
"""What a job waits for the end of."""


class StorageRetries:
    """Lets jobs wait until they can store something again.

    Args:
        seconds: the first pause; it doubles with each failure, up to `MAX_RETRY_SECONDS`.
    """

    def __init__(self, records: JobRecords, seconds: float) -> None:
        self._records = records
        self._backoff = Backoff(seconds, MAX_RETRY_SECONDS)

    @property
    def failures(self) -> int:
        """How often in a row nothing could be stored."""
        return self._backoff.failures

    async def wait(self, queued: QueuedTask, error: NotStorable) -> None:
        """Pause, and say so with the task if at least that can be stored."""
        log.warning("job_waits_for_storage", task_id=queued.task.task_id, reason=error.message)
        with suppress(StorageFull, DatabaseUnavailable):
            await self._records.change(
                queued, status="pending", message=f"Waiting: {error.message}"
            )
        await asyncio.sleep(self._backoff.failed())

    def reset(self) -> None:
        """Begin with the first pause again, because something was stored."""
        self._backoff.succeeded()
