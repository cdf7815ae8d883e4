"""Brokers: in memory, and mosquitto."""

from collections.abc import Iterator

import pytest

from basicchat.mqtt.broker_memory import MemoryBrokerServer
from support.mosquitto import Mosquitto, mosquitto


@pytest.fixture(scope="session")
def shared_mosquitto() -> Iterator[Mosquitto]:
    """One broker for all tests of this process, which use topics of their own."""
    with mosquitto() as broker:
        yield broker


@pytest.fixture(params=["memory", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> "MemoryBrokerServer | Mosquitto":
    """A broker that can be stopped and started."""
    if request.param == "memory":
        return MemoryBrokerServer()
    server: Mosquitto = request.getfixturevalue("shared_mosquitto")
    return server
