"""The bridge's transport into the data folder itself, after the folder's server has stopped."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from basicchat.app import open_app
from basicchat.bridge.stdio_server import connected
from basicchat.bridge.transports import ConnectionLost
from basicchat.config import Settings
from basicchat.mcp.wire.frames import Id, Message, Reply, Request, decode
from basicchat.ops.local_server import is_served
from basicchat.protocol.errors import Close
from basicchat.transports.connection import Connection
from basicchat.transports.memory import MemorySocket

# With more frames waiting for the client, the app waits too.
MAX_WAITING = 100


class _Bounded(MemorySocket):
    """A socket with flow control: it stalls while too many frames are unread."""

    def write(self, frame: bytes) -> None:
        super().write(frame)
        if self.frames.qsize() > MAX_WAITING:
            self.stall()

    async def next(self) -> bytes | None:
        """The next frame; None at the end."""
        frame = await self.frames.get()
        if self.frames.qsize() < MAX_WAITING:
            self.resume()
        return frame


class FolderTransport:
    """Serves in this process until the folder has a server again; see `Transport`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._socket = _Bounded()
        self._shell: Connection | None = None
        # Unanswered requests, except those that last.
        self._open: set[Id] = set()
        self.unsent: set[Id] = set()

    async def open(self) -> None:
        """Open the folder; see `Transport`."""
        app = await self._stack.enter_async_context(open_app(self._settings, recover=False))
        self._shell = await connected(app, self._socket)

    async def send(self, frame: bytes, message: Message) -> None:
        """Hand a frame over; see `Transport`."""
        assert self._shell is not None
        if isinstance(message, Request):
            if not self._open and is_served(self._settings.data_dir):
                # Changes that go through the server are shown on its pages at once.
                self.unsent.add(message.id)
                self._socket.close(Close.DRAINING, "the folder has a server again")
                return
            if message.method != "subscriptions/listen":
                self._open.add(message.id)
        self._shell.received(frame)

    async def frames(self) -> AsyncIterator[bytes]:
        """The received frames; see `Transport`."""
        while (frame := await self._socket.next()) is not None:
            message = decode(frame) if self._open else None
            if isinstance(message, Reply):
                self._open.discard(message.id)
            yield frame
        raise ConnectionLost(*(self._socket.closed or ()))

    async def close(self) -> None:
        """Close the folder; see `Transport`."""
        if self._shell is not None:
            self._shell.lost()
        await self._stack.aclose()
