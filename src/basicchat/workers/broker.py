"""The broker: it owns the state that workers share, in the supervisor's process.

It lives there because the supervisor does next to nothing else that could fail, and ends last: a
worker that crashes takes nothing of the others with it, and what it held is free as soon as the
operating system has closed its socket. There is no file or port to protect, as each worker inherits
one end of a pair of sockets.
"""

import asyncio
import socket

from basicchat.broker.messages import (
    BUS,
    CACHE,
    COUNTS,
    FRAMES,
    LIMITS,
    LOCKS,
    METRICS,
    PRESENCE,
    RUNS,
)
from basicchat.domain.cache import Cache
from basicchat.domain.ports import Clock
from basicchat.hub.cache_memory import MemoryCache
from basicchat.workers.bus_part import BusPart
from basicchat.workers.cache_part import CachePart
from basicchat.workers.counts_part import CountsPart
from basicchat.workers.frames_part import FramesPart
from basicchat.workers.limits_part import LimitsPart
from basicchat.workers.locks_part import LocksPart
from basicchat.workers.metrics_part import MetricsPart
from basicchat.workers.nodes import Node, Part
from basicchat.workers.presence_part import PresencePart
from basicchat.workers.runs_part import RunsPart


class Broker:
    """Connects workers.

    Args:
        cache: keeps the values that the workers share.
    """

    def __init__(self, clock: Clock, *, cache: Cache | None = None) -> None:
        self._nodes: set[Node] = set()
        self._parts: dict[str, Part] = {
            BUS: BusPart(),
            COUNTS: CountsPart(),
            FRAMES: FramesPart(),
            CACHE: CachePart(cache or MemoryCache(clock)),
            LIMITS: LimitsPart(clock),
            LOCKS: LocksPart(),
            METRICS: MetricsPart(),
            PRESENCE: PresencePart(),
            RUNS: RunsPart(),
        }

    def add(self, name: str, part: Part) -> None:
        """Add a part, before any worker connects."""
        self._parts[name] = part

    async def connect(self, name: str, control: socket.socket) -> Node:
        """Connect a worker over one end of a pair of sockets."""
        node = Node(name, self._parts.__getitem__, self._left)
        self._nodes.add(node)
        for part in self._parts.values():
            part.joined(node)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: node.channel, sock=control)
        return node

    def _left(self, node: Node) -> None:
        self._nodes.discard(node)
        for part in self._parts.values():
            part.left(node)
