"""The broker port in memory, for tests and as its shortest description."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from basicchat.mqtt.broker import BrokerUnavailable, NotStored, Receive

# The maximum number of messages that are kept for a client that is away, as in mosquitto.
MAX_KEPT = 1000


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic matches a subscription (MQTT 5, section 4.7)."""
    levels = topic.split("/")
    for place, level in enumerate(pattern.split("/")):
        if level == "#":
            return True
        if place >= len(levels) or level not in ("+", levels[place]):
            return False
    return len(levels) == len(pattern.split("/"))


class MemoryBrokerServer:
    """A broker, whose clients are `MemoryBroker`s."""

    def __init__(self) -> None:
        self.retained: dict[str, bytes] = {}
        self.available = True
        self._clients: dict[str, _Client] = {}

    def client(self, name: str) -> "MemoryBroker":
        """The broker as a client of this name."""
        return MemoryBroker(self._clients.setdefault(name, _Client()), self)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Deliver a message to all clients that have subscribed to its topic."""
        if retain:
            self.retained[topic] = payload
        for client in self._clients.values():
            if any(matches(pattern, topic) for pattern in client.topics):
                client.kept.append((topic, payload))
                client.deliver()

    def start(self) -> None:
        """Accept connections again."""
        self.available = True

    def stop(self) -> None:
        """Close all connections, and refuse new ones."""
        self.available = False
        for client in self._clients.values():
            client.close("The broker has stopped")


class _Client:
    """What a broker keeps of a client between connections."""

    def __init__(self) -> None:
        self.topics: Sequence[str] = ()
        self.kept: deque[tuple[str, bytes]] = deque(maxlen=MAX_KEPT)
        self.receive: Receive | None = None
        self.lost: asyncio.Future[BrokerUnavailable] | None = None

    def deliver(self) -> None:
        """Deliver what is kept, as long as the client takes it."""
        while self.kept and self.receive is not None:
            try:
                self.receive(*self.kept[0])
            except NotStored as error:
                self.close(f"A message could not be stored: {error}")
                return
            self.kept.popleft()

    def close(self, why: str) -> None:
        """End the connection."""
        self.receive = None
        if self.lost is not None and not self.lost.done():
            self.lost.set_result(BrokerUnavailable(why))


class MemoryBroker:
    """Implements `Broker`."""

    def __init__(self, client: _Client, server: MemoryBrokerServer) -> None:
        self._client = client
        self._server = server

    @asynccontextmanager
    async def connect(
        self, topics: Sequence[str], receive: Receive, will: tuple[str, bytes] | None = None
    ) -> AsyncIterator["_Connection"]:
        """Connect, and subscribe to topics; see `Broker.connect`."""
        if not self._server.available:
            raise BrokerUnavailable("The broker cannot be reached")
        client = self._client
        client.topics, client.receive = topics, receive
        client.lost = asyncio.get_running_loop().create_future()
        client.deliver()
        try:
            yield _Connection(self._server, client.lost)
        finally:
            if client.lost.done() and will is not None:
                self._server.publish(*will, retain=True)
            client.receive = None


class _Connection:
    def __init__(self, server: MemoryBrokerServer, lost: asyncio.Future[BrokerUnavailable]) -> None:
        self._server = server
        self._lost = lost

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a message; see `BrokerConnection.publish`."""
        if self._lost.done():
            raise self._lost.result()
        self._server.publish(topic, payload, retain=retain)

    async def closed(self) -> BrokerUnavailable:
        """Wait until the connection is lost; see `BrokerConnection.closed`."""
        return await asyncio.shield(self._lost)
