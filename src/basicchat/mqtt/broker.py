"""The port to an MQTT broker."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

# Called with the topic and the payload of each message. The message is acknowledged when this has
# returned, so it must be stored by then; if this raises `NotStored`, the broker delivers it again.
Receive = Callable[[str, bytes], None]


class NotStored(Exception):
    """A message could not be stored."""


class BrokerUnavailable(Exception):
    """The broker cannot be reached, refuses the client, or has closed the connection."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BrokerConnection(Protocol):
    """An open connection to a broker."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish a message with QoS 1; returns when the broker has acknowledged it.

        Raises:
            BrokerUnavailable: it may or may not have arrived.
        """
        ...

    async def closed(self) -> BrokerUnavailable:
        """Wait until the connection is lost; returns why."""
        ...


class Broker(Protocol):
    """An MQTT broker as one named client uses it."""

    def connect(
        self, topics: Sequence[str], receive: Receive, will: tuple[str, bytes] | None = None
    ) -> AbstractAsyncContextManager[BrokerConnection]:
        """Connect, and subscribe to topics with QoS 1.

        The broker keeps what is published while the client is away.

        Args:
            will: the topic and payload of a retained message that the broker publishes if the
                connection is lost.

        Raises:
            BrokerUnavailable: connecting has failed.
        """
        ...
