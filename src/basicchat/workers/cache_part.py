"""The broker's part of the cache: it keeps the values."""

import msgspec

from basicchat.broker.messages import CacheDelete, CacheGet, CacheSet, CacheToBroker
from basicchat.domain.cache import Cache
from basicchat.workers.at_once import at_once
from basicchat.workers.nodes import Node, Reply

_decode = msgspec.msgpack.Decoder(CacheToBroker).decode


class CachePart:
    """Implements `workers.nodes.Part`."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def joined(self, node: Node) -> None:
        """Do nothing: values are everybody's."""

    def received(self, node: Node, body: msgspec.Raw, reply: Reply) -> None:
        """Answer a worker's request."""
        match _decode(body):
            case CacheGet(key):
                reply(at_once(self._cache.get(key)))
            case CacheSet(key, value, seconds, True):
                reply(at_once(self._cache.add(key, value, seconds)))
            case CacheSet(key, value, seconds):
                at_once(self._cache.set(key, value, seconds))
                reply(True)
            case CacheDelete(key):
                reply(at_once(self._cache.delete(key)))

    def left(self, node: Node) -> None:
        """Do nothing: values stay."""
