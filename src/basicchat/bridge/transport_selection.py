"""Which way the bridge takes to its server."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from basicchat.app.local_server import address, is_served
from basicchat.bridge.folder_transport import FolderTransport
from basicchat.bridge.transports import (
    Refused,
    Transport,
    WebSocketBlocked,
    WebSocketTransport,
    server_url,
)
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError

# Connections over WebSocket that ended before anything came; then it is HTTP's turn.
MOST_SILENT = 2


class TransportSelector:
    """Over WebSocket, by HTTP where that does not come through, or into the folder itself.

    Args:
        token: finds it; called for each connection anew, in a thread.
        folder: whose server it is, if it is an own one; it takes the server's place once that has
            stopped.
        tell: says something to the user.

    Attributes:
        server: its address, which may change if it is an own one.
        where: what was reached last, for users.
    """

    def __init__(
        self,
        server: str,
        token: Callable[[], str],
        folder: Settings | None,
        tell: Callable[[str], None],
    ) -> None:
        self.server = self.where = server
        self._token = token
        self._folder = folder
        self._tell = tell
        self._silent = 0

    @property
    def is_own(self) -> bool:
        """Whether the folder is ours: then tokens can be made."""
        return self._folder is not None

    def ended(self, *, silent: bool) -> None:
        """Take in how a connection ended: before anything had come, and not by the server?"""
        self._silent = self._silent + 1 if silent else 0

    async def open(self) -> Transport:
        """Connect.

        Raises:
            ServerNotFound: there is no such server, or not now.
            Refused: it does not let us in.
        """
        if self._folder is not None:
            if not is_served(self._folder):
                self.where = f"{self._folder.data_dir} itself, which has no server now"
                return await _opened(FolderTransport(self._folder))
            self.server = address(self._folder)
        self.where = self.server
        try:
            token = await asyncio.to_thread(self._token)
        except BasicChatError as error:
            raise Refused(error) from error
        if self._silent < MOST_SILENT:
            with suppress(WebSocketBlocked):
                return await _opened(
                    WebSocketTransport(server_url(self.server, socket=True), token)
                )
        over_http = await asyncio.to_thread(_over_http)
        transport = await _opened(over_http(server_url(self.server, socket=False), token))
        self._silent = 0
        self._tell(f"WebSocket does not come through to {self.server}: speaking over HTTP")
        return transport


def _over_http() -> Callable[[str, str], Transport]:
    """The way over HTTP; what it stands on takes more than a second to load."""
    from basicchat.bridge.http_transport import HttpTransport  # noqa: PLC0415

    return HttpTransport


async def _opened(transport: Transport) -> Transport:
    try:
        await transport.open()
    except BaseException:
        await transport.close()
        raise
    return transport
