"""Numbers that workers tell each other, and the limit of connections that uses them."""

from basicchat.broker.counts import CountsExchange
from basicchat.ops.clock import SystemClock
from basicchat.transports.connection_gate import ConnectionGate
from basicchat.workers.broker import Broker
from support.broker_links import broker_links, linked_to
from support.servers import eventually


class Connection:
    """A connection that is not idle."""

    idle = False
    incomplete = False

    def evict(self) -> None:
        raise AssertionError("it is not idle")


async def test_each_worker_knows_the_numbers_of_the_others() -> None:
    broker = Broker(SystemClock())
    async with linked_to(broker, "w1") as first, linked_to(broker, "w2") as second:
        one, other = CountsExchange(first).of("a"), CountsExchange(second).of("a")
        one.changed("x", 2)
        one.changed("y", 1)
        other.changed("x", 5)
        await eventually(lambda: (other.elsewhere("x"), one.elsewhere("x")) == (2, 5))
        assert (other.elsewhere("y"), other.elsewhere("z")) == (1, 0)
        one.changed("x", 0)
        async with linked_to(broker, "w3") as third:
            late = CountsExchange(third)
            await eventually(lambda: late.of("a").elsewhere("x") == 5)
            assert late.of("b").elsewhere("x") == 0
            late.of("a").changed("x", 1)
            await eventually(lambda: (one.elsewhere("x"), other.elsewhere("x")) == (6, 1))
        # A worker that is gone counts nothing.
        await eventually(lambda: (one.elsewhere("x"), other.elsewhere("x")) == (5, 0))


async def test_the_limit_of_an_address_is_that_of_all_workers() -> None:
    async with broker_links("w1", "w2") as links:
        counts = [CountsExchange(link).of("connections") for link in links]
        one, other = (ConnectionGate(per_address=3, shared=shared) for shared in counts)
        held = [Connection() for _ in range(2)]
        for connection in held:
            assert one.admit(connection, "10.0.0.1", 1) == "served"
        third, fourth = Connection(), Connection()
        await eventually(lambda: counts[1].elsewhere("10.0.0.1") == 2)
        assert other.admit(third, "10.0.0.1", 1) == "served"
        assert other.admit(fourth, "10.0.0.1", 1) == "address_full"
        assert other.admit(Connection(), "10.0.0.2", 1) == "served"
        one.release(held[0], "10.0.0.1")
        await eventually(lambda: counts[1].elsewhere("10.0.0.1") == 1)
        assert other.admit(fourth, "10.0.0.1", 1) == "served"
