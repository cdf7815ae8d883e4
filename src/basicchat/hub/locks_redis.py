"""Locks by name over all nodes, in Redis.

A node that wants a lock has a place in its queue; within a node, `MemoryLocks` lets one task at a
time wait there. The holder wakes the next when it leaves. Places expire unless they are renewed, so
that a dead node's lock is free after 15 seconds. While Redis is down, locks hold within each node.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count

from basicchat.hub.locks_memory import MemoryLocks
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import DEAD_SECONDS, RedisLink
from basicchat.redis.scripts import Script

# A waiter looks again after this time, in case that nobody woke it.
RETRY_SECONDS = 1.0
# How long a place is kept without being renewed, in microseconds.
LIFE = int(DEAD_SECONDS * 1e6)
# KEYS: the lock, a hash of places: place → arrival and expiry in microseconds.
_FIRST = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local first, earliest
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local arrival, expiry = string.match(all[index + 1], '^(%d+) (%d+)$')
  if tonumber(expiry) < now then redis.call('HDEL', KEYS[1], all[index])
  elseif not earliest or tonumber(arrival) < earliest then
    first, earliest = all[index], tonumber(arrival)
  end
end
"""
# ARGV: the place, its life in microseconds. Returns whether the place is the first.
ENTER = Script(
    _FIRST
    + """
local mine = redis.call('HGET', KEYS[1], ARGV[1])
local arrival = mine and string.match(mine, '^%d+') or string.format('%.0f', now)
local expiry = string.format('%.0f', now + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], arrival .. ' ' .. expiry)
redis.call('PEXPIRE', KEYS[1], math.floor(ARGV[2] / 1000))
return (not first or first == ARGV[1]) and 1 or 0
"""
)
# ARGV: the place. Returns the first of the others.
LEAVE = Script(f"redis.call('HDEL', KEYS[1], ARGV[1]) {_FIRST} return first")


class RedisLocks:
    """Implements `domain.locks.Locks`."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._local = MemoryLocks()
        self._numbers = count(1)
        # Place → key, of the locks that this node holds.
        self._held: dict[str, str] = {}
        self._waiting: dict[str, asyncio.Event] = {}
        self._channel = f"locks:{link.node}"
        link.listen(self._channel, self)
        link.on_heartbeat(self._renew)

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold the lock of a key."""
        place = f"{self._link.node} {next(self._numbers)}"
        async with self._local.hold(key):
            try:
                await self._wait(key, place)
                yield
            finally:
                self._held.pop(place, None)
                await self._leave(key, place)

    async def _wait(self, key: str, place: str) -> None:
        woken = self._waiting[place] = asyncio.Event()
        try:
            while not await self._enter(key, place):
                woken.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS):
                        await woken.wait()
        # This node is on its own now.
        except RedisDown:
            return
        finally:
            del self._waiting[place]
        self._held[place] = key

    async def _enter(self, key: str, place: str) -> bool:
        return bool(await self._link.script(ENTER, [_key(key)], place, LIFE))

    async def _leave(self, key: str, place: str) -> None:
        with suppress(RedisDown):
            first = await self._link.script(LEAVE, [_key(key)], place)
            if first is not None:
                node = first.decode().partition(" ")[0]
                self._link.publish(f"locks:{node}", first)

    def heard(self, channel: str, payload: bytes) -> None:
        """Wake the waiter of this node that is the first now."""
        woken = self._waiting.get(payload.decode())
        if woken is not None:
            woken.set()

    def listening(self, channel: str) -> None:
        """Do nothing: waiters look again by themselves."""

    async def _renew(self, returned: bool) -> None:
        for place, key in self._held.items():
            self._link.post_script(ENTER, [_key(key)], place, LIFE)


def _key(key: str) -> str:
    return f"lock:{key}"
