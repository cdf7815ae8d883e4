"""Serves MCP over stdio from a data folder that is opened in this process."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from basicchat.app import App, open_app
from basicchat.bridge.early_answers import Stdio
from basicchat.bridge.endings import LAST_SECONDS, end, first_of
from basicchat.bridge.signals import end_signal
from basicchat.config import Settings
from basicchat.domain.values import Actor
from basicchat.mcp.wire import frames
from basicchat.transports.connection import Connection, Socket
from basicchat.transports.lines import LinesIn, LinesOut, open_lines

# Longer than any client keeps the process running.
TOKEN_HOURS = 10 * 365 * 24.0


class _Output(LinesOut):
    """Writes lines, except one answer that the client has already."""

    def __init__(self, answered: frames.Id | None) -> None:
        super().__init__()
        self._answered = answered

    def write(self, frame: bytes) -> None:
        """Write a frame as one line."""
        if self._answered is not None:
            message = frames.decode(frame)
            if isinstance(message, frames.Reply) and message.id == self._answered:
                self._answered = None
                return
        super().write(frame)


def serve_stdio(settings: Settings, claim: Callable[[], Stdio]) -> None:
    """Serve as the folder's owner until the input ends, or until SIGTERM or SIGINT."""
    stdio = claim()
    handshake = stdio.handshake

    async def serve() -> None:
        # A server or processes of other clients may use the folder too, so their runs are not
        # recovered here.
        async with open_app(settings, recover=False) as app:
            out = _Output(None if handshake is None else handshake.id)
            shell = await connected(app, out)
            lines = LinesIn(shell.received, settings.limits.mcp_body_bytes)
            # Before anything is answered.
            signalled = end_signal()
            if handshake is not None:
                shell.received(handshake.line)
            await open_lines(stdio.source, stdio.target, lines, out, stdio.unread)
            await _until_end(shell, lines, out, signalled)

    asyncio.run(serve())


async def connected(app: App, out: Socket) -> Connection:
    """A connection of the owner to an app in this process."""
    token = app.token(app.owner, TOKEN_HOURS)
    actor: Actor = await app.services.authenticator.authenticate(token)
    server = await app.server_context.mcp.load()
    return app.server_context.connect(out, token, server.frame_session, actor)


async def _until_end(
    shell: Connection, lines: LinesIn, out: LinesOut, signalled: asyncio.Event
) -> None:
    await first_of(signalled, lines.ended, out.ended)
    await shell.caller.end_long_requests()
    if lines.ended.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await shell.idle()
    shell.lost()
    await end(out)
