"""How the connection is, and who waits for it."""

import asyncio
from collections.abc import Callable
from typing import Any

from basicchat.client.emitter import failure_of
from basicchat.client.errors import ChatError
from basicchat.client.events import State, Status, TransportName

# What a server means by ending a connection for good, and what to do then.
_ENDED = {
    "unauthenticated": ("The token does not hold any more", "Log in again, or make another key."),
    "forbidden": ("You may not use this server any more", "Ask who administers it."),
}


def ended(status: Status) -> ChatError:
    """Why a connection is over that the server ended without a word."""
    message, hint = _ENDED.get(status, ("The server ended the connection", None))
    return ChatError(message, kind=status, hint=hint)


class ConnectionState:
    """Holds the state.

    Args:
        tell: is told each new one.
    """

    def __init__(self, tell: Callable[[State], None]) -> None:
        self._tell = tell
        self._changed = asyncio.Event()
        self.state = State(status="idle")

    @property
    def online(self) -> bool:
        """Whether the session is open."""
        return self.state.status == "online"

    async def opened(self) -> None:
        """Wait until the session is open.

        Raises:
            ChatError: that will not be.
        """
        while not self.online:
            if (failure := failure_of(self.state)) is not None:
                raise failure
            self._changed.clear()
            await self._changed.wait()

    def say(
        self,
        status: Status,
        *,
        transport: TransportName | None = None,
        retry_in: float | None = None,
        error: ChatError | None = None,
        user: dict[str, Any] | None = None,
    ) -> None:
        """Take another state, and tell of it."""
        self.state = State(
            status=status, transport=transport, retry_in=retry_in, error=error, user=user
        )
        self._changed.set()
        self._tell(self.state)
