"""Decides at once whether a new TCP connection is served, before any of it is read.

Theory of operation
-------------------
The gate counts the connections of each address that speak plain HTTP. A WebSocket leaves the count
with its upgrade, as it takes one of the address's connection slots then. At the limit of an
address, its connection that has been idle for longest makes room for the new one; if none is idle,
the new one is refused.

The gate also keeps the server from using up its file descriptors. When all but a reserve are in
use, a new connection is *reserved*: it is read, but the application answers only health checks and
administrators (`reserve.py`). There are few such connections. If all are taken, the oldest one that
has not sent a complete request makes room, so a client that sends its request at once is answered.

A refused connection stays for a moment, so that its client can read why. A few may do so at a time;
any more are dropped without an answer, or else they would fill the server themselves.
"""

from collections.abc import Container, Sized
from typing import Literal, Protocol

from basicchat.domain.addresses import network_of
from basicchat.domain.shared_counts import SharedCounts

# A browser opens up to six connections beside its WebSocket.
HTTP_SHARE = 8
RESERVED_CONNECTIONS = 32
REFUSED_CONNECTIONS = 32
# Descriptors left to the database, workers, uploads and requests to other servers.
OWN_DESCRIPTORS = 96
# The input of refused clients that is read in order to be discarded.
DISCARD_BURST_BYTES = 64 * 1024 * 1024
DISCARD_BYTES_PER_SECOND = 32 * 1024 * 1024
Verdict = Literal["served", "reserved", "address_full", "server_full", "dropped"]


class DiscardBudget:
    """How much of the input of refused clients may be read, to be discarded, all of them together.

    A client can only read the answer if its input is read. A few large requests are; a flood is
    read at a rate that burdens nobody.
    """

    def __init__(self) -> None:
        self._left = float(DISCARD_BURST_BYTES)
        self._updated = 0.0

    def take(self, size: int, now: float) -> bool:
        """Count discarded bytes; whether more may be read now."""
        earned = (now - self._updated) * DISCARD_BYTES_PER_SECOND
        self._updated = now
        self._left = min(self._left + earned, DISCARD_BURST_BYTES) - size
        return self._left > 0


class GatedConnection(Protocol):
    """A connection as the gate sees it."""

    @property
    def idle(self) -> bool:
        """Whether it waits for the first byte of another request."""
        ...

    @property
    def incomplete(self) -> bool:
        """Whether its first request has not arrived completely."""
        ...

    def evict(self) -> None:
        """Close it now."""
        ...


class ConnectionGate:
    """Counts connections that speak plain HTTP.

    Args:
        per_address: how many one address may have.
        total: how many connections of any kind the server may have; None if descriptors are not
            limited.
        proxies: their connections belong to many clients, whose requests are counted instead
            (`forwarded.py`).
        shared: the connections of each address at the server's other workers, if there are any.

    Attributes:
        discards: how much input of refused connections may be read.
    """

    def __init__(
        self,
        *,
        per_address: int,
        total: int | None = None,
        proxies: Container[str] = (),
        shared: SharedCounts | None = None,
    ) -> None:
        self._shared = shared
        self._per_address = per_address
        self._total = total
        self._proxies = proxies
        self._by_address: dict[str, dict[GatedConnection, None]] = {}
        self._reserved: dict[GatedConnection, None] = {}
        self._refused: set[GatedConnection] = set()
        self.discards = DiscardBudget()

    @property
    def counts(self) -> dict[str, int]:
        """How many connections each address has."""
        return {address: len(each) for address, each in self._by_address.items()}

    def admit(self, connection: GatedConnection, address: str, open_connections: int) -> Verdict:
        """Count a new connection, unless it is refused.

        Args:
            open_connections: how many connections of any kind are open, including this one.

        Returns:
            How to serve the connection; or why to refuse it; or "dropped" if its client cannot be
            told, because many others are being told.
        """
        verdict = self._count(connection, address, open_connections)
        if verdict in ("address_full", "server_full"):
            if len(self._refused) >= REFUSED_CONNECTIONS:
                return "dropped"
            self._refused.add(connection)
        return verdict

    def _count(self, connection: GatedConnection, address: str, open_connections: int) -> Verdict:
        if address not in self._proxies and not self._take_slot(connection, network_of(address)):
            return "address_full"
        if self._total is None or open_connections <= self._total:
            return "served"
        if not self._take_reserve(connection):
            self.release(connection, address)
            return "server_full"
        return "reserved"

    def release(self, connection: GatedConnection, address: str) -> None:
        """Stop counting a connection; safe to repeat."""
        self._reserved.pop(connection, None)
        self._refused.discard(connection)
        key = network_of(address)
        connections = self._by_address.get(key)
        if connections is not None:
            connections.pop(connection, None)
            self._tell(key, connections)
            if not connections:
                del self._by_address[key]

    def _take_slot(self, connection: GatedConnection, key: str) -> bool:
        connections = self._by_address.setdefault(key, {})
        elsewhere = self._shared.elsewhere(key) if self._shared is not None else 0
        if len(connections) + elsewhere >= self._per_address:
            idle = next((each for each in connections if each.idle), None)
            if idle is None:
                if not connections:
                    del self._by_address[key]
                return False
            del connections[idle]
            idle.evict()
        connections[connection] = None
        self._tell(key, connections)
        return True

    def _tell(self, key: str, connections: Sized) -> None:
        if self._shared is not None:
            self._shared.changed(key, len(connections))

    def _take_reserve(self, connection: GatedConnection) -> bool:
        if len(self._reserved) >= RESERVED_CONNECTIONS:
            oldest = next((each for each in self._reserved if each.incomplete), None)
            if oldest is None:
                return False
            del self._reserved[oldest]
            oldest.evict()
        self._reserved[connection] = None
        return True
