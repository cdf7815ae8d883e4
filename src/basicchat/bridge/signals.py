"""The signals that end a program which a client of MCP has started."""

import asyncio
import signal
from contextlib import suppress


def end_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set from now on; until then they end the process at once."""
    signalled = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Windows has no such handlers; there the process ends at once.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, signalled.set)
    return signalled
