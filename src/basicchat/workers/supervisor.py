"""The supervisor: starts the workers, replaces those that end, and passes signals on.

It is a process of its own, which serves nobody and imports no part of the application, so that
there is little in it that could fail. It holds the data folder's lock and the listening sockets,
and runs the broker (`broker.py`).
"""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal
from uuid import uuid4

import structlog

from basicchat.broker.frames import Welcome
from basicchat.broker.messages import CONTROL
from basicchat.config import Settings
from basicchat.domain.backoff import Backoff
from basicchat.domain.errors import BasicChatError, UpstreamUnavailable
from basicchat.ops.clock import SystemClock
from basicchat.ops.lock import server_lock
from basicchat.ops.supervisor import Supervisor
from basicchat.workers.broker import Broker
from basicchat.workers.listeners import Listeners
from basicchat.workers.process import ControlPart, WorkerProcess, start_worker

log = structlog.get_logger(__name__)
Announce = Callable[[str], None]
# The pause before a worker that has not lived for long is replaced, which doubles up to the second.
FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 30.0
SHORT_LIFE_SECONDS = 30.0
PING_SECONDS = 5.0
# How long a worker may take from its start until it serves.
START_SECONDS = 60.0
# What a worker takes to stop, besides letting answers finish.
STOP_SECONDS = 20.0
# After a second signal, workers that still live are killed after this time.
FORCED_STOP_SECONDS = 2.0


class _Slot:
    """The place of one worker.

    Attributes:
        worker: the process that serves, or is the latest to have done so.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.worker: WorkerProcess | None = None
        self.backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)


class WorkerSupervisor:
    """Keeps the workers of a server.

    Args:
        command: starts a worker.
        announce: receives the lines that say where the server is.
    """

    def __init__(
        self, settings: Settings, command: Sequence[str], announce: Announce, spawn: Supervisor
    ) -> None:
        self._settings = settings
        self._command = command
        self._announce = announce
        self._spawn = spawn
        self._listeners = Listeners(settings.host, settings.port)
        self._control = ControlPart()
        self._broker = Broker(SystemClock())
        self._broker.add(CONTROL, self._control)
        self._slots = [_Slot(number) for number in range(1, settings.workers + 1)]
        self._stop_requested = asyncio.Event()
        self._restart_requested = asyncio.Event()
        # The names of workers that are gone, until a leader is told.
        self._gone: list[str] = []
        self._how: Literal["grace", "drain", "now"] = "grace"

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._settings.model_copy(update={"port": self._listeners.port}).url

    async def run(self) -> None:
        """Serve until a signal says to stop.

        Raises:
            BasicChatError: a worker cannot start.
        """
        try:
            first = await self._start(self._slots[0], first=True)
            if first is not None:
                others = (self._start(slot) for slot in self._slots[1:])
                await asyncio.gather(*others)
                for line in first.lines or ():
                    self._announce(line)
            self._spawn(self._restart_when_requested())
            self._spawn(self._watch())
            await self._stop_requested.wait()
        finally:
            await self._stop_all()
            self._listeners.close_all()

    async def _start(self, slot: _Slot, *, first: bool = False) -> WorkerProcess | None:
        """Start the first worker of a slot; None if the server is to stop instead.

        Raises:
            BasicChatError: it has not started.
        """
        worker = await self._launch(slot, first=first)
        if not worker.serves:
            if self._stop_requested.is_set():
                return None
            self._stop_requested.set()
            raise _failure(worker)
        return worker

    async def _launch(self, slot: _Slot, *, first: bool = False) -> WorkerProcess:
        """Start a worker, and wait until it serves or has failed."""
        welcome = Welcome(
            node=f"w{slot.number}-{uuid4().hex[:12]}",
            slot=slot.number,
            workers=len(self._slots),
            port=self._listeners.port,
            first=first,
        )
        listener = self._listeners.of(slot.number)
        worker = await start_worker(self._broker, welcome, self._command, listener)
        self._control.workers[welcome.node] = worker
        if slot.worker is None:
            slot.worker = worker
        self._spawn(self._await_end(slot, worker))
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await worker.started.wait()
        if worker.serves:
            slot.worker = worker
            self._appoint()
        elif self._stop_requested.is_set():
            worker.stop(self._how)
        else:
            worker.kill()
        return worker

    def _appoint(self) -> None:
        """Let the first worker that serves do what one of them does for all."""
        leader = next((s.worker for s in self._slots if s.worker and s.worker.serves), None)
        if leader is not None:
            gone, self._gone = self._gone, []
            leader.lead(gone)

    async def _await_end(self, slot: _Slot, worker: WorkerProcess) -> None:
        """Wait for the end of a worker, and replace it unless it was told to stop."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        await worker.ended()
        del self._control.workers[worker.welcome.node]
        self._gone.append(worker.welcome.node)
        self._appoint()
        replaced = slot.worker is not worker or worker.lines is None
        if replaced or worker.stopping or self._stop_requested.is_set():
            return
        log.error("worker_ended", worker=slot.number, exit_code=worker.exit_code)
        self._listeners.close(slot.number)
        if loop.time() - began > SHORT_LIFE_SECONDS:
            slot.backoff.succeeded()
        await self._replace(slot)

    async def _replace(self, slot: _Slot) -> None:
        """Start a worker in the place of one that has ended, until one serves."""
        while True:
            await asyncio.sleep(slot.backoff.failed())
            if self._stop_requested.is_set():
                return
            worker = await self._launch(slot)
            if worker.serves:
                log.info("worker_replaced", worker=slot.number)
                return
            if not self._stop_requested.is_set():
                log.error("worker_not_started", worker=slot.number, reason=_failure(worker).message)

    def request_restart(self) -> None:
        """Replace all workers, one after another."""
        self._restart_requested.set()

    async def _restart_when_requested(self) -> None:
        while True:
            await self._restart_requested.wait()
            self._restart_requested.clear()
            log.info("workers_restarting")
            for slot in self._slots:
                if not await self._restart(slot):
                    break
            else:
                log.info("workers_restarted")

    async def _restart(self, slot: _Slot) -> bool:
        """Replace a worker that serves; false if its successor does not start."""
        old = slot.worker
        if old is None or not old.serves:
            return True
        worker = await self._launch(slot)
        if not worker.serves:
            log.error("workers_not_restarted", reason=_failure(worker).message)
            return False
        old.stop("drain")
        await self._wait_for_end([old])
        return True

    async def _watch(self) -> None:
        """Ask all workers for signs of life."""
        while True:
            await asyncio.sleep(PING_SECONDS)
            for worker in tuple(self._control.workers.values()):
                if worker.serves:
                    worker.check()

    def request_stop(self, number: signal.Signals) -> None:
        """Stop all workers; at once if that was requested before."""
        if self._stop_requested.is_set():
            self._how = "now"
            asyncio.get_running_loop().call_later(FORCED_STOP_SECONDS, self._kill_all)
        else:
            self._how = "grace" if number == signal.SIGTERM else "drain"
        self._stop_requested.set()
        for worker in self._control.workers.values():
            worker.stop(self._how)

    def _kill_all(self) -> None:
        for worker in self._control.workers.values():
            worker.kill()

    async def _stop_all(self) -> None:
        workers = list(self._control.workers.values())
        for worker in workers:
            if not worker.stopping:
                worker.stop(self._how)
        await self._wait_for_end(workers)

    async def _wait_for_end(self, workers: Sequence[WorkerProcess]) -> None:
        """Wait until workers that were told to stop have ended; kill those that do not."""
        limits = self._settings.limits
        seconds = limits.drain_seconds + limits.drain_grace_seconds + STOP_SECONDS
        for kill in (False, True):
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS if kill else seconds):
                    await asyncio.gather(*(worker.ended() for worker in workers))
                    return
            for worker in workers:
                worker.kill()


