"""The end of a connection whose client is refused: it gets to see the answer, but not much time."""

import asyncio

from basicchat.transports.connection_gate import DiscardBudget
from basicchat.transports.held_flow import HeldFlow

# How long a refused client's input is discarded.
LINGER_SECONDS = 2.0
# How long such a client is not read while many others send, too.
DISCARD_PAUSE_SECONDS = 0.1


class LingeringClose:
    """Closes a connection after a last answer.

    Closing a socket with unread data would discard the answer, so what the client still sends is
    read for a moment, and slowly if it is a flood, which would load the machine at its full speed.

    Args:
        budget: of all refused clients together.
    """

    __slots__ = ("_budget", "_flow", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, flow: HeldFlow, budget: DiscardBudget) -> None:
        self._transport = transport
        self._flow = flow
        self._budget = budget
        self._loop = asyncio.get_running_loop()

    def begin(self, answer: bytes) -> None:
        """Send the answer, if any, and close soon."""
        if answer:
            self._transport.write(answer)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    def discard(self, size: int) -> None:
        """Drop input of so many bytes."""
        if not self._budget.take(size, self._loop.time()):
            self._flow.hold()
            self._loop.call_later(DISCARD_PAUSE_SECONDS, self._discard_more)

    def _discard_more(self) -> None:
        if self._transport.is_closing():
            return
        self._flow.held = False
        self.discard(0)
        if not self._flow.held:
            self._flow.resume_reading()
