"""Sessions: bound to their user, resumed once per token, renewed by use, gone after their time."""

import asyncio
from datetime import timedelta

import pytest

from basicchat.hub.sessions import KEEP_EXPIRED, REPLY_LOST, Opened, Sessions
from basicchat.storage.session_store import SqlSessionStore
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.hub_clients import USERS

ANN, BEN = USERS
HOUR = 3600.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def sessions(store: SqlStore, clock: FakeClock) -> Sessions:
    return Sessions(SqlSessionStore(store), clock, seconds=HOUR)


async def resumed(sessions: Sessions, opened: Opened) -> Opened:
    again = await sessions.resume(ANN, opened.session_id, opened.resume_token)
    assert again is not None
    return again


async def test_a_session_is_resumed_with_its_token(sessions: Sessions, clock: FakeClock) -> None:
    opened = await sessions.open(ANN)
    assert not opened.resumed
    assert opened.expires_at == clock.now() + timedelta(hours=1)
    clock.advance(HOUR - 1)
    again = await resumed(sessions, opened)
    assert (again.session_id, again.resumed) == (opened.session_id, True)
    assert again.expires_at == clock.now() + timedelta(hours=1)


async def test_the_token_rotates(sessions: Sessions) -> None:
    first = await sessions.open(ANN)
    second = await resumed(sessions, first)
    assert second.resume_token != first.resume_token
    third = await resumed(sessions, second)
    assert await sessions.resume(ANN, first.session_id, first.resume_token) is None
    await resumed(sessions, third)


async def test_a_token_holds_until_the_next_is_used(sessions: Sessions, clock: FakeClock) -> None:
    """A hello whose reply is lost can be said again, and costs no snapshot."""
    opened = await sessions.open(ANN)
    lost = await resumed(sessions, opened)
    clock.advance(30)
    heard = await resumed(sessions, opened)
    assert heard.resume_token != lost.resume_token
    assert await sessions.resume(ANN, opened.session_id, lost.resume_token) is None
    after = await resumed(sessions, heard)
    assert await sessions.resume(ANN, opened.session_id, opened.resume_token) is None
    await resumed(sessions, after)


async def test_a_token_that_was_exchanged_holds_not_for_long(
    sessions: Sessions, clock: FakeClock
) -> None:
    """Saying hello with the old one again does not make it hold longer."""
    opened = await sessions.open(ANN)
    for _ in range(3):
        await resumed(sessions, opened)
        clock.advance(REPLY_LOST.total_seconds() / 2 - 1)
    clock.advance(3)
    assert await sessions.resume(ANN, opened.session_id, opened.resume_token) is None


async def test_of_many_at_once_one_gets_a_token_that_holds(sessions: Sessions) -> None:
    opened = await sessions.open(ANN)
    attempts = (sessions.resume(ANN, opened.session_id, opened.resume_token) for _ in range(8))
    served = [again for again in await asyncio.gather(*attempts) if again is not None]
    again = [await sessions.resume(ANN, one.session_id, one.resume_token) for one in served]
    assert len([one for one in again if one is not None]) == 1


async def test_a_session_is_its_users_own(sessions: Sessions) -> None:
    opened, other = await sessions.open(ANN), await sessions.open(ANN)
    table = [
        (BEN, opened.session_id, opened.resume_token),
        (ANN, opened.session_id, other.resume_token),
        (ANN, opened.session_id, ""),
        (ANN, opened.session_id, "é😀"),
        (ANN, "s_none", opened.resume_token),
    ]
    for user, session_id, token in table:
        assert await sessions.resume(user, session_id, token) is None
    await resumed(sessions, opened)


async def test_only_a_hash_of_the_token_is_kept(sessions: Sessions, store: SqlStore) -> None:
    opened = await sessions.open(ANN)
    stored = await store.session(opened.session_id)
    assert stored is not None
    assert opened.resume_token not in repr(stored)


async def test_a_session_expires(sessions: Sessions, clock: FakeClock) -> None:
    opened = await sessions.open(ANN)
    clock.advance(HOUR + 1)
    assert await sessions.resume(ANN, opened.session_id, opened.resume_token) is None


async def test_use_renews_a_session(sessions: Sessions, store: SqlStore, clock: FakeClock) -> None:
    opened = await sessions.open(ANN)
    for _ in range(10):
        clock.advance(HOUR / 2)
        await sessions.touch(opened.session_id)
    await resumed(sessions, opened)
    before = await store.session(opened.session_id)
    clock.advance(60)
    await sessions.touch(opened.session_id)
    assert await store.session(opened.session_id) == before


async def test_renewing_does_not_undo_a_rotation(sessions: Sessions, clock: FakeClock) -> None:
    """Use and resumption may come at once: the new token holds, and the old one stays void."""
    opened = await sessions.open(ANN)
    clock.advance(HOUR / 2)
    again, *_ = await asyncio.gather(
        resumed(sessions, opened), *(sessions.touch(opened.session_id) for _ in range(4))
    )
    newest = await resumed(sessions, again)
    assert await sessions.resume(ANN, opened.session_id, opened.resume_token) is None
    await resumed(sessions, newest)


async def test_a_closed_session_stays_closed(
    sessions: Sessions, store: SqlStore, clock: FakeClock
) -> None:
    opened = await sessions.open(ANN)
    await sessions.close(opened.session_id)
    clock.advance(HOUR / 2)
    await sessions.touch(opened.session_id)
    await sessions.touch("s_none")
    assert await store.session(opened.session_id) is None
    assert await sessions.resume(ANN, opened.session_id, opened.resume_token) is None


async def test_a_sweep_removes_expired_entries(
    sessions: Sessions, store: SqlStore, clock: FakeClock
) -> None:
    old = await sessions.open(ANN)
    clock.advance(HOUR / 2)
    new = await sessions.open(ANN)
    await sessions.sweep()
    assert await store.session(old.session_id) is not None
    clock.advance(HOUR / 2 + KEEP_EXPIRED.total_seconds() + 1)
    await sessions.sweep()
    assert await store.session(old.session_id) is None
    assert await store.session(new.session_id) is not None
