"""Sessions in the main database, for servers without Redis."""

from datetime import datetime

from basicchat.domain.sessions import StoredSession
from basicchat.domain.store import Store


class SqlSessionStore:
    """Implements `domain.sessions.SessionStore`: each change is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        return await self._store.session(session_id)

    async def put(self, session: StoredSession) -> None:
        """Add a session."""
        async with self._store.transaction() as change:
            await change.put_session(session)

    async def renew(self, session_id: str, expires_at: datetime) -> bool:
        """Extend a session; false if it no longer exists."""
        async with self._store.transaction() as change:
            return await change.renew_session(session_id, expires_at)

    async def exchange(self, session: StoredSession, instead_of: str) -> bool:
        """Store a session's new resume token if its token is still `instead_of`; else false."""
        async with self._store.transaction() as change:
            return await change.exchange_resume(session, instead_of=instead_of)

    async def delete(self, session_id: str) -> None:
        """Delete a session."""
        async with self._store.transaction() as change:
            await change.delete_sessions(session_id=session_id, expired_at=None)

    async def delete_expired(self, before: datetime) -> None:
        """Delete the sessions that expired before a time."""
        async with self._store.transaction() as change:
            await change.delete_sessions(session_id=None, expired_at=before)
