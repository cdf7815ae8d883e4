"""Sessions, which outlive their sockets; and the part of the store's port that can keep them."""

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


class SessionStore(Protocol):
    """Keeps sessions, so that any node can resume them.

    Every implementation guarantees that each method is atomic, that what one node has written is
    what every node then reads, and that a session is kept until it is deleted or its `expires_at`
    has passed. The node that wrote it last may renew it for a day more, while its connection is
    open.
    """

    async def get(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        ...

    async def put(self, session: StoredSession) -> None:
        """Add a session."""
        ...

    async def renew(self, session_id: str, expires_at: datetime) -> bool:
        """Let a session live longer, changing nothing else; false if it is gone."""
        ...

    async def exchange(self, session: StoredSession, instead_of: str) -> bool:
        """Replace a session if its `resume_hash` still is `instead_of`; else false.

        Of several exchanges at the same time exactly one succeeds.
        """
        ...

    async def delete(self, session_id: str) -> None:
        """Delete a session, if it is there."""
        ...

    async def delete_expired(self, before: datetime) -> None:
        """Delete the sessions that expired before a time."""
        ...


class SessionReads(Protocol):
    """Reads of sessions."""

    async def session(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        ...


class SessionWrites(Protocol):
    """Writes of sessions within a transaction."""

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
        """Add a one-time code."""
        ...

    async def take_login_code(self, code_hash: str, now: datetime) -> str | None:
        """Use a one-time code; the user it was for, or None if it is not valid."""
        ...
