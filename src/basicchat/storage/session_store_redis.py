"""Sessions in Redis, so that every node can resume them.

A session is the hash `session:ID`, which expires with the session. This node remembers the sessions
that it opened, resumed or renewed: they are what it works with while Redis is down, and what it
writes again when Redis is back, perhaps empty.
"""

from collections import OrderedDict
from datetime import datetime

import msgspec
import structlog

from basicchat.domain.ports import Clock
from basicchat.domain.sessions import StoredSession
from basicchat.redis.commands import Command, RedisDown
from basicchat.redis.link import RedisLink
from basicchat.redis.scripts import Script

log = structlog.get_logger(__name__)
MAX_REMEMBERED = 100_000
MAX_DELETED = 10_000
BATCH = 500

# KEYS: the session.
_STORE = """
local function store(life, first)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], unpack(ARGV, first))
  redis.call('PEXPIRE', KEYS[1], life)
  return 1
end
"""
# ARGV: its life in milliseconds, its fields and values.
PUT = Script(f"{_STORE} return store(ARGV[1], 2)")
# The same, unless Redis has the session in a later state. ARGV: its time of expiry comes first.
RESTORE = Script(
    _STORE
    + """
local latest = redis.call('HGET', KEYS[1], 'expires_at')
if latest and latest >= ARGV[1] then return 0 end
return store(ARGV[2], 3)
"""
)
# ARGV: the life, the new time of expiry.
RENEW = Script("""
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'expires_at', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
""")
# ARGV: the life, the hash of the former token, the fields and values.
EXCHANGE = Script(
    _STORE
    + """
if redis.call('HGET', KEYS[1], 'resume_hash') ~= ARGV[2] then return 0 end
return store(ARGV[1], 3)
"""
)


class RedisSessionStore:
    """Implements `domain.sessions.SessionStore`."""

    def __init__(self, link: RedisLink, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._own: OrderedDict[str, StoredSession] = OrderedDict()
        self._deleted: dict[str, None] = {}
        link.on_heartbeat(self._restore)

    async def get(self, session_id: str) -> StoredSession | None:
        """A session, expired or not; while Redis is down, one that this node remembers."""
        try:
            fields = await self._link.call("HGETALL", _key(session_id))
        except RedisDown:
            return self._own.get(session_id)
        return _decoded(fields)

    async def put(self, session: StoredSession) -> None:
        """Add a session."""
        self._remember(session)
        try:
            life = self._life(session.expires_at)
            await self._link.script(PUT, [_key(session.session_id)], life, *_fields(session))
        except RedisDown:
            log.warning("session_only_here", session_id=session.session_id)

    async def renew(self, session_id: str, expires_at: datetime) -> bool:
        """Extend a session; false if it no longer exists."""
        own = self._own.get(session_id)
        if own is not None:
            own = msgspec.structs.replace(own, expires_at=expires_at)
            self._remember(own)
        key, life = _key(session_id), self._life(expires_at)
        try:
            if await self._link.script(RENEW, [key], life, _text(expires_at)):
                return True
            # It expired, or Redis lost it, while its connection was open.
            if own is not None:
                await self._link.call_all([self._restoring(own)])
            return own is not None
        except RedisDown:
            return own is not None

    async def exchange(self, session: StoredSession, instead_of: str) -> bool:
        """Store a session's new resume token if its token is still `instead_of`; else false."""
        key, life, fields = (
            _key(session.session_id),
            self._life(session.expires_at),
            _fields(session),
        )
        try:
            exchanged = bool(await self._link.script(EXCHANGE, [key], life, instead_of, *fields))
        except RedisDown:
            own = self._own.get(session.session_id)
            exchanged = own is not None and own.resume_hash == instead_of
        if exchanged:
            self._remember(session)
        return exchanged

    async def delete(self, session_id: str) -> None:
        """Delete a session."""
        self._own.pop(session_id, None)
        try:
            await self._link.call("DEL", _key(session_id))
        except RedisDown:
            if len(self._deleted) < MAX_DELETED:
                self._deleted[session_id] = None

    async def delete_expired(self, before: datetime) -> None:
        """Forget the sessions that expired before a time; in Redis, they expire by themselves."""
        for session_id in [each for each, own in self._own.items() if own.expires_at < before]:
            del self._own[session_id]

    async def _restore(self, returned: bool) -> None:
        if not returned:
            return
        await self._link.call_all([("DEL", _key(each)) for each in self._deleted])
        self._deleted.clear()
        now = self._clock.now()
        commands = [
            self._restoring(own) for own in tuple(self._own.values()) if own.expires_at > now
        ]
        for start in range(0, len(commands), BATCH):
            await self._link.call_all(commands[start : start + BATCH])

    def _restoring(self, session: StoredSession) -> Command:
        expires_at = session.expires_at
        key, life = _key(session.session_id), self._life(expires_at)
        return RESTORE.command([key], _text(expires_at), life, *_fields(session))

    def _remember(self, session: StoredSession) -> None:
        self._own[session.session_id] = session
        self._own.move_to_end(session.session_id)
        if len(self._own) > MAX_REMEMBERED:
            self._own.popitem(last=False)

    def _life(self, expires_at: datetime) -> int:
        """The time until it expires, in milliseconds."""
        return max(int((expires_at - self._clock.now()).total_seconds() * 1000), 1)


def _key(session_id: str) -> str:
    return f"session:{session_id}"


def _text(time: datetime) -> str:
    """A time as text; later ones are greater."""
    return str(msgspec.to_builtins(time))


def _fields(session: StoredSession) -> list[str]:
    """All fields and values."""
    return [text for pair in msgspec.to_builtins(session).items() for text in pair]


def _decoded(fields: object) -> StoredSession | None:
    if not isinstance(fields, dict) or not fields:
        return None
    texts = {name.decode(): value.decode() for name, value in fields.items()}
    return msgspec.convert(texts, StoredSession)
