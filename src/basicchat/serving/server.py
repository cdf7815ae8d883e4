"""uvicorn's server, which drains before it stops."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from basicchat.app import App
from basicchat.transports.http_protocol import HttpProtocol

if TYPE_CHECKING:
    from basicchat.broker.worker import Stopping

# How often shutdown checks for open connections, as uvicorn signals no event for the last one.
POLL_SECONDS = 0.005
# How often a server that drains looks for connections that have become idle.
DRAIN_CHECK_SECONDS = 0.1
# How long a server whose place another has taken answers requests on open HTTP connections.
LAST_REQUEST_SECONDS = 2.0
# After a second signal, the process ends after this time even if something hangs.
FORCED_EXIT_SECONDS = 1.0


class Server(uvicorn.Server):
    """uvicorn, extended to let answers finish and to tell clients to reconnect before it stops.

    It reacts to an event to stop, where uvicorn itself polls ten times a second.
    """

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._stop_requested = asyncio.Event()
        self._forced = asyncio.Event()
        self._terminated = False
        # Another process accepts connections from the same listening socket.
        self._taken_over = False
        self.listening = asyncio.Event()

    def stop(self, *, at_once: bool = False) -> None:
        """Start to stop; `at_once` skips draining."""
        self.should_exit = True
        if at_once:
            self.force_exit = True
            self._forced.set()
        self._stop_requested.set()

    def stop_for_supervisor(self, how: "Stopping") -> None:
        """Stop as the supervisor of several workers wants it."""
        self._terminated = self._terminated or how == "grace"
        self._taken_over = how == "drain"
        self.stop(at_once=how == "now")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal as a request to stop; a second one ends the process at once."""
        again = self.should_exit
        self._captured_signals.append(sig)
        self._terminated = self._terminated or sig == signal.SIGTERM
        if again:
            end = threading.Timer(FORCED_EXIT_SECONDS, os._exit, (128 + sig,))
            end.daemon = True
            end.start()
        self._loop.call_soon_threadsafe(partial(self.stop, at_once=again))
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Catch signals, without raising them again afterwards, so that everything is closed."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening."""
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Serve until a stop is requested. A single tick sets the default response headers."""
        if not await self.on_tick(0):
            await self._stop_requested.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop."""
        context = self._app.server_context
        if self._taken_over:
            self._stop_listening()
            await self._answer_last_requests()
        context.draining = True
        if not self.force_exit:
            await self._drain()
        self._stop_listening()
        await context.end_all()
        for listener in sockets or ():
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._connections_closed()
        except TimeoutError:
            for task in tuple(self.server_state.tasks):
                task.cancel()

    async def _answer_last_requests(self) -> None:
        """Answer one more request on each HTTP connection, and let its client open another.

        Connections that wait for a request are not closed at first, because the client may be
        sending one at this moment.
        """
        ends = self._loop.time() + LAST_REQUEST_SECONDS
        while not self.force_exit and self._loop.time() < ends:
            plain = [c for c in self.server_state.connections if isinstance(c, HttpProtocol)]
            for connection in plain:
                connection.end_after_response()
            if not plain:
                return
            await asyncio.sleep(POLL_SECONDS)

    def _stop_listening(self) -> None:
        for server in self.servers:
            server.close()

    async def _connections_closed(self) -> None:
        """Wait until all connections are closed and all requests are answered."""
        state = self.server_state
        while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        for server in self.servers:
            await server.wait_closed()

    async def _drain(self) -> None:
        """Send clients away, and let answers finish, unless a second signal forces a stop.

        Clients that wait for an answer stay until it is there. After SIGTERM, the server listens
        for some more seconds: load balancers send new clients until they see that it is not ready.
        """
        limits = self._app.settings.limits
        grace_ends = self._loop.time() + limits.drain_grace_seconds * self._terminated
        draining = asyncio.create_task(self._app.services.runner.drain(limits.drain_seconds))
        while not self.force_exit and not (draining.done() and self._loop.time() >= grace_ends):
            self._app.server_context.end_idle()
            with suppress(TimeoutError):
                async with asyncio.timeout(DRAIN_CHECK_SECONDS):
                    await (self._forced.wait() if draining.done() else asyncio.wait([draining]))
        draining.cancel()
        await asyncio.wait([draining])
