"""Runs the server on one port, and drains it on shutdown."""

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
# Serving creates few cycles, and collecting them takes long with many connections.
GC_THRESHOLDS = (20_000, 20, 50)
# How often shutdown checks for open connections, as uvicorn signals no event for the last one.
POLL_SECONDS = 0.005


class Server(uvicorn.Server):
    """uvicorn, extended to let answers finish and to tell clients to reconnect before it stops.

    It reacts to an event to stop, where uvicorn itself polls ten times a second.
    """

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._stop_requested = asyncio.Event()
        self.listening = asyncio.Event()

    def stop(self, *, at_once: bool = False) -> None:
        """Start to stop; `at_once` skips draining."""
        self.should_exit = True
        self.force_exit = self.force_exit or at_once
        self._stop_requested.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Handle a signal as a request to stop."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._stop_requested.set)

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
                await self._connections_closed()
        except TimeoutError:
            for task in tuple(self.server_state.tasks):
                task.cancel()

    async def _connections_closed(self) -> None:
        """Wait until all connections are closed and all requests are answered."""
        state = self.server_state
        while (state.connections or state.tasks) and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)
        for server in self.servers:
            await server.wait_closed()

    async def _drain(self) -> None:
        """Let answers finish, unless a second signal forces an immediate stop."""
        seconds = self._app.settings.limits.drain_seconds
        draining = asyncio.create_task(self._app.services.runner.drain(seconds))
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=0.1)
        draining.cancel()
        await asyncio.wait([draining])


def uvicorn_config(app: App) -> uvicorn.Config:
    """The uvicorn configuration of an app."""
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
        # After an interval of silence a ping is sent; after another the connection ends.
        ws_ping_interval=settings.limits.heartbeat_seconds,
        ws_ping_timeout=settings.limits.heartbeat_seconds,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        # Longer than proxies keep idle connections (nginx: 60 s), or they would use a closing one.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=4096,
        # Forwarded addresses are accepted from the configured proxies only.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        ssl_context_factory=_tls if settings.tls_cert else None,
    )


def _tls(config: uvicorn.Config, make: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """TLS 1.3 where the client supports it, otherwise 1.2 (RFC 9325, 3.1.1)."""
    context = make()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    return context


def check_tls(settings: Settings) -> None:
    """Check that certificate and key are usable, before anything is announced.

    Raises:
        InvalidInput: they are not.
    """
    if settings.tls_cert is None:
        return
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without this, OpenSSL would ask for a passphrase on the terminal.
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=lambda: "")
    except OSError as broken:
        raise InvalidInput(
            f"tls_cert, tls_key: {settings.tls_cert} and {settings.tls_key} are not a certificate "
            "and its key",
            hint="Both must be readable PEM files, and the key must have no passphrase.",
        ) from broken


def bind(settings: Settings) -> socket.socket:
    """Open the listening socket.

    Raises:
        OSError: the address is in use or not one of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by accepted sockets. uvloop sets it anyway, but asyncio's loop does so only if the
    # protocol is given. Without it, a reply after an event would wait 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
    except BaseException:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener


async def serve_app(settings: Settings, announce: Announce, llm: LLM | None = None) -> None:
    """Serve until a signal arrives.

    Args:
        announce: receives the lines that say where the server is and which provider it uses.
        llm: the model provider, instead of the one that the settings choose.
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
                # The objects created so far stay; excluding them keeps collections short.
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
    announce(f"Log in once with this link: {await app.login_link()}")


def serve(settings: Settings, announce: Announce = print, llm: LLM | None = None) -> None:
    """Run the server until it stops.

    Raises:
        OSError: it cannot listen on the address.
    """
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(serve_app(settings, announce, llm))
