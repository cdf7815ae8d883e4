"""The bus between the nodes of one server (its processes), which may share one database.

Above it, the hub delivers to the connections of its own node. Below it, an implementation carries
items to the nodes that subscribed to their topic. Every implementation guarantees:

- Items that one node publishes on one topic arrive in that order. The order across nodes and
  across topics is undefined.
- An item may be lost, but not silently: `missed` is called for a topic whose items may have been
  lost, for example after a reconnection or an overflow. Durable items are then read from the store,
  so a loss costs time but no data.
- A node does not receive its own items.
- `publish` never waits, and costs next to nothing while no other node subscribes to the topic.
"""

from collections.abc import Callable
from typing import Protocol

from basicchat.domain.events import Delivery
from basicchat.domain.values import Value


class StreamClosed(Value, frozen=True, kw_only=True):
    """The topic's stream was deleted: its subscriptions end."""


class WakeUp(Value, frozen=True, kw_only=True):
    """Tells the topic's subscribers to check the store for changes."""


BusItem = Delivery | StreamClosed | WakeUp

# Topics other than streams. A stream's topic is its own name.
ACCESS_TOPIC = "control:access"
# Wakes nodes after another one has left jobs that it did not finish.
JOBS_TOPIC = "control:jobs"
# Carries the status that a session has set as a signal.
STATUS_TOPIC = "control:status"


class BusSubscriber(Protocol):
    """A node's handler of the items of a topic."""

    def received(self, topic: str, item: BusItem) -> None:
        """Take an item that another node published. Never waits."""
        ...

    def missed(self, topic: str) -> None:
        """Items may have been lost: read the missing ones from the store. Never waits."""
        ...


class Bus(Protocol):
    """Publish and subscribe between nodes, by topic."""

    def publish(self, topic: str, item: BusItem) -> None:
        """Send an item to the other nodes that subscribe to the topic.

        Committed events are published after their commit, in the order of the commits.
        """
        ...

    def subscribe(self, topic: str, subscriber: BusSubscriber) -> None:
        """Receive a topic's items, with one subscriber for each topic and node.

        A subscription may take effect later; `missed` is called once it has.
        """
        ...

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's items."""
        ...

    def watch_demand(
        self,
        topic: str,
        changed: Callable[[bool], None],
        late: Callable[[], None] | None = None,
    ) -> Callable[[], None]:
        """Call `changed` when the first other node subscribes to a topic or the last one leaves.

        It is called soon if another node is already subscribed. Publishers of token deltas use
        this, so that a delta costs nothing for a topic without remote subscribers.

        Args:
            late: called if it was found out late that a node had subscribed before the watch
                began, so that it lacks what could have been published since.

        Returns:
            a function that ends the watch.
        """
        ...

    async def run(self) -> None:
        """Exchange items with other nodes until cancelled; nothing arrives before."""
        ...
