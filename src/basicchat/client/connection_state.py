"""The state of a client's connection, and waiting for it to open."""

import asyncio
from collections.abc import Callable
from typing import Any

from basicchat.client.emitter import terminal_error
from basicchat.client.errors import ChatError
from basicchat.client.events import State, Status, TransportName

# Why a server closes a connection for good, and what to do then.
_REASONS = {
    "unauthenticated": (
        "The token is invalid or has expired",
        "Log in again, or create a new key.",
    ),
    "forbidden": ("You no longer have access to this server", "Ask its administrator."),
}


def closed_by_server(status: Status) -> ChatError:
    """The error of a connection that the server closed for good without an error reply."""
    message, hint = _REASONS.get(status, ("The server closed the connection", None))
    return ChatError(message, kind=status, hint=hint)


class ConnectionState:
    """Holds the current state, and publishes each new one.

    Args:
        on_change: called with each new state.
    """

    def __init__(self, on_change: Callable[[State], None]) -> None:
        self._on_change = on_change
        self._changed = asyncio.Event()
        self.current = State(status="idle")

    @property
    def online(self) -> bool:
        """Whether the session is open."""
        return self.current.status == "online"

    async def wait_online(self) -> None:
        """Wait until the session is open.

        Raises:
            ChatError: the connection has ended for good.
        """
        while not self.online:
            if (error := terminal_error(self.current)) is not None:
                raise error
            self._changed.clear()
            await self._changed.wait()

    def set(
        self,
        status: Status,
        *,
        transport: TransportName | None = None,
        retry_in: float | None = None,
        error: ChatError | None = None,
        user: dict[str, Any] | None = None,
    ) -> None:
        """Change the state, and publish it."""
        self.current = State(
            status=status, transport=transport, retry_in=retry_in, error=error, user=user
        )
        self._changed.set()
        self._on_change(self.current)
