"""The rate limiter that all nodes share, in Redis; times are those of Redis.

While Redis is down, each node counts for itself. Messages are counted on each node, so that nothing
waits, and shortly afterwards on the others, too.
"""

from collections.abc import Mapping, Sequence
from itertools import count

import msgspec

from basicchat.accounts.rate_limiter_memory import MemoryRateLimiter
from basicchat.accounts.shared_charges import Costs, SharedCharges
from basicchat.accounts.slots import Slots
from basicchat.domain.rate_limits import MessageBudget, WindowLimit
from basicchat.redis.commands import RedisDown
from basicchat.redis.link import RedisLink
from basicchat.redis.scripts import Script

# A node's slots expire after this time, unless they are renewed with every eighth heartbeat.
SLOT_SECONDS = 60
RENEW_EVERY = 8
BATCH = 500
CHARGES = "charges"
# For how long charges are gathered.
DELAY_SECONDS = 0.2

# KEYS: a list with the times of the latest hits, in milliseconds. ARGV: the window in
# milliseconds, the amount. Returns the milliseconds to wait; 0 if the hit was counted.
HIT = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local window, amount = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and tonumber(oldest) <= now - window do
  redis.call('LPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
if redis.call('LLEN', KEYS[1]) >= amount then return tonumber(oldest) + window - now end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], window)
return 0
""")
# KEYS: a hash: node → slots, version, time of expiry in seconds. ARGV: the node, its slots, the
# version of this number, their life, and the limit; 0 if this only reports a number.
# Returns whether the slots of all nodes are within the limit; if not, nothing is changed.
SLOTS = Script("""
local now, total = tonumber(redis.call('TIME')[1]), tonumber(ARGV[2])
local all, latest = redis.call('HGETALL', KEYS[1]), 0
for index = 1, #all, 2 do
  local slots, version, expiry = string.match(all[index + 1], '^(%d+) (%d+) (%d+)$')
  if all[index] == ARGV[1] then latest = tonumber(version)
  elseif tonumber(expiry) < now then redis.call('HDEL', KEYS[1], all[index])
  else total = total + tonumber(slots) end
end
local limit = tonumber(ARGV[5])
if limit > 0 and total > limit then return 0 end
if tonumber(ARGV[3]) < latest then return 1 end
if tonumber(ARGV[2]) == 0 then redis.call('HDEL', KEYS[1], ARGV[1])
else
  local value = ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. string.format('%.0f', now + ARGV[4])
  redis.call('HSET', KEYS[1], ARGV[1], value)
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1
""")


class _Charges(msgspec.Struct):
    """What messages have cost at a node."""

    node: str
    costs: dict[str, float]


_decode = msgspec.msgpack.Decoder(_Charges).decode


class RedisRateLimiter:
    """Implements `domain.rate_limits.RateLimiter`.

    Args:
        local: counts messages, and everything while Redis is down.
    """

    def __init__(self, link: RedisLink, local: MemoryRateLimiter) -> None:
        self._link = link
        self._local = local
        # Those of this node, including those that Redis is being asked for.
        self._slots = Slots()
        self._versions = count(1)
        self._beats = 0
        self._charges = SharedCharges(local, self._send, DELAY_SECONDS)
        link.on_heartbeat(self._renew)
        link.listen(CHARGES, self)

    async def hit(self, limit: WindowLimit, key: str) -> float:
        """Count a hit; 0, or the seconds to wait if it would exceed the limit."""
        try:
            wait = await self._link.script(
                HIT, [_hits(limit, key)], limit.seconds * 1000, limit.amount
            )
        except RedisDown:
            return await self._local.hit(limit, key)
        return min(max(wait / 1000, 1.0), float(limit.seconds)) if wait else 0.0

    async def refund(self, limit: WindowLimit, key: str) -> None:
        """Count one hit less."""
        try:
            await self._link.call("RPOP", _hits(limit, key))
        except RedisDown:
            await self._local.refund(limit, key)

    async def acquire(self, name: str, key: str, limit: int) -> bool:
        """Take one of a key's slots."""
        if self._slots.count(name, key) >= limit:
            return False
        self._slots.take(name, key)
        try:
            if await self._link.script(SLOTS, [_slots(name, key)], *self._state(name, key), limit):
                return True
        except RedisDown:
            return True
        except BaseException:
            self.release(name, key)
            raise
        self.release(name, key)
        return False

    def release(self, name: str, key: str) -> None:
        """Give a slot back."""
        self._slots.give_back(name, key)
        self._link.post_script(SLOTS, [_slots(name, key)], *self._state(name, key), 0)

    def slots_in_use(self, name: str) -> Mapping[str, int]:
        """The slots of this node, by key."""
        return self._slots.in_use(name)

    async def slot_nodes(self, name: str, key: str) -> Sequence[str]:
        """The other nodes that have slots of a key; a node that is dead may be among them."""
        try:
            nodes: list[bytes] = await self._link.call("HKEYS", _slots(name, key))
        except RedisDown:
            return ()
        return [node.decode() for node in nodes if node.decode() != self._link.node]

    def budget(self, key: str) -> MessageBudget:
        """The budget of a login."""
        return self._local.budget(key)

    def known_budget(self, key: str) -> MessageBudget | None:
        """The budget of a key, if this node has one."""
        return self._local.known_budget(key)

    def share(self, key: str, budget: MessageBudget) -> None:
        """Give another key the same budget."""
        self._local.share(key, budget)

    def charge(self, budget: MessageBudget, interval: float, weight: float = 1.0) -> float:
        """Charge a message; 0, or the seconds to wait if the budget is used up."""
        return self._charges.charge(budget, interval, weight)

    def _send(self, costs: Costs) -> None:
        message = _Charges(self._link.node, dict(costs))
        self._link.publish_now(CHARGES, msgspec.msgpack.encode(message))

    def heard(self, channel: str, payload: bytes) -> None:
        """Charge what another node has charged."""
        try:
            charges = _decode(payload)
        # A node of another version says what this one does not understand.
        except msgspec.MsgspecError:
            return
        if charges.node != self._link.node:
            self._charges.received(charges.costs)

    def listening(self, channel: str) -> None:
        """Do nothing: charges that were missed are forgotten within a minute anyway."""

    def _state(self, name: str, key: str) -> tuple[str | int, ...]:
        slots = self._slots.count(name, key)
        return self._link.node, slots, next(self._versions), SLOT_SECONDS

    async def _renew(self, returned: bool) -> None:
        self._beats += 1
        if not returned and self._beats % RENEW_EVERY:
            return
        names = self._slots.held()
        for start in range(0, len(names), BATCH):
            commands = [
                SLOTS.command([_slots(name, key)], *self._state(name, key), 0)
                for name, key in names[start : start + BATCH]
                if self._slots.count(name, key)
            ]
            await self._link.call_all(commands)


def _hits(limit: WindowLimit, key: str) -> str:
    return f"hits:{limit.name}:{limit.amount}:{limit.seconds}:{key}"


def _slots(name: str, key: str) -> str:
    return f"slots:{name}:{key}"
