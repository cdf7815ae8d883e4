"""The connection in use: sending on it, replacing it, and checking that it is alive."""

from typing import Literal

from basicchat.client.connection import Connection
from basicchat.client.liveness import LivenessMonitor
from basicchat.client.request_queue import RequestQueue
from basicchat.client.streams import Streams
from basicchat.client.task_group import TaskGroup
from basicchat.client.timing import Timing


class CurrentConnection:
    """Holds the connection in use, if there is one.

    Args:
        closing: owns the closing of connections, which nothing waits for.
    """

    def __init__(
        self,
        requests: RequestQueue,
        streams: Streams,
        liveness: LivenessMonitor,
        timing: Timing,
        closing: TaskGroup,
    ) -> None:
        self._requests = requests
        self._streams = streams
        self._liveness = liveness
        self._timing = timing
        self._closing = closing
        self.connection: Connection | None = None

    def take(self) -> Connection | None:
        """Return the connection in use, which is not in use any longer."""
        connection, self.connection = self.connection, None
        return connection

    def flush(self) -> None:
        """Send the requests that are due."""
        connection = self.connection
        if connection is not None and connection.welcomed:
            for request in self._requests.take_due(connection, self._liveness.now):
                connection.send(request.frame)

    def refollow(self) -> None:
        """Follow the streams that are followed now."""
        if self.connection is not None and self.connection.is_open:
            self.connection.follow(self._streams.followed())

    def replace(self, connection: Connection) -> None:
        """Use another connection; the old one stays until its requests have been answered."""
        old, self.connection = self.connection, connection
        if old is not None and old.is_open:
            old.follow({})
            self.close_if_drained(old)

    def close_if_drained(self, connection: Connection) -> None:
        """Close a connection that has been replaced and has no requests in flight."""
        if connection is not self.connection and not self._requests.in_flight_on(connection):
            self._closing.spawn(connection.close())

    def probe(self) -> None:
        """Send a ping, unless there is no session yet."""
        if self.connection is not None and self.connection.welcomed:
            self.connection.probe()

    def verdict(self, heartbeat: float) -> Literal["alive", "probe", "dead"]:
        """Judge by the silence of the connection whether it is alive.

        Args:
            heartbeat: seconds of silence to be expected while no request is pending.
        """
        connection = self.connection
        if connection is None or not connection.is_open:
            return "alive"
        max_silence = self._timing.probe_after if len(self._requests) else heartbeat
        return self._liveness.verdict(connection.welcomed, connection.since, max_silence)
