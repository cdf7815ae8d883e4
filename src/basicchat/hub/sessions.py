"""Sessions, which outlive their sockets."""

import hmac
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.sessions import StoredSession
from basicchat.domain.store import Store
from basicchat.domain.values import User

# How much of a session's life must have passed before renewing it is worth a write.
RENEW_AFTER = 0.1
MAX_CACHED = 100_000
KEEP_EXPIRED = timedelta(days=1)
# For how long after its exchange a resume token still holds: two of the longest pauses between
# attempts to reconnect, and a minute for a socket that hangs.
REPLY_LOST = timedelta(seconds=120)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its client gets it: the resume token is told only once."""

    session_id: str
    resume_token: str
    expires_at: datetime
    resumed: bool


class Sessions:
    """Opens, resumes and renews sessions; at most 100,000 are kept at hand."""

    def __init__(self, store: Store, clock: Clock, *, seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._life = timedelta(seconds=seconds)
        self._renew_after = self._life * RENEW_AFTER
        self._renewed: OrderedDict[str, datetime] = OrderedDict()

    async def open(self, user: User) -> Opened:
        """Begin a session."""
        token, session_id = secrets.token_urlsafe(32), f"s_{secrets.token_hex(12)}"
        expires_at = self._clock.now() + self._life
        session = StoredSession(
            session_id=session_id,
            user_id=user.id,
            resume_hash=hashed(token),
            expires_at=expires_at,
        )
        async with self._store.transaction() as change:
            await change.put_session(session)
        self._note(session_id)
        return Opened(
            session_id=session_id, resume_token=token, expires_at=expires_at, resumed=False
        )

    async def resume(self, user: User, session_id: str, resume_token: str) -> Opened | None:
        """Take a session up again; None unless the token is its own and the user's.

        The token is exchanged. Since the reply with the new one may be lost, the old one holds a
        little longer, until a new one is used; of several that were given for it, the last holds.
        """
        stored, now = await self._store.session(session_id), self._clock.now()
        if stored is None or stored.user_id != user.id or stored.expires_at < now:
            return None
        given = hashed(resume_token)
        if not _holds(stored, given, now):
            return None
        token, expires_at = secrets.token_urlsafe(32), now + self._life
        renewed = msgspec.structs.replace(
            stored,
            resume_hash=hashed(token),
            expires_at=expires_at,
            previous_hash=given,
            exchanged_at=stored.exchanged_at if given == stored.previous_hash else now,
        )
        async with self._store.transaction() as change:
            if not await change.exchange_resume(renewed, instead_of=stored.resume_hash):
                return None
        self._note(session_id)
        return Opened(
            session_id=session_id, resume_token=token, expires_at=expires_at, resumed=True
        )

    def _note(self, session_id: str) -> None:
        self._renewed[session_id] = self._clock.now()
        self._renewed.move_to_end(session_id)
        if len(self._renewed) > MAX_CACHED:
            self._renewed.popitem(last=False)

    async def touch(self, session_id: str) -> None:
        """Renew a session that is in use; most calls cost nothing."""
        last = self._renewed.get(session_id)
        if last is not None and self._clock.now() - last < self._renew_after:
            return
        # Noted first, so that of many requests at once only one renews.
        self._note(session_id)
        async with self._store.transaction() as change:
            await change.renew_session(session_id, self._clock.now() + self._life)

    async def close(self, session_id: str) -> None:
        """End a session: it cannot be resumed."""
        self._renewed.pop(session_id, None)
        async with self._store.transaction() as change:
            await change.delete_sessions(session_id=session_id, expired_at=None)

    async def sweep(self) -> None:
        """Delete what expired a day ago; until then a quiet connection may yet renew its own."""
        expired_at = self._clock.now() - KEEP_EXPIRED
        async with self._store.transaction() as change:
            await change.delete_sessions(session_id=None, expired_at=expired_at)


def _holds(stored: StoredSession, given: str, now: datetime) -> bool:
    """Whether a token, by its hash, is the session's, or was it until just now."""
    if hmac.compare_digest(stored.resume_hash, given):
        return True
    if stored.previous_hash is None or stored.exchanged_at is None:
        return False
    late = now - stored.exchanged_at > REPLY_LOST
    return hmac.compare_digest(stored.previous_hash, given) and not late
