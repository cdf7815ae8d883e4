"""The listening sockets of the workers.

On Linux each worker has a socket of its own, all bound to one address with SO_REUSEPORT, and the
kernel gives every new connection to one of them by a hash of both addresses: evenly, whatever the
workers do. One socket that all inherit is not even, because whoever wakes first takes all that
wait: of 400 connections opened at once, one of two workers got 262, against 202 with sockets of
their own.

The supervisor opens the sockets and keeps them, so that a worker which replaces another takes over
its socket with the connections that wait in it; a socket that its own process had opened would be
closed with it, and these connections refused. If a worker dies, its socket is closed, so that new
connections go to the others at once, and its replacement gets another.

Elsewhere SO_REUSEPORT is missing or distributes nothing, so that all workers share one socket.
"""

import socket
import sys

from basicchat.ops.listeners import open_listener


class Listeners:
    """The sockets of all workers, by the worker's number.

    Raises:
        OSError: the address is in use or not one of this machine's.
    """

    def __init__(self, host: str, port: int, *, separate: bool | None = None) -> None:
        self._host = host
        self._separate = sys.platform == "linux" if separate is None else separate
        # Without the option, so that an address which another server uses is refused.
        self._shared = open_listener(host, port)
        self.port: int = self._shared.getsockname()[1]
        if self._separate:
            self._shared.close()
        self._sockets: dict[int, socket.socket] = {}

    def of(self, number: int) -> socket.socket:
        """The socket of a worker."""
        if not self._separate:
            return self._shared
        if number not in self._sockets:
            self._sockets[number] = open_listener(self._host, self.port, share=True)
        return self._sockets[number]

    def close(self, number: int) -> None:
        """Close the socket of a worker that is gone, unless others use it."""
        listener = self._sockets.pop(number, None)
        if listener is not None:
            listener.close()

    def close_all(self) -> None:
        """Close all sockets."""
        for number in tuple(self._sockets):
            self.close(number)
        self._shared.close()
