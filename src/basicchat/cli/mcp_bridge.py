"""MCP over stdin and stdout, for a running server: each line is a message of its WebSocket."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from basicchat.cli.mcp_stdio import LAST_SECONDS, end, first_of
from basicchat.cli.terminal import failure
from basicchat.client.tasks import Tasks
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.mcp import frames
from basicchat.transports.lines import LinesIn, LinesOut, claim_stdio, open_lines

OPEN_SECONDS = 15.0
# Lines that were read and not sent yet.
MAX_WAITING = 1000
REFUSED = {
    401: ("The server does not know this token.", "Make one with `basicchat token create`."),
    403: ("The server does not let this user in.", "Ask whoever runs it."),
}


class NotThere(Exception):
    """Nothing answered at the address."""


def bridge(server: str, token: str, settings: Settings) -> None:
    """Carry messages between stdio and a server until either ends.

    Raises:
        NotThere: nothing answers; stdin was not touched.
        BasicChatError: it refuses, or closed the connection.
    """
    if problem := asyncio.run(_until_signal(server, token, settings.limits.mcp_body_bytes)):
        raise problem


async def _until_signal(server: str, token: str, limit_bytes: int) -> BasicChatError | None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Windows has no such handlers: there the process just ends.
    with suppress(NotImplementedError):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
    return await Bridge(claim_stdio, limit_bytes).run(server, token, stop)


def socket_url(server: str) -> str:
    """Where a server speaks MCP over WebSocket.

    Raises:
        InvalidInput: that is no address of a server.
    """
    parts = urlsplit(server)
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.netloc:
        raise InvalidInput(
            f"--server: {server} came; allowed: an address such as http://127.0.0.1:8765"
        )
    path = parts.path.rstrip("/").removesuffix("/mcp")
    return f"{scheme}://{parts.netloc}{path}/mcp"


class Bridge:
    """One connection to the server, and what is on its way.

    Args:
        claim: gives what to read lines from and to write them to, once the server is there.
        limit_bytes: of a line.
    """

    def __init__(self, claim: Callable[[], tuple[BinaryIO, BinaryIO]], limit_bytes: int) -> None:
        self._claim = claim
        self._limit = limit_bytes
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(MAX_WAITING)
        # Requests of the client that are not answered yet.
        self._asked: set[frames.Id] = set()
        self._answered = asyncio.Event()
        self._gone = asyncio.Event()
        self._out = LinesOut()

    async def run(self, server: str, token: str, stop: asyncio.Event) -> BasicChatError | None:
        """Bridge until either side ends, or it is stopped; what went wrong, if anything."""
        url = socket_url(server)
        try:
            socket = await connect(
                url,
                subprotocols=[Subprotocol("mcp")],
                additional_headers={"authorization": f"Bearer {token}"},
                open_timeout=OPEN_SECONDS,
                compression=None,
                max_size=None,
                proxy=None,
            )
        except InvalidStatus as refused:
            told = REFUSED.get(refused.response.status_code)
            if told is None:
                raise NotThere from refused
            return failure(*told)
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as absent:
            raise NotThere from absent
        async with socket:
            return await self._carry(socket, stop)

    async def _carry(self, socket: ClientConnection, stop: asyncio.Event) -> BasicChatError | None:
        lines = LinesIn(self._take, self._limit)
        tasks = Tasks()
        await open_lines(*self._claim(), lines, self._out)
        sending, receiving = tasks.spawn(self._send(socket)), tasks.spawn(self._receive(socket))
        try:
            await first_of(stop, lines.ended, self._out.ended, self._gone)
            if lines.ended.is_set() and not self._gone.is_set():
                await self._finish()
        finally:
            sending.cancel()
            receiving.cancel()
            await tasks.end()
            await end(self._out)
        return self._told(socket) if self._gone.is_set() else None

    def _take(self, line: bytes) -> None:
        message = frames.decode(line)
        if isinstance(message, frames.Broken):
            # It may be too long for the server, or no text.
            answer = frames.encode_error(message.id, message.code, message.message)
            self._out.write(answer)
            return
        if isinstance(message, frames.Request):
            self._asked.add(message.id)
        try:
            self._waiting.put_nowait(line)
        except asyncio.QueueFull:
            self._gone.set()

    async def _send(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            while True:
                await socket.send(await self._waiting.get(), text=True)

    async def _receive(self, socket: ClientConnection) -> None:
        try:
            async for frame in socket:
                raw = frame.encode() if isinstance(frame, str) else frame
                await self._out.drained()
                self._out.write(raw)
                self._note(raw)
        except (ConnectionClosed, ConnectionError):
            pass
        self._gone.set()

    def _note(self, raw: bytes) -> None:
        message = frames.decode(raw)
        if isinstance(message, frames.Reply) and message.id in self._asked:
            self._asked.discard(message.id)
            if not self._asked:
                self._answered.set()

    async def _finish(self) -> None:
        """What was asked before the input ended is still answered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                while self._asked and not self._gone.is_set():
                    self._answered.clear()
                    await first_of(self._answered, self._gone)

    def _told(self, socket: ClientConnection) -> BasicChatError:
        reason = socket.close_reason or f"code {socket.close_code}"
        return failure(f"The server closed the connection: {reason}.")
