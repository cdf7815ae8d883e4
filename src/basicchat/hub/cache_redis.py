"""The cache that all nodes share, in Redis.

Values expire by themselves. Their sizes and the order of their use are kept beside them, so that
the least recently used are evicted. While Redis is down, each node has what it has stored itself.
"""

from basicchat.domain.cache import Cache
from basicchat.hub.cache_memory import ENTRY_BYTES, MAX_BYTES
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import RedisLink
from basicchat.redis.scripts import Script

# Sorted sets of names, by use and by time of expiry in milliseconds; the size of each; the total.
# All keys of a cache are in one slot of a cluster.
KEPT = ("used", "expiry", "sizes", "total", "uses")
# KEYS: the value, then the five. ARGV: the name.
_REMOVE = """
local value, used, expiry, sizes, total, uses = unpack(KEYS)
local values = string.sub(used, 1, -5) .. 'value:'
local function remove(name)
  redis.call('DEL', values .. name)
  redis.call('ZREM', used, name)
  redis.call('ZREM', expiry, name)
  redis.call('DECRBY', total, redis.call('HGET', sizes, name) or 0)
  redis.call('HDEL', sizes, name)
end
"""
GET = Script("""
local found = redis.call('GET', KEYS[1])
if found then redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[6]), ARGV[1]) end
return found
""")
DELETE = Script(f"{_REMOVE} remove(ARGV[1]) return 1")
# ARGV: name, value, life in milliseconds, size, largest total, 1 to keep an earlier value.
SET = Script(
    _REMOVE
    + """
local name, life, size, most = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
if ARGV[6] == '1' and redis.call('EXISTS', value) == 1 then return 0 end
remove(name)
if size > most then return 1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, each in ipairs(redis.call('ZRANGEBYSCORE', expiry, '-inf', now, 'LIMIT', 0, 100)) do
  remove(each)
end
while tonumber(redis.call('GET', total) or 0) + size > most do
  local oldest = redis.call('ZRANGE', used, 0, 0)[1]
  if not oldest then redis.call('DEL', sizes, total) break end
  remove(oldest)
end
redis.call('SET', value, ARGV[2], 'PX', life)
redis.call('ZADD', used, redis.call('INCR', uses), name)
redis.call('ZADD', expiry, now + life, name)
redis.call('HSET', sizes, name, size)
redis.call('INCRBY', total, size)
return 1
"""
)


class RedisCache:
    """Implements `domain.cache.Cache`.

    Args:
        local: keeps this node's values for the time when Redis is down.
        max_bytes: the maximum size of all keys and values together.
        name: distinguishes caches, each of which has a size of its own.
    """

    def __init__(
        self, link: RedisLink, local: Cache, *, max_bytes: int = MAX_BYTES, name: str = "cache"
    ) -> None:
        self._name = name
        self._link = link
        self._local = local
        self._max_bytes = max_bytes

    async def get(self, key: str) -> bytes | None:
        """The value of a key."""
        try:
            value: bytes | None = await self._link.script(GET, self._keys(key), key)
        except RedisDown:
            return await self._local.get(key)
        return value

    async def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Store a value."""
        await self._local.set(key, value, ttl_seconds)
        await self._set(key, value, ttl_seconds, keep=False)

    async def add(self, key: str, value: bytes, ttl_seconds: float) -> bool:
        """Store a value unless there is one; false if there is."""
        is_new = await self._local.add(key, value, ttl_seconds)
        return await self._set(key, value, ttl_seconds, keep=True) and is_new

    async def delete(self, key: str) -> None:
        """Remove a value."""
        await self._local.delete(key)
        try:
            await self._link.script(DELETE, self._keys(key), key)
        except RedisDown:
            return

    async def _set(self, key: str, value: bytes, ttl_seconds: float, *, keep: bool) -> bool:
        life, size = max(int(ttl_seconds * 1000), 1), len(key) + len(value) + ENTRY_BYTES
        arguments = (key, value, life, size, self._max_bytes, int(keep))
        try:
            return bool(await self._link.script(SET, self._keys(key), *arguments))
        except RedisDown:
            return True

    def _keys(self, key: str) -> list[str]:
        return [f"{{{self._name}}}:value:{key}", *(f"{{{self._name}}}:{each}" for each in KEPT)]
