"""The broker's part of metrics: it adds up the numbers of all workers, also of those that ended.

Counters must never go back, or a reader would take that for a restart. So the broker keeps what
each worker has last told, and what those had counted that are gone.
"""

import msgspec

from basicchat.broker.messages import METRICS
from basicchat.domain.metrics_snapshot import MetricsSnapshot, added_up
from basicchat.workers.nodes import Gathering, Node, Reply

ANSWER_SECONDS = 2.0
_decode = msgspec.msgpack.Decoder(MetricsSnapshot).decode


class MetricsPart:
    """Implements `workers.nodes.Part`."""

    def __init__(self) -> None:
        self._latest: dict[Node, MetricsSnapshot] = {}
        self._ended = MetricsSnapshot()

    def joined(self, node: Node) -> None:
        """Begin with a worker that has counted nothing."""
        self._latest[node] = MetricsSnapshot()

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Note a worker's numbers, and gather those of the others if it asks for all."""
        self._latest[node] = _decode(body)
        others = [other for other in self._latest if other is not node]

        def finish(_: list[msgspec.Raw]) -> None:
            # Workers that have not answered count with what they told before.
            reply(added_up([self._ended, *self._latest.values()]))

        gathering = Gathering(len(others), finish, ANSWER_SECONDS)
        for other in others:
            self._ask(other, gathering)

    def _ask(self, node: Node, gathering: Gathering) -> None:
        def answered(body: msgspec.Raw) -> None:
            if node in self._latest:
                self._latest[node] = _decode(body)
            gathering.add(body)

        node.ask(METRICS, None, answered)

    def left(self, node: Node) -> None:
        """Keep what a worker had counted."""
        latest = self._latest.pop(node, None)
        if latest is not None:
            self._ended = added_up([self._ended, latest.ended()])
