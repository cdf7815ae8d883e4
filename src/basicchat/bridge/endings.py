"""How the program ends: it waits for the first of several events, and writes what is buffered."""

import asyncio
from contextlib import suppress

from basicchat.transports.lines import LinesOut

# How long requests that were read before the end of the input may take.
LAST_SECONDS = 1.0


async def end(out: LinesOut) -> None:
    """Write what is buffered, and close."""
    out.close(1000, "")
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await out.flushed()


async def first_of(*events: asyncio.Event) -> None:
    """Wait until one of the events is set."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
