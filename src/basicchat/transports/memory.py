"""In-memory transport: a client in the same process, subject to the codec and all limits."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import msgspec

from basicchat.protocol.errors import ErrorData, WireError
from basicchat.transports.connection import Connection, ConnectionFactory

MAX_NOTIFICATIONS = 100_000


class CallError(Exception):
    """A request was answered with an error."""

    def __init__(self, error: WireError) -> None:
        super().__init__(error.message)
        self.error = error


class MemorySocket:
    """A socket whose other end is a queue; `stall` makes its reader slow."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_NOTIFICATIONS)
        self.closed: tuple[int, str] | None = None
        self._reading = asyncio.Event()
        self._reading.set()

    def stall(self) -> None:
        """Stop reading."""
        self._reading.clear()

    def resume(self) -> None:
        """Continue reading."""
        self._reading.set()

    def ready(self) -> bool:
        """Whether the reader accepts more without delay."""
        return self._reading.is_set()

    def write(self, frame: bytes) -> None:
        """Queue a frame for the client."""
        if self.closed is None:
            self.frames.put_nowait(frame)

    async def drained(self) -> None:
        """Wait for the reader."""
        await self._reading.wait()

    def admit(self) -> None:
        """No limits apply before the client is authenticated."""

    def charge(self, frames: int) -> None:
        """A turn has no limit here."""

    def silent_for(self) -> float:
        """Always 0: a peer in the same process cannot vanish."""
        return 0.0

    def close(self, code: int, reason: str) -> None:
        """Close the socket; the client reads the end after the frames before it."""
        if self.closed is None:
            self.closed = (code, reason)
            self.frames.put_nowait(None)


class MemoryClient:
    """Speaks JSON-RPC over a memory socket."""

    def __init__(self, connect: ConnectionFactory, token: str | None = None) -> None:
        self.socket = MemorySocket()
        self.connection: Connection = connect(self.socket, token)
        self._ids = count(1)
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._notes: asyncio.Queue[tuple[str, dict[str, Any]] | None] = asyncio.Queue(
            MAX_NOTIFICATIONS
        )
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while (frame := await self.socket.frames.get()) is not None:
            message = msgspec.json.decode(frame)
            if "method" in message:
                self._notes.put_nowait((message["method"], message["params"]))
                continue
            reply = self._replies.pop(message["id"], None)
            if reply is not None and not reply.done():
                self._settle(reply, message)
        self._notes.put_nowait(None)
        for reply in self._replies.values():
            reply.set_exception(ConnectionError("closed"))

    @staticmethod
    def _settle(reply: asyncio.Future[Any], message: dict[str, Any]) -> None:
        if "error" in message:
            error = message["error"]
            data = msgspec.convert(error["data"], ErrorData)
            wire = WireError(code=error["code"], message=error["message"], data=data)
            reply.set_exception(CallError(wire))
        else:
            reply.set_result(message["result"])

    async def call(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """Send a request and wait for its result.

        Raises:
            CallError: the server answered with an error.
            ConnectionError: the connection was closed.
        """
        number = next(self._ids)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}
        self.connection.received(msgspec.json.encode(request))
        return await reply

    @property
    async def notifications(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """The server's notifications, as (name, parameters)."""
        while (note := await self._notes.get()) is not None:
            yield note

    async def next_note(self, seconds: float = 10.0) -> tuple[str, dict[str, Any]]:
        """The next notification, as (name, parameters).

        Raises:
            TimeoutError: none arrived within `seconds`.
            ConnectionError: the connection was closed.
        """
        async with asyncio.timeout(seconds):
            note = await self._notes.get()
        if note is None:
            raise ConnectionError("closed")
        return note

    async def close(self) -> None:
        """Drop the connection like a lost socket."""
        self.connection.lost()
        self.socket.close(1000, "")
        await self._reader
