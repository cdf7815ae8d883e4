"""The broker port over the network, through aiomqtt (MQTT 5)."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from basicchat.domain.errors import InvalidInput
from basicchat.mqtt.broker import BrokerUnavailable, Receive

PORTS = {"mqtt": 1883, "mqtts": 8883}
# How long the broker keeps messages for a client that is away.
SESSION_SECONDS = 7 * 24 * 3600
TIMEOUT_SECONDS = 10.0


class AiomqttBroker:
    """Implements `Broker`.

    Args:
        url: `mqtt://` or `mqtts://` (TLS), with a user's name and password if needed.
        client_id: names this client; the broker keeps messages for it under this name.

    Raises:
        InvalidInput: the URL cannot be used.
    """

    def __init__(self, url: str, client_id: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise InvalidInput(
                f"The broker's address {parts.scheme}://… cannot be used",
                hint="An example is mqtt://user:password@broker.example:1883, or mqtts:// for TLS.",
            )
        self.place = f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"
        self._arguments: dict[str, Any] = {
            "hostname": parts.hostname,
            "port": parts.port or PORTS[parts.scheme],
            "username": unquote(parts.username) if parts.username else None,
            "password": unquote(parts.password) if parts.password else None,
            "identifier": client_id,
            "tls_context": ssl.create_default_context() if parts.scheme == "mqtts" else None,
        }

    @asynccontextmanager
    async def connect(
        self, topics: Sequence[str], receive: Receive, will: tuple[str, bytes] | None = None
    ) -> AsyncIterator["_Connection"]:
        """Connect, and subscribe to topics; see `Broker.connect`."""
        lifetime = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        lifetime.SessionExpiryInterval = SESSION_SECONDS
        client = aiomqtt.Client(
            **self._arguments,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=lifetime,
            timeout=TIMEOUT_SECONDS,
            queue_type=_receiving(receive),
            will=aiomqtt.Will(*will, qos=1, retain=True) if will else None,
        )
        try:
            async with client:
                for topic in topics:
                    await client.subscribe(topic, qos=1)
                yield _Connection(client)
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable(f"The broker at {self.place}: {error}") from error
        finally:
            _close_socket(client)


class _Connection:
    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a message; see `BrokerConnection.publish`."""
        try:
            await self._client.publish(topic, payload, qos=1, retain=retain)
        except aiomqtt.MqttError as error:
            raise BrokerUnavailable(f"The broker did not take a message: {error}") from error
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # `asyncio.wait_for` of Python 3.11, which aiomqtt uses, can lose a cancellation.
            raise asyncio.CancelledError

    async def closed(self) -> BrokerUnavailable:
        """Wait until the connection is lost; see `BrokerConnection.closed`."""
        try:
            # Messages go to `receive`, so this only ends with the connection.
            async for _ in self._client.messages:
                pass
        except aiomqtt.MqttError:
            return BrokerUnavailable("The connection to the broker was lost")
        raise AssertionError("aiomqtt ends this iteration with an error")


def _close_socket(client: aiomqtt.Client) -> None:
    """Close the connection, which aiomqtt leaves open if a message could not be stored."""
    connection = client._client.socket()
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _receiving(receive: Receive) -> type["asyncio.Queue[aiomqtt.Message]"]:
    """A class in place of aiomqtt's queue.

    A queue in memory would lose what is acknowledged, but not handled yet. What `put_nowait` raises
    ends the connection before the message is acknowledged.
    """

    class Receiving(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            receive(item.topic.value, bytes(item.payload))

    return Receiving
