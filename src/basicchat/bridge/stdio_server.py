"""MCP over stdin and stdout, for a data folder in this process."""

import asyncio
import signal
from contextlib import suppress

from basicchat.app import App, open_app
from basicchat.config import Settings
from basicchat.domain.values import Actor
from basicchat.transports.connection import Connection, Socket
from basicchat.transports.lines import LinesIn, LinesOut, claim_stdio, open_lines

# As long as a client may keep the process running, and looks at no clock.
TOKEN_HOURS = 10 * 365 * 24.0
# What was asked before the input ended is still answered, if that takes no longer.
LAST_SECONDS = 1.0


def serve_stdio(settings: Settings) -> None:
    """Serve as the folder's owner until the input ends, or a signal says so."""
    source, target = claim_stdio()

    async def serve() -> None:
        # Beside a server, or other clients' processes: what they have running is not ours.
        async with open_app(settings, recover=False) as app:
            out = LinesOut()
            shell = await connected(app, out)
            lines = LinesIn(shell.received, settings.limits.mcp_body_bytes)
            await open_lines(source, target, lines, out)
            await _until_end(shell, lines, out)

    asyncio.run(serve())


async def connected(app: App, out: Socket) -> Connection:
    """A connection of the owner's to an app in this process."""
    token = app.token(app.owner, TOKEN_HOURS)
    actor: Actor = await app.services.authenticator.authenticate(token)
    server = await app.server_context.mcp.load()
    return app.server_context.connect(out, token, server.frame_session, actor)


async def _until_end(shell: Connection, lines: LinesIn, out: LinesOut) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Windows has no such handlers: there the process just ends.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
    await first_of(ended, lines.ended, out.ended)
    await shell.caller.answer_lasting()
    if lines.ended.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await shell.idle()
    shell.lost()
    await end(out)


async def end(out: LinesOut) -> None:
    """Write what is left, and no more."""
    out.close(1000, "")
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await out.flushed()


async def first_of(*events: asyncio.Event) -> None:
    """Wait for the first of some events."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
