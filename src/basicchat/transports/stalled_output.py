"""Ends connections whose clients do not read what they are sent."""

import asyncio

# Shorter than the timeouts of the senders: a connection they close still has to drain its buffer.
STUCK_SECONDS = 20.0


class StalledOutput:
    """Aborts a connection whose send buffer does not shrink for `STUCK_SECONDS`.

    Closing a socket waits until its buffer has been read, so a client that never reads would keep
    it open for ever, even after the sender has given up.
    """

    __slots__ = ("_timer", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Start to watch, because something waits in the buffer."""
        self.stop()
        left = self._transport.get_write_buffer_size()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(STUCK_SECONDS, self._check, left)

    def stop(self) -> None:
        """Stop watching: the buffer is empty, or the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self, before: int) -> None:
        self._timer = None
        left = self._transport.get_write_buffer_size()
        if left >= before:
            self._transport.abort()
        elif left:
            self.watch()
