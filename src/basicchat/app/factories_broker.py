"""The implementations of ports at the broker; imported only by the workers of a server."""

from basicchat.accounts.rate_limiter_broker import BrokerRateLimiter
from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.broker.link import BrokerLink
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.locks import Locks
from basicchat.domain.node_streams import NodeStreams
from basicchat.domain.ports import Spawn
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.store import Store
from basicchat.engine.run_directory_broker import BrokerRunDirectory
from basicchat.hub.bus_broker import BrokerBus
from basicchat.hub.bus_watched import WatchedBus
from basicchat.hub.cache_broker import BrokerCache
from basicchat.hub.locks_broker import BrokerLocks
from basicchat.hub.node_streams import WiredNodeStreams
from basicchat.hub.node_wire_broker import BrokerWire
from basicchat.hub.presence_broker import BrokerPresence
from basicchat.storage.database import Database


def bus(link: BrokerLink, database: Database, store: Store) -> Bus:
    """The bus between workers, which notices what commands write to the database."""
    return WatchedBus(BrokerBus(link), database.changed_elsewhere, store.positions)


def run_directory(link: BrokerLink) -> RunDirectory:
    """The directory of live runs."""
    return BrokerRunDirectory(link)


def presence_store(link: BrokerLink) -> PresenceStore:
    """The store of presence."""
    return BrokerPresence(link)


def rate_limiter(link: BrokerLink, local: MemoryRateLimiter) -> RateLimiter:
    """The rate limiter."""
    return BrokerRateLimiter(link, local)


def cache(link: BrokerLink, local: Cache) -> Cache:
    """The cache of small values."""
    return BrokerCache(link)


def locks(link: BrokerLink) -> Locks:
    """Locks by key."""
    return BrokerLocks(link)


def node_streams(link: BrokerLink, spawn: Spawn) -> NodeStreams:
    """Streams to the other workers."""
    return WiredNodeStreams(BrokerWire(link), spawn)
