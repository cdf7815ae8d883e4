"""Owns the tasks of all runs: starts, cancels, awaits and drains them."""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog

from basicchat.domain.errors import NotFound, RateLimited
from basicchat.domain.metrics import Metrics
from basicchat.domain.ports import RunSink
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.runs import Run, RunError
from basicchat.domain.turns import Outcome, Turn
from basicchat.domain.values import Actor
from basicchat.engine import resume
from basicchat.engine.caching_driver import CachingDriver
from basicchat.engine.commands import Mode
from basicchat.engine.driver import Driver

log = structlog.get_logger(__name__)
Describe = Callable[[Exception], RunError]


class Runner:
    """Supervises runs; `describe` maps an exception to the error that the run keeps."""

    def __init__(
        self,
        driver: Driver | CachingDriver,
        modes: Mapping[str, Mode],
        sink: RunSink,
        describe: Describe,
        directory: RunDirectory,
        *,
        runs_per_user: int,
        metrics: Metrics | None = None,
    ) -> None:
        self._driver = driver
        self._modes = modes
        self._continuation = resume.mode()
        self._sink = sink
        self._describe = describe
        self._directory = directory
        self._runs_per_user = runs_per_user
        self._metrics = metrics or Metrics()
        self._tasks: dict[str, asyncio.Task[Run | None]] = {}
        # Runs that are being recorded, which others may see before they are started.
        self._admitted: dict[str, asyncio.Event] = {}
        self._actors: dict[str, Actor] = {}
        self._ending: set[str] = set()
        self._draining = False

    @property
    def active(self) -> int:
        """The number of runs in progress."""
        return len(self._tasks)

    async def admit(self, run_id: str, user_id: str) -> None:
        """Reserve a run of a user across all nodes, before it is recorded.

        Raises:
            RateLimited: the user is at the limit, or the server is stopping.
        """
        if self._draining:
            raise RateLimited(
                "The server is stopping", retry_after_ms=2000, reason="server_stopping"
            )
        if not await self._directory.reserve(run_id, user_id, self._runs_per_user):
            raise RateLimited(
                f"{self._runs_per_user} answers are being written for you already",
                retry_after_ms=2000,
                hint="Wait for one to end, or stop one.",
                reason="too_many_runs",
                params={"max_runs": self._runs_per_user},
            )
        self._admitted[run_id] = asyncio.Event()

    def withdraw(self, run_id: str) -> None:
        """Release the reservation of a run that could not be recorded."""
        self._decided(run_id)
        if run_id not in self._tasks:
            self._directory.release(run_id)

    def start(self, turn: Turn, *, sink: RunSink | None = None, mode: Mode | None = None) -> None:
        """Begin a run that has been recorded.

        Args:
            sink: takes the run's text and end, for runs that are not recorded.
            mode: the mode, if users cannot select it.
        """
        work = self._run(turn, sink or self._sink, mode)
        task = asyncio.create_task(work, name=turn.run_id)
        self._tasks[turn.run_id] = task
        self._actors[turn.run_id] = turn.actor
        task.add_done_callback(lambda _: self._done(turn.run_id))
        self._decided(turn.run_id)

    def _decided(self, run_id: str) -> None:
        """Let those go on who wait for an admitted run: it has been started, or withdrawn."""
        admitted = self._admitted.pop(run_id, None)
        if admitted is not None:
            admitted.set()

    def _done(self, run_id: str) -> None:
        self._tasks.pop(run_id, None)
        self._actors.pop(run_id, None)
        self._ending.discard(run_id)
        self._directory.release(run_id)

    async def _run(self, turn: Turn, sink: RunSink, mode: Mode | None) -> Run | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome = await self._outcome(turn, sink, mode)
        self._metrics.run(turn.mode, outcome, loop.time() - began)
        self._ending.add(turn.run_id)
        log.info(
            "run_ended",
            run_id=turn.run_id,
            user_id=turn.actor.user.id,
            session_id=turn.actor.session_id,
            status=outcome.status,
            **outcome.timings,
        )
        try:
            return await sink.finish(turn.run_id, outcome)
        except NotFound:
            # The room was deleted while its answer was being written.
            return None
        # The task of a run has nobody to raise to; the sink itself retries what can be retried.
        except Exception as error:
            log.error("run_not_recorded", run_id=turn.run_id, exc_info=error)
            return None

    async def _outcome(self, turn: Turn, sink: RunSink, mode: Mode | None) -> Outcome:
        try:
            mode = mode or (self._continuation if turn.so_far else self._modes[turn.mode])
            report = await self._driver.run(turn, mode, sink)
        except asyncio.CancelledError:
            return Outcome(status="interrupted" if self._draining else "cancelled")
        # A fault of a mode, a tool or a provider fails its own run and nothing else.
        except Exception as error:  # noqa: BLE001
            return Outcome(status="failed", error=self._describe(error))
        return Outcome(
            status="completed",
            answer=report.answer,
            usage=report.usage,
            timings=report.timings,
            truncated=report.truncated,
            answered_by=report.answered_by,
            cached_at=report.cached_at,
        )

    def cancel(self, run_id: str) -> bool:
        """Cancel a run; its upstream connection closes at once. False if it is not running.

        A run whose end is being recorded is not cancelled, so that its text is kept.
        """
        if run_id not in self._tasks or run_id in self._ending:
            return False
        # After the task's first step: a task that never started would not record its end.
        asyncio.get_running_loop().call_soon(self._cancel, run_id)
        return True

    async def cancel_anywhere(self, run_id: str) -> bool:
        """Cancel a run on the node that owns it; false if it is running nowhere."""
        return self.cancel(run_id) or await self._directory.cancel(run_id)

    def cancel_of(self, user_id: str, *, keys_left: Collection[str] | None = None) -> None:
        """Cancel a user's runs; with `keys_left`, only those requested with a key not in it."""
        for run_id, actor in tuple(self._actors.items()):
            allowed = keys_left is not None and (actor.key_id is None or actor.key_id in keys_left)
            if actor.user.id == user_id and not allowed:
                self.cancel(run_id)

    def _cancel(self, run_id: str) -> None:
        task = self._tasks.get(run_id)
        if task is not None and run_id not in self._ending:
            task.cancel()

    async def wait(self, run_id: str) -> None:
        """Wait until a run has ended; returns at once if it is neither admitted nor running."""
        admitted = self._admitted.get(run_id)
        if admitted is not None:
            await admitted.wait()
        task = self._tasks.get(run_id)
        if task is not None:
            await asyncio.wait([task])

    async def drain(self, seconds: float) -> None:
        """Refuse new runs, give those in progress some seconds to end, then interrupt them."""
        self._draining = True
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for run_id in tuple(self._tasks):
            self.cancel(run_id)
        if late:
            await asyncio.wait(late, timeout=5)
