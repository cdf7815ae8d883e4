"""The contract of the session store, on every implementation."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from basicchat.domain.sessions import SessionStore, StoredSession
from basicchat.storage.session_store import SqlSessionStore
from basicchat.storage.store import SqlStore

START = datetime(2026, 11, 1, 12, tzinfo=UTC)

# An implementation adds itself here: what makes one out of a database with the users.
IMPLEMENTATIONS = {"sql": SqlSessionStore}


@pytest.fixture(params=IMPLEMENTATIONS)
def sessions(request: pytest.FixtureRequest, store: SqlStore) -> SessionStore:
    return IMPLEMENTATIONS[request.param](store)


def session(session_id: str, minutes: int = 60, resume_hash: str = "h") -> StoredSession:
    return StoredSession(
        session_id=session_id,
        user_id="ann",
        resume_hash=resume_hash,
        expires_at=START + timedelta(minutes=minutes),
    )


async def test_a_session_is_kept_until_it_is_deleted(sessions: SessionStore) -> None:
    await sessions.put(session("s1"))
    await sessions.put(session("s2", resume_hash="i"))
    assert await sessions.get("s1") == session("s1")
    await sessions.delete("s1")
    await sessions.delete("s1")
    assert await sessions.get("s1") is None
    assert await sessions.get("s2") == session("s2", resume_hash="i")


async def test_renewing_changes_the_time_alone(sessions: SessionStore) -> None:
    await sessions.put(session("s1"))
    assert await sessions.renew("s1", START + timedelta(minutes=90))
    assert await sessions.get("s1") == session("s1", 90)
    assert not await sessions.renew("none", START)
    assert await sessions.get("none") is None


async def test_one_of_many_exchanges_succeeds(sessions: SessionStore) -> None:
    await sessions.put(session("s1"))
    new = [
        msgspec.structs.replace(
            session("s1", 70, f"n{number}"), previous_hash="h", exchanged_at=START
        )
        for number in range(8)
    ]
    done = await asyncio.gather(*(sessions.exchange(each, instead_of="h") for each in new))
    assert sorted(done) == [False] * 7 + [True]
    assert await sessions.get("s1") == new[done.index(True)]
    assert not await sessions.exchange(session("none"), instead_of="h")


async def test_only_what_expired_is_deleted_by_time(sessions: SessionStore) -> None:
    for number in (10, 20, 30):
        await sessions.put(session(f"s{number}", number))
    await sessions.delete_expired(START + timedelta(minutes=20))
    left = [number for number in (10, 20, 30) if await sessions.get(f"s{number}")]
    assert left == [20, 30]
