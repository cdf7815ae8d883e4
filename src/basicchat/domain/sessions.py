"""The part of the store's port that keeps sessions, and the one-time codes that lead to them."""

from datetime import datetime
from typing import Protocol

from basicchat.domain.values import Value


class StoredSession(Value, frozen=True, kw_only=True):
    """A session that outlives its socket.

    `resume_hash` is the SHA-256 of its resume token, `previous_hash` that of the token which was
    exchanged for it at `exchanged_at`.
    """

    session_id: str
    user_id: str
    resume_hash: str
    expires_at: datetime
    previous_hash: str | None = None
    exchanged_at: datetime | None = None


class SessionReads(Protocol):
    """What can be read of sessions."""

    async def session(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        ...


class SessionWrites(Protocol):
    """What a transaction changes of sessions."""

    async def put_session(self, session: StoredSession) -> None:
        """Add or renew a session."""
        ...

    async def renew_session(self, session_id: str, expires_at: datetime) -> bool:
        """Let a session live longer; false if it is gone."""
        ...

    async def exchange_resume(self, session: StoredSession, instead_of: str) -> bool:
        """Keep a session's new resume token, if its token still is `instead_of`; else false."""
        ...

    async def delete_sessions(self, *, session_id: str | None, expired_at: datetime | None) -> None:
        """Delete one session, or all that expired before a time."""
        ...

    async def put_login_code(self, code_hash: str, user_id: str, expires_at: datetime) -> None:
        """Keep a one-time code."""
        ...

    async def take_login_code(self, code_hash: str, now: datetime) -> str | None:
        """Use up a one-time code; the user it was for, or None if it does not hold."""
        ...
