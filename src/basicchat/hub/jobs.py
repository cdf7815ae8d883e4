"""Background work on the task table, implementing the `Jobs` port (`domain/jobs.py`).

Above it, handlers and the document service queue jobs; below it, the store keeps their rows and
leases. A job waits or runs in this process from the commit of its row on, which is changed only
while this node holds its lease.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

import structlog

from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.jobs import JobKind
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock, Job
from basicchat.domain.store import Transaction
from basicchat.domain.tasks import QueuedTask
from basicchat.domain.values import ErrorDetail, Task
from basicchat.hub.hub import Hub
from basicchat.hub.job_execution import JobExecution
from basicchat.hub.job_leases import JobLeases
from basicchat.hub.job_peers import JobPeers
from basicchat.hub.job_queue import JobQueue
from basicchat.hub.job_records import JobRecords, Result

log = structlog.get_logger(__name__)


class JobRunner:
    """Implements `domain.jobs.Jobs`: runs a few jobs concurrently.

    Args:
        leases: this node's leases on its jobs.
        kinds: the kinds of jobs that may be queued.
        describe: maps an unexpected exception to a message for the user.
        peers: the other nodes, if there can be any.
        at_once: the maximum number of concurrent jobs, at least 2.
        retry_seconds: the first pause while nothing can be stored.
    """

    def __init__(
        self,
        hub: Hub,
        clock: Clock,
        leases: JobLeases,
        kinds: Iterable[JobKind],
        describe: Callable[[Exception], tuple[str, ErrorDetail]],
        *,
        peers: JobPeers | None = None,
        at_once: int = 2,
        metrics: Metrics | None = None,
        retry_seconds: float = 2.0,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._leases = leases
        self._kinds = {kind.name: kind for kind in kinds}
        self._records = JobRecords(hub, clock, leases, describe, metrics or Metrics())
        self._execution = JobExecution(self._records, clock, retry_seconds)
        self._waiting = JobQueue(at_once, self._only_waits, clock.monotonic)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, asyncio.Task[Result]] = {}
        self._begun: dict[str, QueuedTask] = {}
        self._peers = peers
        self._wake = asyncio.Event()
        # Set when another node has left jobs.
        self._leases_released = asyncio.Event()
        self._ended = asyncio.Condition()
        self._stopping = False
        if peers is not None:
            peers.begin(self.cancel_here, self._leases_released.set)

    async def submit(self, kind: str, user_id: str, payload: dict[str, Any]) -> Task:
        """Queue a job in a transaction of its own."""
        async with self._hub.change() as change:
            task = await self.record(change, kind, user_id, payload)
        self.wake()
        return task

    async def record(
        self, change: Transaction, kind: str, user_id: str, payload: dict[str, Any]
    ) -> Task:
        """Queue a job as part of a change; it starts after the commit.

        `payload["subject"]` is the id of what the job works on, if any.
        """
        if kind not in self._kinds:
            raise InvalidInput(f"There is no job of kind {kind}")
        task = await self._records.add(change, kind, user_id, payload)
        queued = QueuedTask(task=task, payload=payload)
        change.after_commit.append(lambda: self._take_up([queued]))
        return task

    def wake(self) -> None:
        """Start the waiting jobs that may run."""
        self._wake.set()

    async def recover(self, gone: Collection[str] = ()) -> None:
        """Resume jobs that this node left unfinished before a restart, and those of dead nodes.

        Args:
            gone: nodes that are known to be dead, before their leases have expired.
        """
        if gone:
            await self._leases.release_of(gone)
        self._take_up(await self._leases.take_expired(own=True))

    def _take_up(self, queued: Iterable[QueuedTask]) -> None:
        pending_ids = self._pending()
        for each in queued:
            if each.task.task_id not in pending_ids:
                self._waiting.add(each)
        self._wake.set()

    async def renew_leases(self) -> None:
        """Renew this node's leases, drop lost jobs, and take over those of dead nodes."""
        waiting = (each.task.task_id for each in self._waiting)
        for task_id in await self._leases.renew((*waiting, *self._running)):
            await self._drop(task_id)
        self._take_up(await self._leases.take_expired())

    async def _drop(self, task_id: str) -> None:
        """Stop work on a job that another node has leased, or whose row was deleted."""
        log.warning("job_lost", task_id=task_id)
        self._waiting.remove(task_id)
        job = self._jobs.get(task_id)
        if job is not None:
            job.cancel()
        await self._notify_waiters()

    async def holder(self, task_id: str) -> str | None:
        """The other node that holds a job that has not ended; None if none does."""
        return None if task_id in self._pending() else await self._leases.holder(task_id)

    async def cancel(self, task_id: str) -> bool:
        """Cancel a job that has not ended, whichever node holds it."""
        if await self.cancel_here(task_id):
            return True
        cancelled = await self._peers.cancel(task_id) if self._peers is not None else None
        return await self._cancel_abandoned(task_id) if cancelled is None else cancelled

    async def _cancel_abandoned(self, task_id: str) -> bool:
        """Cancel a job whose node does not answer, and stops the work once it is back."""
        queued = await self._leases.seize(task_id)
        if queued is None:
            return False
        return await self._records.change(queued, status="cancelled", message="Cancelled")

    async def cancel_here(self, task_id: str) -> bool:
        """Cancel a job that this node holds.

        Only the work is cancelled; recording its end is not.
        """
        running = self._running.get(task_id)
        if running is not None:
            job = self._jobs.get(task_id)
            cancelled = job.cancel() if job is not None else False
            await asyncio.wait([running], timeout=10)
            if cancelled:
                return True
        # It waits, perhaps again: it may just have given way to others.
        queued = self._waiting.remove(task_id)
        if queued is None:
            return False
        await self._records.change(queued, status="cancelled", message="Cancelled")
        await self._notify_waiters()
        return True

    async def cancel_of(self, user_id: str, *, keys_left: Collection[str] | None = None) -> None:
        """Cancel a user's jobs that have not ended.

        Args:
            keys_left: cancel only jobs that were requested with an API key that is not among these.
        """

        def matches(queued: QueuedTask) -> bool:
            key_id = (queued.payload.get("actor") or {}).get("key_id")
            allowed = keys_left is not None and (key_id is None or key_id in keys_left)
            return queued.task.user_id == user_id and not allowed

        waiting = [each.task.task_id for each in self._waiting if matches(each)]
        running = [task_id for task_id, each in self._begun.items() if matches(each)]
        # Waiting jobs first, so that they do not start in place of the running ones.
        for task_id in (*waiting, *running):
            await self.cancel_here(task_id)

    @property
    def open(self) -> dict[str, int]:
        """The numbers of `waiting` and `running` jobs."""
        return {"waiting": len(self._waiting), "running": len(self._running)}

    async def wait(self, task_ids: Collection[str]) -> None:
        """Wait until none of these tasks is queued or running in this process."""
        async with self._ended:
            await self._ended.wait_for(lambda: self._pending().isdisjoint(task_ids))

    def _pending(self) -> set[str]:
        return {*self._running, *(each.task.task_id for each in self._waiting)}

    async def run(self, handlers: Mapping[str, Job]) -> None:
        """Run jobs until cancelled; unfinished jobs start again after a restart.

        Args:
            handlers: the function that does the work, by kind; it must tolerate being started again
                after a crash.
        """
        self._execution.handlers = handlers
        try:
            async with asyncio.TaskGroup() as group:
                await self._take_turns(group)
        finally:
            # What is left unfinished need not wait for the end of its lease.
            if self._peers is not None:
                await self._peers.leave()

    async def _take_turns(self, group: asyncio.TaskGroup) -> None:
        try:
            group.create_task(self._keep_leases())
            while True:
                self._wake.clear()
                while (queued := self._waiting.take()) is not None:
                    self._begin(group, queued)
                await self._wake.wait()
        finally:
            self._stopping = True

    async def _keep_leases(self) -> None:
        while True:
            released = await self._released_within(self._leases.renewal_seconds)
            try:
                if released:
                    self._take_up(await self._leases.take_expired())
                else:
                    await self.renew_leases()
            # The cause, a full disk for example, may be gone by the next time.
            except BasicChatError as error:
                log.warning("leases_not_renewed", reason=error.message)
            except Exception as error:
                log.error("leases_not_renewed", exc_info=error)

    async def _released_within(self, seconds: float) -> bool:
        """Wait; true as soon as another node has left jobs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._leases_released.wait()
        released = self._leases_released.is_set()
        self._leases_released.clear()
        return released

    def _only_waits(self, queued: QueuedTask) -> bool:
        kind = self._kinds.get(queued.task.kind)
        return kind is not None and kind.waits

    def _begin(self, group: asyncio.TaskGroup, queued: QueuedTask) -> None:
        task_id = queued.task.task_id
        self._begun[task_id] = queued
        job = self._jobs[task_id] = group.create_task(self._execution.work(queued))
        self._running[task_id] = group.create_task(self._supervise(queued, job))

    async def _supervise(self, queued: QueuedTask, job: asyncio.Task[Result]) -> None:
        task_id, again = queued.task.task_id, None
        try:
            await asyncio.wait([job])
            again = await self._execution.settle(queued, job, stopping=self._stopping)
        # Other jobs must go on, even if this one's end could not be recorded.
        except Exception as error:
            log.error("job_not_recorded", task_id=task_id, exc_info=error)
        finally:
            self._running.pop(task_id, None)
            self._jobs.pop(task_id, None)
            self._waiting.release(task_id)
            self._begun.pop(task_id, None)
            if again is not None:
                self._waiting.add(again)
            self._wake.set()
            await self._notify_waiters()

    async def _notify_waiters(self) -> None:
        async with self._ended:
            self._ended.notify_all()
