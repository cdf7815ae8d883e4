"""The implementations of ports in Redis; imported only if `REDIS_URL` is set."""

import asyncio
from contextlib import suppress

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.rate_limiter_redis import RedisRateLimiter
from basicchat.config import Settings
from basicchat.domain.bus import Bus
from basicchat.domain.cache import Cache
from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.domain.locks import Locks
from basicchat.domain.node_streams import NodeStreams
from basicchat.domain.ports import Clock, Spawn
from basicchat.domain.presence import PresenceStore
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.redis_url import parse_redis_url
from basicchat.domain.run_directory import RunDirectory
from basicchat.domain.sessions import SessionStore
from basicchat.domain.store import Store
from basicchat.engine.run_directory_redis import RedisRunDirectory
from basicchat.hub.bus_redis import RedisBus
from basicchat.hub.cache_redis import RedisCache
from basicchat.hub.locks_redis import RedisLocks
from basicchat.hub.node_streams import WiredNodeStreams
from basicchat.hub.node_wire_redis import RedisWire
from basicchat.hub.presence_redis import RedisPresence
from basicchat.redis.claim import Claim
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import RedisLink
from basicchat.storage.database import Database
from basicchat.storage.session_store_redis import RedisSessionStore

# How long the start waits for Redis; the server also starts without it.
START_SECONDS = 2.0
CHECK_SECONDS = 0.05
# Errors that do not pass by themselves.
REFUSALS = frozenset({"AuthenticationError", "NoPermissionError", "ResponseError"})


def open_link(settings: Settings, node: str) -> RedisLink:
    """This node's link to Redis.

    Raises:
        UpstreamUnavailable: the library is not installed.
    """
    return RedisLink(parse_redis_url(settings.redis_url or ""), node=node)


async def first_connection(link: RedisLink, instance_id: str) -> bool:
    """Wait a little for the first connection; false if Redis does not answer.

    Args:
        instance_id: that of the database, which all nodes of a server share.

    Raises:
        Conflict: another server uses this Redis database.
        UpstreamUnavailable: Redis refuses this node.
    """
    claim, loop = Claim(link, instance_id), asyncio.get_running_loop()
    deadline = loop.time() + START_SECONDS
    while not await link.connected(CHECK_SECONDS):
        if link.problem in REFUSALS:
            raise _refusal(link)
        if loop.time() > deadline:
            return False
    with suppress(RedisDown):
        if not await claim.make():
            raise Conflict(
                f"Redis at {link.place} is used by a server with another database",
                hint="All nodes of a server need the same DATABASE_URL. Another server needs "
                "another Redis database, such as redis://HOST/1.",
                reason="redis_of_another_server",
                params={"place": link.place},
            )
    return True


def _refusal(link: RedisLink) -> UpstreamUnavailable:
    return UpstreamUnavailable(
        f"Redis at {link.place} refuses commands ({link.problem})",
        provider="redis",
        retryable=False,
        hint="Check the user, the password and the database in REDIS_URL.",
        reason="redis_refused",
        params={"place": link.place},
    )


def session_store(link: RedisLink, clock: Clock) -> SessionStore:
    """The store of sessions."""
    return RedisSessionStore(link, clock)


def bus(link: RedisLink, database: Database, store: Store) -> Bus:
    """The bus between nodes; commands that change the database are on it, too."""
    return RedisBus(link)


def run_directory(link: RedisLink) -> RunDirectory:
    """The directory of live runs."""
    return RedisRunDirectory(link)


def presence_store(link: RedisLink) -> PresenceStore:
    """The store of presence."""
    return RedisPresence(link)


def rate_limiter(link: RedisLink, local: MemoryRateLimiter) -> RateLimiter:
    """The rate limiter."""
    return RedisRateLimiter(link, local)


def answer_cache(link: RedisLink, local: Cache) -> Cache:
    """The cache of answers."""
    return RedisCache(link, local, name="answers")


def cache(link: RedisLink, local: Cache) -> Cache:
    """The cache of small values."""
    return RedisCache(link, local)


def locks(link: RedisLink) -> Locks:
    """Locks by key."""
    return RedisLocks(link)


def node_streams(link: RedisLink, spawn: Spawn) -> NodeStreams:
    """Streams to the other nodes."""
    return WiredNodeStreams(RedisWire(link), spawn)
