"""One worker as a process that the supervisor has started."""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

import msgspec
import structlog

from basicchat.broker.frames import Welcome, send_welcome
from basicchat.broker.messages import (
    CONTROL,
    ControlToBroker,
    Count,
    Failed,
    Lead,
    Ping,
    Ready,
    Stop,
)
from basicchat.workers.broker import Broker
from basicchat.workers.nodes import Node, Reply

log = structlog.get_logger(__name__)
# A worker that has left so many pings unanswered hangs.
MAX_PINGS = 6
_decode = msgspec.msgpack.Decoder(ControlToBroker).decode


class WorkerProcess:
    """A worker: its process, and what it has reported.

    Attributes:
        started: set once it serves, or has ended without ever serving.
        lines: what it has to say to the user; None until it serves.
        failure: why it cannot start, as far as it has said so.
        stopping: it has been told to stop.
    """

    def __init__(self, welcome: Welcome, process: asyncio.subprocess.Process, node: Node) -> None:
        self.welcome = welcome
        self.started = asyncio.Event()
        self.lines: Sequence[str] | None = None
        self.failure: Failed | None = None
        self.stopping = False
        self._process = process
        self._node = node
        self._pings = 0

    @property
    def serves(self) -> bool:
        """Whether it serves, and is to go on."""
        return self.lines is not None and not self.stopping and self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it lives."""
        return self._process.returncode

    def take(self, message: Ready | Failed) -> None:
        """Note what it reports."""
        if isinstance(message, Failed):
            self.failure = message
        else:
            self.lines = message.lines
            self.started.set()

    async def ended(self) -> None:
        """Wait until the process has ended."""
        await self._process.wait()
        self.started.set()

    def stop(self, how: Literal["grace", "drain", "now"]) -> None:
        """Tell it to stop; before it serves, it just ends."""
        self.stopping = True
        self._node.post(CONTROL, Stop(how))
        if self.lines is None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def lead(self, gone: Sequence[str]) -> None:
        """Let it do what one of the workers does for all, also for those that are gone."""
        self._node.post(CONTROL, Lead(tuple(gone)))

    def check(self) -> None:
        """Send a ping, and kill the worker if it has not answered for long."""
        self._pings += 1
        if self._pings > MAX_PINGS:
            log.error("worker_hangs", worker=self.welcome.slot)
            self.kill()
            return
        self._node.ask(CONTROL, Ping(), self._answered)

    def _answered(self, body: msgspec.Raw) -> None:
        self._pings = 0

    def kill(self) -> None:
        """End it at once."""
        with suppress(ProcessLookupError):
            self._process.kill()


class ControlPart:
    """What workers report to the supervisor. Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self.workers: dict[str, WorkerProcess] = {}

    def joined(self, node: Node) -> None:
        """Do nothing: it is known before it reports anything."""

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Take a worker's report."""
        message = _decode(body)
        worker = self.workers.get(node.name)
        if isinstance(message, Count):
            reply(len({each.welcome.slot for each in self.workers.values() if each.serves}))
        elif worker is not None:
            worker.take(message)

    def left(self, node: Node) -> None:
        """End a worker whose connection is gone, if it has not ended by itself."""
        worker = self.workers.get(node.name)
        if worker is not None and not worker.stopping:
            worker.kill()


async def start_worker(
    broker: Broker, welcome: Welcome, command: Sequence[str], listener: socket.socket
) -> WorkerProcess:
    """Start a worker's process and connect it.

    It has a session of its own, so that Ctrl-C in a terminal reaches the supervisor alone.
    """
    here, there = socket.socketpair()
    with there:
        send_welcome(here, welcome, [listener.fileno()])
        node = await broker.connect(welcome.node, here)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=there.fileno(),
            env=os.environ | {"BASICCHAT_WORKER": str(welcome.slot)},
            start_new_session=True,
        )
    return WorkerProcess(welcome, process, node)
