"""One worker: a server among several on one address, started by their supervisor."""

import os
import socket

import structlog

from basicchat.broker.frames import Welcome, receive_welcome
from basicchat.broker.link import BrokerLink
from basicchat.broker.worker import Worker
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError
from basicchat.domain.ports import LLM
from basicchat.serving.process import serve_on

# What the process ends with if it has told the supervisor why it cannot start.
FAILED = 1


def serve_worker(settings: Settings, llm: LLM | None = None) -> int:
    """Serve until the supervisor or a signal says to stop; returns the exit code."""
    import uvloop  # noqa: PLC0415 - not on Windows

    control = _take_control_socket()
    welcome, listeners = receive_welcome(control)
    structlog.contextvars.bind_contextvars(worker=welcome.slot)
    settings = settings.model_copy(update=own_share(settings, welcome))
    return uvloop.run(_serve(control, welcome, listeners[0], settings, llm))


def own_share(settings: Settings, welcome: Welcome) -> dict[str, int]:
    """The settings of one worker, which has its share of what is set for the server as a whole."""
    changed = {"port": welcome.port}
    shared = {"indexing_workers": 2, "parallel_answers": 1}
    for name, least in shared.items():
        number = getattr(settings, name)
        if number is not None:
            share = number // welcome.workers + (welcome.slot <= number % welcome.workers)
            changed[name] = max(share, least)
    return changed


def _take_control_socket() -> socket.socket:
    """The socket to the supervisor, which is the standard input; that becomes an empty file."""
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return control


async def _serve(
    control: socket.socket,
    welcome: Welcome,
    listener: socket.socket,
    settings: Settings,
    llm: LLM | None,
) -> int:
    async with BrokerLink(welcome.node).running(control) as link:
        worker = Worker(link, welcome)
        try:
            await serve_on(listener, settings, worker.ready, llm, worker)
        except BasicChatError as error:
            worker.failed(error.message, error.hint)
            return FAILED
    return 0
