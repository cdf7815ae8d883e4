"""Workers' links to a broker in the test's own process."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from basicchat.broker.link import BrokerLink
from basicchat.domain.cache import Cache
from basicchat.ops.clock import SystemClock
from basicchat.workers.broker import Broker


@asynccontextmanager
async def linked_to(broker: Broker, name: str) -> AsyncIterator[BrokerLink]:
    """A worker's link; at its end, the worker is gone."""
    here, there = socket.socketpair()
    await broker.connect(name, there)
    async with BrokerLink(name).running(here) as link:
        yield link


@asynccontextmanager
async def broker_links(*names: str, cache: Cache | None = None) -> AsyncIterator[list[BrokerLink]]:
    """The links of workers of these names."""
    broker = Broker(SystemClock(), cache=cache)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(linked_to(broker, name)) for name in names]
