"""Runs the server: one port, draining when it stops."""

import asyncio
import gc
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn

from basicchat.app import App, open_app
from basicchat.config import Settings
from basicchat.domain.errors import InvalidInput
from basicchat.domain.ports import LLM
from basicchat.transports.http_protocol import HttpProtocol
from basicchat.transports.wire_protocol import WireProtocol

log = structlog.get_logger(__name__)
Announce = Callable[[str], None]
# Few cycles arise in serving, and looking for them in all that many connections hold takes long.
GC_THRESHOLDS = (20_000, 20, 50)
# How often it is looked whether the last connection has closed, which nothing tells of.
POLL_SECONDS = 0.005


class Server(uvicorn.Server):
    """uvicorn, which lets answers end and tells clients to come back before it stops.

    It stops when it is told to; uvicorn itself looks ten times a second whether it was.
    """

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._told = asyncio.Event()
        self.listening = asyncio.Event()

    def stop(self, *, at_once: bool = False) -> None:
        """Begin to stop; at once: without letting anything end."""
        self.should_exit = True
        self.force_exit = self.force_exit or at_once
        self._told.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal as the wish to stop."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._told.set)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Catch signals. They are not raised again: all is to be closed."""
        with super().capture_signals():
            yield
            self._captured_signals.clear()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        """Serve until it is told to stop. The one tick sets the headers of all answers."""
        if not await self.on_tick(0):
            await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then stop."""
        context = self._app.server_context
        context.draining = True
        for server in self.servers:
            server.close()
        if not self.force_exit:
            await self._drain()
        await context.end_all("the server is stopping")
        for listener in sockets or ():
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._emptied()
        except TimeoutError:
            for task in tuple(self.server_state.tasks):
                task.cancel()

    async def _emptied(self) -> None:
        """Wait until all connections are closed and all requests answered."""
        state = self.server_state
        while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        for server in self.servers:
            await server.wait_closed()

    async def _drain(self) -> None:
        """Let answers end, unless a second signal says that there is no time for that."""
        seconds = self._app.settings.limits.drain_seconds
        draining = asyncio.create_task(self._app.services.runner.drain(seconds))
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        await asyncio.wait([draining])


def uvicorn_config(app: App) -> uvicorn.Config:
    """How uvicorn is set up for an app."""
    settings = app.settings
    return uvicorn.Config(
        app.asgi,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=HttpProtocol,
        ws=WireProtocol,
        ws_per_message_deflate=False,
        ws_max_size=settings.limits.max_frame_bytes,
        # Silent for an interval: a ping; silent for another: the end.
        ws_ping_interval=settings.limits.heartbeat_seconds,
        ws_ping_timeout=settings.limits.heartbeat_seconds,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        # Longer than proxies keep theirs (nginx: 60 s), or they send on what is closing.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=4096,
        # Nobody may say who they are but a proxy that was named.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        ssl_context_factory=_tls if settings.tls_cert else None,
    )


def _tls(config: uvicorn.Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """TLS 1.3 where the other side can, 1.2 at least (RFC 9325, 3.1.1)."""
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def check_tls(settings: Settings) -> None:
    """See that certificate and key can be used, before anything is announced.

    Raises:
        InvalidInput: they cannot.
    """
    if settings.tls_cert is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without this OpenSSL would ask the terminal for a passphrase.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    except OSError as broken:
        raise InvalidInput(
            f"tls_cert, tls_key: {settings.tls_cert} and {settings.tls_key} are no certificate and "
            "its key",
            hint="Both are PEM files that the server may read; the key has no passphrase.",
        ) from broken


def bind(settings: Settings) -> socket.socket:
    """Open the listening socket.

    Raises:
        OSError: the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # For what it accepts: uvloop sees to that, but asyncio's own loop does only where the protocol
    # is named. A reply behind an event would wait 40 ms for the acknowledgement of the event.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
    except BaseException:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


async def serve_app(settings: Settings, announce: Announce, llm: LLM | None = None) -> None:
    """Serve until a signal comes.

    Args:
        announce: is told, a line at a time, where the server is and what it found.
        llm: the model provider, if not the one that the settings lead to.
    """
    check_tls(settings)
    listener = bind(settings)
    with listener:
        port = listener.getsockname()[1]
        settings = settings.model_copy(update={"port": port})
        async with open_app(settings, llm=llm) as app:
            server = Server(uvicorn_config(app), app)
            running = asyncio.create_task(server.serve(sockets=[listener]))
            listening = asyncio.create_task(server.listening.wait())
            try:
                await asyncio.wait([running, listening], return_when=asyncio.FIRST_COMPLETED)
                await _announce(app, announce)
                # Objects made until now stay; without them collections are short.
                gc.collect()
                gc.freeze()
                gc.set_threshold(*GC_THRESHOLDS)
                await app.begin_background()
                await running
            finally:
                running.cancel()
                listening.cancel()
                await asyncio.wait([running, listening])


async def _announce(app: App, announce: Announce) -> None:
    announce(f"BasicChat {app.services.version} is listening on {app.url}")
    announce(f"Model provider: {app.resources.answerer.reason}")
    announce(f"Log in, once: {await app.login_link()}")


def serve(settings: Settings, announce: Announce = print, llm: LLM | None = None) -> None:
    """Run the server to its end.

    Raises:
        OSError: it cannot listen there.
    """
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(serve_app(settings, announce, llm))
