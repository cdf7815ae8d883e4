"""Client sessions, which outlive their connections."""

import hmac
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from basicchat.domain.errors import DatabaseLocked, StorageFull
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.sessions import SessionStore, StoredSession
from basicchat.domain.values import User

# A session is renewed once this share of its lifetime has passed.
RENEW_AFTER = 0.1
MAX_CACHED = 100_000
KEEP_EXPIRED = timedelta(days=1)
# How long a resume token stays valid after its exchange, because the reply with the new one may be
# lost: twice the longest reconnect delay, plus a minute for a hanging socket.
REPLY_LOST = timedelta(seconds=120)


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session, as sent to its client; only this reply contains the resume token."""

    session_id: str
    resume_token: str
    expires_at: datetime
    resumed: bool


class Sessions:
    """Opens, resumes and renews sessions.

    The last renewals of up to 100,000 sessions are cached, so that most uses need no write.
    """

    def __init__(self, store: SessionStore, clock: Clock, *, seconds: float) -> None:
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
        await self._store.put(session)
        self._note(session_id)
        return Opened(
            session_id=session_id, resume_token=token, expires_at=expires_at, resumed=False
        )

    async def resume(self, user: User, session_id: str, resume_token: str) -> Opened | None:
        """Resume a session; None unless the session is the user's and the token is valid.

        The token is exchanged for a new one. The old one stays valid for a while, until a new one
        is used; if several new ones were issued for it, only the last one is valid.
        """
        stored, now = await self._store.get(session_id), self._clock.now()
        if stored is None or stored.user_id != user.id or stored.expires_at < now:
            return None
        token_hash = hashed(resume_token)
        if not _is_valid(stored, token_hash, now):
            return None
        token, expires_at = secrets.token_urlsafe(32), now + self._life
        renewed = msgspec.structs.replace(
            stored,
            resume_hash=hashed(token),
            expires_at=expires_at,
            previous_hash=token_hash,
            exchanged_at=stored.exchanged_at if token_hash == stored.previous_hash else now,
        )
        if not await self._store.exchange(renewed, instead_of=stored.resume_hash):
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
        # Cached first, so that only one of many concurrent requests renews the session.
        self._note(session_id)
        try:
            await self._store.renew(session_id, self._clock.now() + self._life)
        except (DatabaseLocked, StorageFull):
            # The request goes on, and a later one renews the session, which is valid for long.
            self._renewed.pop(session_id, None)

    async def close(self, session_id: str) -> None:
        """End a session: it cannot be resumed."""
        self._renewed.pop(session_id, None)
        await self._store.delete(session_id)

    async def sweep(self) -> None:
        """Delete sessions that expired a day ago; until then, their connections may renew them."""
        await self._store.delete_expired(self._clock.now() - KEEP_EXPIRED)


def _is_valid(stored: StoredSession, token_hash: str, now: datetime) -> bool:
    """True if a token's hash is the session's, or that of the token exchanged recently."""
    if hmac.compare_digest(stored.resume_hash, token_hash):
        return True
    if stored.previous_hash is None or stored.exchanged_at is None:
        return False
    too_late = now - stored.exchanged_at > REPLY_LOST
    return hmac.compare_digest(stored.previous_hash, token_hash) and not too_late
