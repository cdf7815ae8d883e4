"""The server as a process: opens the socket and the app, and serves until a signal arrives."""

import asyncio
import gc
import logging
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from basicchat.app import App, open_app
from basicchat.config import Settings
from basicchat.domain.ports import LLM
from basicchat.ops import descriptors
from basicchat.ops.listeners import open_listener
from basicchat.serving.configuration import uvicorn_config
from basicchat.serving.server import Server
from basicchat.serving.tls import tls_context

if TYPE_CHECKING:
    from basicchat.broker.worker import Worker

log = structlog.get_logger(__name__)
Announce = Callable[[str], None]
Listening = Callable[[Sequence[str]], None]
# Serving creates few cycles, and collecting them takes long with many connections.
GC_THRESHOLDS = (20_000, 20, 50)


def bind(settings: Settings) -> socket.socket:
    """Open the listening socket.

    Raises:
        OSError: the address is in use or not one of this machine's.
    """
    return open_listener(settings.host, settings.port)


async def serve_app(settings: Settings, announce: Announce, llm: LLM | None = None) -> None:
    """Serve until a signal arrives.

    Args:
        announce: receives the lines that say where the server is and which provider it uses.
        llm: the model provider, instead of the one that the settings choose.
    """
    with bind(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})

        def listening(lines: Sequence[str]) -> None:
            for line in lines:
                announce(line)

        await serve_on(listener, settings, listening, llm)


async def serve_on(
    listener: socket.socket,
    settings: Settings,
    listening: Listening,
    llm: LLM | None = None,
    worker: "Worker | None" = None,
) -> None:
    """Serve on a bound socket until a signal arrives.

    Args:
        listening: called once it listens, with the lines that say so.
        worker: this process's place, if it is one of several.
    """
    # Before anything is announced: whether certificate and key are usable.
    tls_context(settings)
    descriptors.raise_limit()
    logging.getLogger("uvicorn.error").addFilter(_is_not_cancelled)
    async with open_app(settings, llm=llm, worker=worker) as app:
        server = Server(uvicorn_config(app), app)
        if worker is not None:
            worker.on_stop(server.stop_for_supervisor)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        is_listening = asyncio.create_task(server.listening.wait())
        try:
            await asyncio.wait([running, is_listening], return_when=asyncio.FIRST_COMPLETED)
            listening(await _announcement(app))
            # The objects created so far stay; excluding them keeps collections short.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*GC_THRESHOLDS)
            await app.begin_background()
            await running
        finally:
            running.cancel()
            is_listening.cancel()
            await asyncio.wait([running, is_listening])
            if worker is not None:
                worker.leave()


def _is_not_cancelled(record: logging.LogRecord) -> bool:
    """False for the traceback of a request that was cancelled because the server stops."""
    return record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError)


async def _announcement(app: App) -> Sequence[str]:
    return (
        f"BasicChat {app.services.version} is listening on {app.url}",
        f"Model provider: {app.resources.answerer.reason}",
        f"Log in once with this link: {await app.login_link()}",
    )


def serve(settings: Settings, announce: Announce = print, llm: LLM | None = None) -> None:
    """Run the server until it stops.

    Raises:
        OSError: it cannot listen on the address.
    """
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(serve_app(settings, announce, llm))
