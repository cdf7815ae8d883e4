"""The contract of the session store, on every implementation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from basicchat.domain.sessions import SessionStore, StoredSession
from basicchat.storage.session_store import SqlSessionStore
from basicchat.storage.session_store_redis import RedisSessionStore
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.redis_server import RedisServer, linked, redis_server

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@asynccontextmanager
async def in_sql(request: pytest.FixtureRequest, store: SqlStore) -> AsyncIterator[SessionStore]:
    yield SqlSessionStore(store)


@asynccontextmanager
async def in_redis(request: pytest.FixtureRequest, store: SqlStore) -> AsyncIterator[SessionStore]:
    redis: RedisServer = request.getfixturevalue("redis")
    async with linked(redis.url) as link:
        yield RedisSessionStore(link, FakeClock(START))


# An implementation adds itself here: what makes one beside a database with the users.
IMPLEMENTATIONS = {"sql": in_sql, "redis": in_redis}


@pytest.fixture(params=IMPLEMENTATIONS)
async def sessions(request: pytest.FixtureRequest, store: SqlStore) -> AsyncIterator[SessionStore]:
    async with IMPLEMENTATIONS[request.param](request, store) as sessions:
        yield sessions


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


async def test_only_expired_rows_are_deleted_by_time(
    sessions: SessionStore, request: pytest.FixtureRequest
) -> None:
    for number in (10, 20, 30):
        await sessions.put(session(f"s{number}", number))
    if isinstance(sessions, RedisSessionStore):
        request.getfixturevalue("redis").pass_time(15 * 60)
    await sessions.delete_expired(START + timedelta(minutes=20))
    left = [number for number in (10, 20, 30) if await sessions.get(f"s{number}")]
    assert left == [20, 30]


async def test_a_session_is_a_hash_that_expires_and_that_use_renews(redis: RedisServer) -> None:
    async with linked(redis.url) as link:
        sessions = RedisSessionStore(link, FakeClock(START))
        await sessions.put(session("s1"))
        assert 3500 < redis.admin.ttl("session:s1") <= 3600
        redis.pass_time(1800)
        assert redis.admin.ttl("session:s1") <= 1800
        await sessions.renew("s1", START + timedelta(minutes=60))
        assert redis.admin.ttl("session:s1") > 3500


async def test_sessions_outlive_a_restart_that_empties_redis() -> None:
    with redis_server() as server:
        async with linked(server.url) as one, linked(server.url) as other:
            first, second = (RedisSessionStore(link, FakeClock(START)) for link in (one, other))
            for number in range(4):
                await first.put(session(f"s{number}"))
            # Resumed on the other node: its state is the later one.
            assert await second.exchange(session("s1", 61, "new"), instead_of="h")
            server.stop()
            async with asyncio.timeout(60):
                while one.up or other.up:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0)
            await first.put(session("s4"))
            await first.delete("s0")
            assert await first.renew("s2", START + timedelta(minutes=90))
            assert await first.exchange(session("s3", 70, "newer"), instead_of="h")
            assert not await first.exchange(session("s3", 70, "newest"), instead_of="h")
            assert await first.get("s4") == session("s4")
            assert not await second.renew("s4", START)
            server.start()
            assert await one.connected(60)
            assert await other.connected(60)
            for store in (first, second):
                assert await store.get("s0") is None
                assert await store.get("s1") == session("s1", 61, "new")
                assert await store.get("s2") == session("s2", 90)
                assert await store.get("s3") == session("s3", 70, "newer")
                assert await store.get("s4") == session("s4")
