"""Sessions in the SQL store: a reading and a writing half, mixed into store and transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update

from basicchat.domain.sessions import StoredSession
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import from_micros, to_micros
from basicchat.storage.upserts import SqlWrites

_SESSION = t.sessions.c.session_id == bindparam("of")
SESSION = Prepared(select(t.sessions).where(_SESSION))
RENEW = Prepared(update(t.sessions).where(_SESSION))
EXCHANGE = Prepared(
    update(t.sessions).where(_SESSION, t.sessions.c.resume_hash == bindparam("same"))
)


class SqlSessionReads:
    """Implements `domain.sessions.SessionReads`."""

    _reader: Connection

    async def session(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        row = (await self._reader.execute(SESSION, {"of": session_id})).first()
        return None if row is None else _session(row)


class SqlSessionWrites(SqlWrites):
    """Implements `domain.sessions.SessionWrites`."""

    async def put_session(self, session: StoredSession) -> None:
        """Add or renew a session."""
        await self._put(
            t.sessions,
            ["session_id"],
            **_columns(session),
        )

    async def renew_session(self, session_id: str, expires_at: datetime) -> bool:
        """Extend a session; false if it no longer exists."""
        values = {"of": session_id, "expires_at": to_micros(expires_at)}
        return bool((await self._connection.execute(RENEW, values)).rowcount)

    async def exchange_resume(self, session: StoredSession, instead_of: str) -> bool:
        """Store a session's new resume token if its token is still `instead_of`; else false."""
        values = {"of": session.session_id, "same": instead_of, **_columns(session)}
        return bool((await self._connection.execute(EXCHANGE, values)).rowcount)

    async def delete_sessions(self, *, session_id: str | None, expired_at: datetime | None) -> None:
        """Delete one session, or all that expired before a time."""
        conditions = []
        if session_id is not None:
            conditions.append(t.sessions.c.session_id == session_id)
        if expired_at is not None:
            conditions.append(t.sessions.c.expires_at < to_micros(expired_at))
        if conditions:
            await self._connection.execute(delete(t.sessions).where(or_(*conditions)))

    async def put_login_code(self, code_hash: str, user_id: str, expires_at: datetime) -> None:
        """Store a one-time code."""
        values = {"user_id": user_id, "expires_at": to_micros(expires_at)}
        await self._connection.execute(insert(t.login_codes).values(code_hash=code_hash, **values))

    async def take_login_code(self, code_hash: str, now: datetime) -> str | None:
        """Use a one-time code, and delete expired ones."""
        code, moment = t.login_codes.c, to_micros(now)
        taken = await self._connection.execute(
            delete(t.login_codes)
            .where(code.code_hash == code_hash, code.expires_at >= moment)
            .returning(code.user_id)
        )
        user_id: str | None = taken.scalar()
        await self._connection.execute(delete(t.login_codes).where(code.expires_at < moment))
        return user_id


def _session(row: Row[Any]) -> StoredSession:
    """A session from its row."""
    exchanged = row.exchanged_at
    return StoredSession(
        session_id=row.session_id,
        user_id=row.user_id,
        resume_hash=row.resume_hash,
        expires_at=from_micros(row.expires_at),
        previous_hash=row.previous_hash,
        exchanged_at=None if exchanged is None else from_micros(exchanged),
    )


def _columns(session: StoredSession) -> dict[str, Any]:
    """A session's columns."""
    exchanged = session.exchanged_at
    return {
        "session_id": session.session_id,
        "user_id": session.user_id,
        "resume_hash": session.resume_hash,
        "expires_at": to_micros(session.expires_at),
        "previous_hash": session.previous_hash,
        "exchanged_at": None if exchanged is None else to_micros(exchanged),
    }
