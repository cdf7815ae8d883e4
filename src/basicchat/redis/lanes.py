"""The connections that receive messages: one, or one for each primary of a cluster."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from basicchat.redis.client import connection_options, tls_options
from basicchat.redis.commands import RedisCommands

if TYPE_CHECKING:
    from redis.asyncio import RedisCluster
    from redis.asyncio.connection import AbstractConnection

# A connection is dead if so many pings, one every five seconds, were not answered.
MAX_PINGS = 3
PING_SECONDS = 5.0
CHANNELS_PER_COMMAND = 500


class Lane:
    """One connection that receives messages."""

    def __init__(self, connection: "AbstractConnection") -> None:
        self._connection = connection
        # Pings since the latest message. One timer for all messages costs less than one for each,
        # and a process that was frozen itself does not take its peer for dead.
        self._pings = 0

    async def receive(self) -> tuple[bytes, bytes, bytes]:
        """The next message: its kind, channel and payload.

        Raises:
            redis.RedisError: the connection is lost.
        """
        answer = await self._connection.read_response(timeout=math.inf)
        self._pings = 0
        if not isinstance(answer, list) or len(answer) != 3:
            return b"pong", b"", b""
        kind, channel, payload = answer
        return kind, channel or b"", payload if isinstance(payload, bytes) else b""

    async def send(self, *command: bytes) -> None:
        """Send a command whose answer is a message."""
        await self._connection.send_command(*command)

    async def keep_alive(self) -> None:
        """Ask for signs of life until cancelled.

        Raises:
            TimeoutError: there are none.
        """
        while self._pings < MAX_PINGS:
            self._pings += 1
            await self.send(b"PING")
            await asyncio.sleep(PING_SECONDS)
        raise TimeoutError("no message and no heartbeat")

    async def close(self) -> None:
        """Close the connection at once."""
        await self._connection.disconnect(nowait=True)


class Lanes:
    """All connections that receive messages, and the commands for their kind of channel."""

    subscribe, unsubscribe = b"SUBSCRIBE", b"UNSUBSCRIBE"

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    @property
    def all(self) -> tuple[Lane, ...]:
        """All connections."""
        return (self._lane,)

    def lane(self, channel: bytes) -> Lane:
        """The connection of a channel."""
        return self._lane

    def sort(self, wishes: Mapping[bytes, bool]) -> Iterator[tuple[Lane, bytes, list[bytes]]]:
        """The commands that make channels subscribed or not: connection, command, channels."""
        groups: dict[tuple[Lane, bytes], list[bytes]] = defaultdict(list)
        for channel, wanted in wishes.items():
            verb = self.subscribe if wanted else self.unsubscribe
            groups[self.lane(channel), verb].append(channel)
        for (lane, verb), channels in groups.items():
            for start in range(0, len(channels), CHANNELS_PER_COMMAND):
                yield lane, verb, channels[start : start + CHANNELS_PER_COMMAND]

    async def close(self) -> None:
        """Close all connections at once."""
        for lane in self.all:
            await lane.close()


class ClusterLanes(Lanes):
    """Connections to all primaries of a cluster; a channel belongs to the one of its slot."""

    subscribe, unsubscribe = b"SSUBSCRIBE", b"SUNSUBSCRIBE"

    def __init__(self, client: "RedisCluster", lanes: Mapping[str, Lane]) -> None:
        self._client = client
        self._lanes = lanes

    @property
    def all(self) -> tuple[Lane, ...]:
        """All connections."""
        return tuple(self._lanes.values())

    def lane(self, channel: bytes) -> Lane:
        """The connection of a channel."""
        node = self._client.nodes_manager.get_node_from_slot(self._client.keyslot(channel))
        return self._lanes[node.name]

    def sort(self, wishes: Mapping[bytes, bool]) -> Iterator[tuple[Lane, bytes, list[bytes]]]:
        """The same for each channel alone: those of one command would have to share a slot."""
        for channel, wanted in wishes.items():
            yield self.lane(channel), self.subscribe if wanted else self.unsubscribe, [channel]


async def open_lanes(commands: RedisCommands) -> Lanes:
    """Connect to all servers from which messages come.

    Raises:
        redis.RedisError: one of them cannot be reached.
    """
    if commands.address.kind == "cluster":
        return await _open_cluster_lanes(commands)
    pool: Any = commands.client.connection_pool  # type: ignore[union-attr]
    # A connection of its own, for which the pool only knows how it is made.
    connection = pool.make_connection()
    await connection.connect()
    return Lanes(Lane(connection))


async def _open_cluster_lanes(commands: RedisCommands) -> Lanes:
    from redis.asyncio.connection import Connection, SSLConnection  # noqa: PLC0415

    client: Any = commands.client
    await client.initialize()
    await client.nodes_manager.initialize()
    address = commands.address
    lanes: dict[str, Lane] = {}
    kind: Any = SSLConnection if address.tls else Connection
    options = connection_options(address) | (tls_options(address) if address.tls else {})
    opened = ClusterLanes(client, lanes)
    try:
        for node in client.get_primaries():
            connection = kind(host=node.host, port=node.port, **options)
            lanes[node.name] = Lane(connection)
            await connection.connect()
    except BaseException:
        await opened.close()
        raise
    return opened
