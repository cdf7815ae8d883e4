"""The contract of the broker port, on every implementation."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from basicchat.domain.errors import InvalidInput
from basicchat.mqtt.broker import BrokerUnavailable, NotStored, Receive
from basicchat.mqtt.broker_aiomqtt import AiomqttBroker
from basicchat.mqtt.broker_memory import matches

SECONDS = 60


class Inbox:
    """Collects messages, and waits for them."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._changed = asyncio.Event()

    def receive(self, topic: str, payload: bytes) -> None:
        self.messages.append((topic, payload))
        self._changed.set()

    async def until(self, count: int) -> list[tuple[str, bytes]]:
        """The messages, once there are that many."""
        async with asyncio.timeout(SECONDS):
            while len(self.messages) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.messages


def ignore(topic: str, payload: bytes) -> None:
    """Receive nothing."""


@pytest.fixture
def root() -> str:
    """The beginning of topics and of clients' names, of each test its own."""
    return f"t{uuid4().hex[:8]}"


async def send(broker: Any, root: str, topic: str, *payloads: bytes, retain: bool = False) -> None:
    """Publish as another client."""
    async with broker.client(f"{root}-sender").connect([], ignore) as connection:
        for payload in payloads:
            await connection.publish(topic, payload, retain=retain)


async def test_messages_arrive_in_order_from_the_topics_that_match(broker: Any, root: str) -> None:
    inbox = Inbox()
    async with broker.client(root).connect([f"{root}/+/in"], inbox.receive):
        await send(broker, root, f"{root}/a/out", b"not for us")
        await send(broker, root, f"{root}/a/in", *(b"%d" % number for number in range(50)))
        await send(broker, root, f"{root}/b/in", "späť".encode(), b"x" * 200_000)
        messages = await inbox.until(52)
    assert [payload for _, payload in messages[:50]] == [b"%d" % number for number in range(50)]
    assert messages[50:] == [(f"{root}/b/in", "späť".encode()), (f"{root}/b/in", b"x" * 200_000)]


async def test_what_is_published_meanwhile_waits_for_a_client_that_is_away(
    broker: Any, root: str
) -> None:
    inbox, topic = Inbox(), f"{root}/in"
    async with broker.client(root).connect([topic], inbox.receive):
        pass
    await send(broker, root, topic, b"one", b"two")
    async with broker.client(root).connect([topic], inbox.receive):
        messages = await inbox.until(2)
    assert [payload for _, payload in messages] == [b"one", b"two"]


async def test_a_message_that_could_not_be_stored_comes_again(broker: Any, root: str) -> None:
    inbox, topic = Inbox(), f"{root}/in"

    def full(topic: str, payload: bytes) -> None:
        raise NotStored("The disk is full")

    async with asyncio.timeout(SECONDS):
        async with broker.client(root).connect([topic], full) as connection:
            await send(broker, root, topic, b"one")
            assert isinstance(await connection.closed(), BrokerUnavailable)
    async with broker.client(root).connect([topic], inbox.receive):
        assert await inbox.until(1) == [(topic, b"one")]


async def test_a_retained_message_and_the_will_of_a_lost_client(broker: Any, root: str) -> None:
    topic, inbox = f"{root}/status", Inbox()

    def full(topic: str, payload: bytes) -> None:
        raise NotStored("The disk is full")

    async with asyncio.timeout(SECONDS):
        async with broker.client(f"{root}-watcher").connect([topic], inbox.receive):
            will = (topic, b"offline")
            connecting = broker.client(root).connect([f"{root}/in"], full, will)
            async with connecting as connection:
                await connection.publish(topic, b"online", retain=True)
                await inbox.until(1)
                await send(broker, root, f"{root}/in", b"one")
                await connection.closed()
            messages = await inbox.until(2)
    assert messages == [(topic, b"online"), (topic, b"offline")]


async def test_a_broker_that_stops_is_unavailable(broker: Any, root: str) -> None:
    receive: Receive = ignore
    async with asyncio.timeout(SECONDS):
        async with broker.client(root).connect([f"{root}/in"], receive) as connection:
            broker.stop()
            assert isinstance(await connection.closed(), BrokerUnavailable)
            with pytest.raises(BrokerUnavailable):
                await connection.publish(f"{root}/out", b"one")
        try:
            with pytest.raises(BrokerUnavailable):
                async with broker.client(root).connect([f"{root}/in"], receive):
                    pytest.fail("It is stopped")
        finally:
            broker.start()
        async with broker.client(root).connect([f"{root}/in"], receive) as connection:
            await connection.publish(f"{root}/out", b"one")


@pytest.mark.parametrize(
    ("pattern", "topic", "expected"),
    [
        ("a/+/c", "a/b/c", True),
        ("a/+/c", "a/b/d", False),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("a/b/c", "a/b", False),
        ("a/b", "a/b", True),
    ],
)
def test_topics_that_match(pattern: str, topic: str, *, expected: bool) -> None:
    assert matches(pattern, topic) is expected


@pytest.mark.parametrize("url", ["", "localhost", "http://localhost", "mqtt://"])
def test_addresses_that_are_no_broker(url: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        AiomqttBroker(url, "x")