def _failure(worker: WorkerProcess) -> BasicChatError:
    """Why a worker has not started."""
    if worker.failure is not None:
        return UpstreamUnavailable(
            worker.failure.message, provider="worker", retryable=False, hint=worker.failure.hint
        )
    how = "in time" if worker.exit_code is None else f"(exit code {worker.exit_code})"
    return UpstreamUnavailable(
        f"Worker {worker.welcome.slot} did not start {how}",
        provider="worker",
        retryable=False,
        hint="Its own messages are above; try `--workers 1`.",
        reason="worker_not_started",
        params={"worker": worker.welcome.slot},
    )


async def _supervise(settings: Settings, command: Sequence[str], announce: Announce) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    settings.data_dir.chmod(0o700)
    with server_lock(settings.data_dir) as lock:
        async with Supervisor() as spawn:
            supervisor = WorkerSupervisor(settings, command, announce, spawn)
            lock.write_text(supervisor.url)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, partial(supervisor.request_stop, number))
            loop.add_signal_handler(signal.SIGHUP, partial(_hang_up, supervisor))
            await supervisor.run()


def _hang_up(supervisor: WorkerSupervisor) -> None:
    """Restart the workers, or stop if the signal says that the terminal is gone."""
    if sys.stdin is not None and sys.stdin.isatty():
        try:
            with open("/dev/tty", "rb"):
                pass
        except OSError:
            supervisor.request_stop(signal.SIGHUP)
            return
    supervisor.request_restart()


def supervise(settings: Settings, command: Sequence[str], announce: Announce) -> None:
    """Run a server of several workers until it stops.

    Args:
        command: starts a worker (`basicchat.serving.worker`), which finds its socket to the
            supervisor at its standard input.

    Raises:
        BasicChatError: it cannot start.
        OSError: it cannot listen on the address.
    """
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(_supervise(settings, command, announce))
