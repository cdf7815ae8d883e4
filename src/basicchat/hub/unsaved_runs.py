"""Runs that have ended but whose end could not be recorded yet, as on a full disk.

Their text stays in memory, and recording is tried again until it succeeds. Meanwhile a signal tells
everybody in the room, and `runs.get` returns the complete run.
"""

import asyncio
from collections.abc import Callable

import structlog

from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import NotFound
from basicchat.domain.events import Signal
from basicchat.domain.ports import Spawn
from basicchat.domain.runs import Run, RunError
from basicchat.domain.turns import Outcome
from basicchat.domain.values import Value
from basicchat.hub.hub import Hub
from basicchat.hub.run_stream import RunStream
from basicchat.hub.run_writer import RunWriter

log = structlog.get_logger(__name__)
# The pause doubles from attempt to attempt, up to this.
MAX_RETRY_SECONDS = 15.0


class _Unsaved(Value, frozen=True, kw_only=True):
    live: RunStream
    run: Run
    outcome: Outcome


class UnsavedRuns:
    """Retries to record the ends of runs.

    Args:
        writer: records a run's end.
        saved: called with each run that has been recorded, or whose room is gone.
        describe: maps an exception to the error that users see.
        retry_seconds: the pause before the first retry.
    """

    def __init__(
        self,
        hub: Hub,
        writer: RunWriter,
        spawn: Spawn,
        saved: Callable[[RunStream], None],
        describe: Callable[[Exception], RunError],
        *,
        retry_seconds: float = 1.0,
    ) -> None:
        self._hub = hub
        self._writer = writer
        self._spawn = spawn
        self._saved = saved
        self._describe = describe
        self._retry_seconds = retry_seconds
        self._waiting: dict[str, _Unsaved] = {}
        self._retrying = False

    def add(self, live: RunStream, run: Run, outcome: Outcome, error: Exception) -> None:
        """Keep a run whose end could not be recorded, and retry from now on."""
        live.unsaved, live.ending = run, False
        self._waiting[run.run_id] = _Unsaved(live=live, run=run, outcome=outcome)
        self._announce(live, error)
        if not self._retrying:
            self._retrying = True
            self._spawn(self._retry())

    async def _retry(self) -> None:
        backoff = Backoff(self._retry_seconds, MAX_RETRY_SECONDS)
        try:
            while self._waiting:
                await asyncio.sleep(backoff.failed())
                await self.record_all()
        finally:
            self._retrying = False

    async def record_all(self) -> None:
        """Try to record all of them now."""
        for run_id, unsaved in tuple(self._waiting.items()):
            if unsaved.live.ending:
                continue
            unsaved.live.ending = True
            try:
                await self._writer.record(unsaved.live, unsaved.run, unsaved.outcome)
            except NotFound:
                # The room was deleted in the meantime.
                log.info("unsaved_run_dropped", run_id=run_id)
            # Whatever the reason is, it may be gone by the next time.
            except Exception as error:  # noqa: BLE001
                unsaved.live.ending = False
                self._announce(unsaved.live, error)
                continue
            del self._waiting[run_id]
            self._saved(unsaved.live)

    def _announce(self, live: RunStream, error: Exception) -> None:
        described = self._describe(error)
        log.error("run_not_recorded", run_id=live.run.run_id, reason=described.message)
        data = {
            "run_id": live.run.run_id,
            "kind": described.kind,
            "reason": described.reason,
            "message": described.message,
            "hint": described.hint,
        }
        self._hub.deliver(Signal(stream=live.stream, type="unsaved", data=data))
