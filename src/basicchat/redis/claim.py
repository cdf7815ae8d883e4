"""The mark of the server that uses a Redis database, so that two servers never share one.

Nodes of one server have one database, and with it one instance id. Nodes with databases of their
own would take each other's events for theirs.
"""

import structlog

from basicchat.redis.link import RedisLink
from basicchat.redis.scripts import Script

log = structlog.get_logger(__name__)
KEY = "basicchat:server"
# Renewed by every heartbeat.
SECONDS = 60
# ARGV: the server's instance id, the life of the mark. Returns whether Redis is the server's.
CLAIM = Script("""
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
""")


class Claim:
    """A server's claim to a Redis database."""

    def __init__(self, link: RedisLink, instance_id: str) -> None:
        self._link = link
        self._instance_id = instance_id
        link.on_heartbeat(self._renew)

    async def make(self) -> bool:
        """Mark Redis as this server's; false if it is another's.

        Raises:
            RedisDown: Redis does not answer.
        """
        return bool(await self._link.script(CLAIM, [KEY], self._instance_id, SECONDS))

    async def _renew(self, returned: bool) -> None:
        if not await self.make():
            log.error("redis_of_another_server", place=self._link.place)
