"""Background work on the task table, implementing the `Jobs` port (`domain/jobs.py`).

Above it, handlers and the document service queue jobs; below it, the store keeps their rows and
leases. A job is in one of three places of this process: recorded (its change may not be committed
yet), waiting, or running. Its row is changed only while this node holds its lease.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from basicchat.domain.errors import BasicChatError, Cancelled, InvalidInput, JobFailed
from basicchat.domain.events import user_stream
from basicchat.domain.jobs import JobKind
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import Clock, Job
from basicchat.domain.store import Store, Transaction
from basicchat.domain.tasks import QueuedTask
from basicchat.domain.values import ErrorDetail, Task
from basicchat.hub.hub import Hub
from basicchat.hub.job_leases import JobLeases

log = structlog.get_logger(__name__)
# Progress is a stored event that is sent to every device, so its rate is limited.
PROGRESS_SECONDS = 0.25
Result = dict[str, Any] | Exception | None


class JobRunner:
    """Implements `domain.jobs.Jobs`: runs a few jobs concurrently.

    Args:
        leases: this node's leases on its jobs.
        kinds: the kinds of jobs that may be queued.
        describe: maps an unexpected exception to a message for the user.
        at_once: the maximum number of concurrent jobs.
    """

    def __init__(
        self,
        hub: Hub,
        store: Store,
        clock: Clock,
        leases: JobLeases,
        kinds: Iterable[JobKind],
        describe: Callable[[Exception], tuple[str, ErrorDetail]],
        *,
        at_once: int = 2,
        metrics: Metrics | None = None,
    ) -> None:
        self._hub = hub
        self._store = store
        self._clock = clock
        self._leases = leases
        self._kinds = {kind.name: kind for kind in kinds}
        self._handlers: Mapping[str, Job] = {}
        self._describe = describe
        self._at_once = at_once
        self._slots: set[str] = set()
        self._metrics = metrics or Metrics()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._jobs: dict[str, asyncio.Task[Result]] = {}
        self._begun: dict[str, QueuedTask] = {}
        self._waiting: deque[QueuedTask] = deque()
        self._recorded: list[QueuedTask] = []
        self._wake = asyncio.Event()
        self._ended = asyncio.Condition()
        self._stopping = False

    async def submit(self, kind: str, user_id: str, payload: dict[str, Any]) -> Task:
        """Queue a job in a transaction of its own."""
        async with self._hub.change() as change:
            task = await self.record(change, kind, user_id, payload)
        self.wake()
        return task

    async def record(
        self, change: Transaction, kind: str, user_id: str, payload: dict[str, Any]
    ) -> Task:
        """Queue a job as part of a change; call `wake` once that is committed.

        `payload["subject"]` is the id of what the job works on, if any.
        """
        if kind not in self._kinds:
            raise InvalidInput(f"There is no job of kind {kind}")
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
        await self._record_event(change, task, payload)
        self._recorded.append(QueuedTask(task=task, payload=payload))
        return task

    async def _record_event(
        self, change: Transaction, task: Task, payload: Mapping[str, Any]
    ) -> None:
        subject = str(payload.get("subject") or task.task_id)
        await change.record(user_stream(task.user_id), "task.updated", subject, lambda seq: task)

    def wake(self) -> None:
        """Queue the recorded jobs, and start those that may run."""
        self._waiting.extend(self._recorded)
        self._recorded.clear()
        self._wake.set()

    async def recover(self) -> None:
        """Resume jobs that this node left unfinished before a restart, and those of dead nodes."""
        self._take_up(await self._leases.take_expired(own=True))

    def _take_up(self, queued: Iterable[QueuedTask]) -> None:
        pending_ids = self._pending()
        self._waiting.extend(each for each in queued if each.task.task_id not in pending_ids)
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
        for queued in tuple(self._waiting):
            if queued.task.task_id == task_id:
                self._waiting.remove(queued)
        job = self._jobs.get(task_id)
        if job is not None:
            job.cancel()
        await self._notify_waiters()

    async def cancel(self, task_id: str) -> bool:
        """Cancel a job that has not ended.

        Only the work is cancelled; recording its end is not.
        """
        running = self._running.get(task_id)
        if running is not None:
            job = self._jobs.get(task_id)
            cancelled = job.cancel() if job is not None else False
            await asyncio.wait([running], timeout=10)
            return cancelled
        for queue in (self._waiting, self._recorded):
            for queued in tuple(queue):
                if queued.task.task_id == task_id:
                    queue.remove(queued)
                    await self._change(queued, status="cancelled", message="Cancelled")
                    await self._notify_waiters()
                    return True
        return False

    async def cancel_of(self, user_id: str, *, keys_left: Collection[str] | None = None) -> None:
        """Cancel a user's jobs that have not ended.

        Args:
            keys_left: cancel only jobs that were requested with an API key that is not among these.
        """

        def matches(queued: QueuedTask) -> bool:
            key_id = (queued.payload.get("actor") or {}).get("key_id")
            allowed = keys_left is not None and (key_id is None or key_id in keys_left)
            return queued.task.user_id == user_id and not allowed

        queued = (*self._waiting, *self._recorded)
        waiting = [each.task.task_id for each in queued if matches(each)]
        running = [task_id for task_id, each in self._begun.items() if matches(each)]
        # Waiting jobs first, so that they do not start in place of the running ones.
        for task_id in (*waiting, *running):
            await self.cancel(task_id)

    @property
    def open(self) -> dict[str, int]:
        """The numbers of `waiting` and `running` jobs."""
        waiting = len(self._waiting) + len(self._recorded)
        return {"waiting": waiting, "running": len(self._running)}

    async def wait(self, task_ids: Collection[str]) -> None:
        """Wait until none of these tasks is queued or running in this process."""
        async with self._ended:
            await self._ended.wait_for(lambda: self._pending().isdisjoint(task_ids))

    def _pending(self) -> set[str]:
        queued = (*self._waiting, *self._recorded)
        return {*self._running, *(each.task.task_id for each in queued)}

    async def run(self, handlers: Mapping[str, Job]) -> None:
        """Run jobs until cancelled; unfinished jobs start again after a restart.

        Args:
            handlers: the function that does the work, by kind; it must tolerate being started again
                after a crash.
        """
        self._handlers = handlers
        async with asyncio.TaskGroup() as group:
            try:
                group.create_task(self._keep_leases())
                while True:
                    self._wake.clear()
                    while (queued := self._next()) is not None:
                        self._begin(group, queued)
                    await self._wake.wait()
            finally:
                self._stopping = True

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._leases.renewal_seconds)
            try:
                await self.renew_leases()
            # The cause, a full disk for example, may be gone by the next time.
            except Exception as error:
                log.error("leases_not_renewed", exc_info=error)

    def _next(self) -> QueuedTask | None:
        """Take the first job that may start from the queue."""
        full = len(self._slots) >= self._at_once
        for queued in self._waiting:
            if not full or self._only_waits(queued):
                self._waiting.remove(queued)
                return queued
        return None

    def _only_waits(self, queued: QueuedTask) -> bool:
        kind = self._kinds.get(queued.task.kind)
        return kind is not None and kind.waits

    def _begin(self, group: asyncio.TaskGroup, queued: QueuedTask) -> None:
        task_id = queued.task.task_id
        self._begun[task_id] = queued
        if not self._only_waits(queued):
            self._slots.add(task_id)
        job = self._jobs[task_id] = group.create_task(self._job(queued))
        self._running[task_id] = group.create_task(self._supervise(queued, job))

    async def _supervise(self, queued: QueuedTask, job: asyncio.Task[Result]) -> None:
        task_id = queued.task.task_id
        try:
            await asyncio.wait([job])
            await self._record_end(queued, job)
        # Other jobs must go on, even if this one's end could not be recorded.
        except Exception as error:
            log.error("job_not_recorded", task_id=task_id, exc_info=error)
        finally:
            self._running.pop(task_id, None)
            self._jobs.pop(task_id, None)
            self._slots.discard(task_id)
            self._begun.pop(task_id, None)
            self._wake.set()
            await self._notify_waiters()

    async def _notify_waiters(self) -> None:
        async with self._ended:
            self._ended.notify_all()

    async def _job(self, queued: QueuedTask) -> Result:
        """Do the work. Errors are returned, because raising one would cancel the sibling jobs."""
        last = self._clock.monotonic() - PROGRESS_SECONDS

        async def report(progress: float, message: str) -> None:
            nonlocal last
            now = self._clock.monotonic()
            if now - last >= PROGRESS_SECONDS:
                last = now
                await self._change(queued, status="running", progress=progress, message=message)

        try:
            # Jobs whose change was rolled back, or that were deleted, are not started.
            if not await self._change(queued, status="running", message="Started"):
                return None
            return await self._handlers[queued.task.kind](queued.task, queued.payload, report)
        # A failing job must not affect the others.
        except Exception as error:  # noqa: BLE001
            return error

    async def _record_end(self, queued: QueuedTask, job: asyncio.Task[Result]) -> None:
        if job.cancelled():
            # A job interrupted by a stop is not cancelled: it starts again with the server.
            if not self._stopping:
                await self._change(queued, status="cancelled", message="Cancelled")
            return
        match job.result():
            case Cancelled(message=message):
                await self._change(queued, status="cancelled", message=message)
            case JobFailed(message=message, told=told):
                failed = {"message": "Failed", "error": message, "result": told}
                await self._change(queued, status="failed", **failed)
            case Exception() as error:
                text, detail = self._describe(error)
                if isinstance(error, BasicChatError):
                    text, detail = error.message, error.detail
                await self._change(
                    queued, status="failed", message="Failed", error=text, error_detail=detail
                )
            case result:
                done = {"progress": 1.0, "message": "Done", "result": result}
                await self._change(queued, status="completed", **done)

    async def _change(self, queued: QueuedTask, **changes: Any) -> bool:
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
            await self._record_event(change, changed, queued.payload)
        if changed.status not in ("pending", "running"):
            duration = self._clock.now() - task.created_at
            self._metrics.job(task.kind, changed.status, duration.total_seconds())
        return True
