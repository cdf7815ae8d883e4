"""Passes the status that a session has set on to the nodes that have its other connections."""

from basicchat.domain.bus import STATUS_TOPIC, Bus, BusItem
from basicchat.domain.events import Signal
from basicchat.domain.presence import Status
from basicchat.hub.connections import Connections


class StatusRelay:
    """Sets the status of sessions on all nodes. Implements `domain.bus.BusSubscriber`.

    Requests over HTTP may arrive at another node than the one that delivers their session's events.
    """

    def __init__(self, connections: Connections, bus: Bus) -> None:
        self._connections = connections
        self._bus = bus

    def begin(self) -> None:
        """Take what sessions set on other nodes."""
        self._bus.subscribe(STATUS_TOPIC, self)

    def set(self, user_id: str, session_id: str, status: Status) -> None:
        """Set the status of all connections of a session."""
        self._connections.set_status(user_id, session_id, status)
        data = {"user_id": user_id, "session_id": session_id, "status": status}
        self._bus.publish(STATUS_TOPIC, Signal(stream=STATUS_TOPIC, type="presence", data=data))

    def received(self, topic: str, item: BusItem) -> None:
        """Set the status of the connections of a session on this node."""
        if not isinstance(item, Signal) or not isinstance(item.data, dict):
            return
        user_id, session_id = item.data.get("user_id"), item.data.get("session_id")
        status: Status = "away" if item.data.get("status") == "away" else "online"
        if isinstance(user_id, str) and isinstance(session_id, str):
            self._connections.set_status(user_id, session_id, status)

    def missed(self, topic: str) -> None:
        """Do nothing: a status that was lost is set again by the user's next activity."""
