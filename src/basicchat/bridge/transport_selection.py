"""Selects the bridge's transport: WebSocket, HTTP, or the data folder itself."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from basicchat.bridge.transports import (
    Refused,
    Transport,
    WebSocketBlocked,
    WebSocketTransport,
    server_url,
)
from basicchat.config import Settings
from basicchat.domain.errors import BasicChatError
from basicchat.ops.local_server import address, is_served

# After this many WebSocket connections that ended before anything was received, HTTP is tried.
MAX_SILENT = 2


class TransportSelector:
    """Opens transports: over WebSocket, over HTTP where that is blocked, or into the data folder.

    Args:
        token: returns the access token; called for each connection, in a thread.
        folder: the settings of the data folder whose own server this is, if it is one; the folder
            is opened in this process once the server has stopped.
        tell: shows the user a line.

    Attributes:
        server: the server's address, which may change if it is an own one.
        where: what is connected, for users.
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
        """Whether it is the server of this data folder, for which tokens can be issued."""
        return self._folder is not None

    def ended(self, *, silent: bool) -> None:
        """Record whether a connection ended before anything was received, and not by the server."""
        self._silent = self._silent + 1 if silent else 0

    async def open(self) -> Transport:
        """Connect.

        Raises:
            ServerNotFound: no server answers.
            Refused: the server denies access.
        """
        if self._folder is not None:
            if not is_served(self._folder.data_dir):
                self.where = f"the data folder {self._folder.data_dir}, whose server has stopped"
                in_folder = await asyncio.to_thread(_in_folder)
                return await _opened(in_folder(self._folder))
            self.server = address(self._folder.data_dir) or self._folder.url
        self.where = self.server
        try:
            token = await asyncio.to_thread(self._token)
        except BasicChatError as error:
            raise Refused(error) from error
        if self._silent < MAX_SILENT:
            with suppress(WebSocketBlocked):
                return await _opened(
                    WebSocketTransport(server_url(self.server, socket=True), token)
                )
        over_http = await asyncio.to_thread(_over_http)
        transport = await _opened(over_http(server_url(self.server, socket=False), token))
        self._silent = 0
        self._tell(f"WebSocket to {self.server} is blocked; using HTTP")
        return transport


def _over_http() -> Callable[[str, str], Transport]:
    """The transport over HTTP, whose import takes more than a second."""
    from basicchat.bridge.http_transport import HttpTransport  # noqa: PLC0415

    return HttpTransport


def _in_folder() -> Callable[[Settings], Transport]:
    """The transport into the data folder, which imports the whole server."""
    from basicchat.bridge.folder_transport import FolderTransport  # noqa: PLC0415

    return FolderTransport


async def _opened(transport: Transport) -> Transport:
    try:
        await transport.open()
    except BaseException:
        await transport.close()
        raise
    return transport
