"""Sessions as rows."""

from typing import Any

from sqlalchemy import Row

from basicchat.domain.store import StoredSession
from basicchat.storage.sql_rows import from_micros, to_micros


def to_session(row: Row[Any]) -> StoredSession:
    """A session out of its row."""
    exchanged = row.exchanged_at
    return StoredSession(
        session_id=row.session_id,
        user_id=row.user_id,
        resume_hash=row.resume_hash,
        expires_at=from_micros(row.expires_at),
        previous_hash=row.previous_hash,
        exchanged_at=None if exchanged is None else from_micros(exchanged),
    )


def session_columns(session: StoredSession) -> dict[str, Any]:
    """What a session's row holds."""
    exchanged = session.exchanged_at
    return {
        "session_id": session.session_id,
        "user_id": session.user_id,
        "resume_hash": session.resume_hash,
        "expires_at": to_micros(session.expires_at),
        "previous_hash": session.previous_hash,
        "exchanged_at": None if exchanged is None else to_micros(exchanged),
    }
