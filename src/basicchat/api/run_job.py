"""Lists long runs as tasks, with their progress; cancelling the task cancels the run."""

import asyncio
from typing import Any

from basicchat.domain.errors import BasicChatError, Cancelled
from basicchat.domain.ports import Report
from basicchat.domain.runs import Run
from basicchat.domain.store import Store
from basicchat.domain.values import Task
from basicchat.engine.runner import Runner
from basicchat.hub.run_streams import RunStreams

RUN = "run"


class RunJob:
    """The job of a background run: it observes the run, which the runner executes."""

    def __init__(self, runner: Runner, live: RunStreams, store: Store) -> None:
        self._runner = runner
        self._live = live
        self._store = store

    async def follow(self, task: Task, payload: dict[str, Any], report: Report) -> dict[str, Any]:
        """Report a run's progress until it ends; cancelling this cancels the run.

        Raises:
            Cancelled: the run was cancelled.
            BasicChatError: it failed, or was interrupted by a restart.
        """
        del task
        run_id = str(payload["run_id"])
        try:
            async for done, message in self._live.progressed(run_id):
                await report(done, message)
            await self._runner.wait(run_id)
        except asyncio.CancelledError:
            self._runner.cancel(run_id)
            raise
        return _result(await self._store.run(run_id))


def _result(run: Run | None) -> dict[str, Any]:
    if run is None or run.status == "cancelled":
        raise Cancelled("Cancelled")
    if run.status != "completed":
        reason = run.error.message if run.error else "The server was stopped; ask again"
        raise BasicChatError(reason)
    return {"run_id": run.run_id, "room_id": run.room_id, "message_id": run.message_id}
