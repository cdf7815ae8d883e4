"""The contract of the store, as a table of checks, and what is SQLite's own."""

import pytest
from approval_checks import APPROVAL_CHECKS
from collection_checks import COLLECTION_CHECKS
from log_checks import LOG_CHECKS
from oauth_checks import OAUTH_CHECKS
from record_checks import RECORD_CHECKS
from room_checks import ROOM_CHECKS
from sqlalchemy import func, select

from basicchat.domain.events import user_stream
from basicchat.domain.room_views import OwnRoom, SharedRoom
from basicchat.domain.rooms import Room
from basicchat.storage import tables
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock
from support.store_values import ROOM, START, Check

CHECKS: list[Check] = [
    *LOG_CHECKS,
    *ROOM_CHECKS,
    *RECORD_CHECKS,
    *COLLECTION_CHECKS,
    *OAUTH_CHECKS,
    *APPROVAL_CHECKS,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_store(check: Check, store: SqlStore, clock: FakeClock) -> None:
    await check(store, clock)


def test_shared_and_private_parts_add_up_to_the_room() -> None:
    shared, own = (set(kind.__struct_fields__) for kind in (SharedRoom, OwnRoom))
    assert shared | own == set(Room.__struct_fields__)
    assert not shared & own


async def test_an_encoding_that_no_event_shares_is_dropped(
    store: SqlStore, clock: FakeClock
) -> None:
    async def parts() -> int:
        counted = select(func.count()).select_from(tables.event_parts)
        return int((await store._reader.execute(counted)).scalar())

    for name, kept in (("One", 1), ("One", 1), ("Two", 2)):
        async with store.transaction() as change:
            await change.put_room(ROOM, name, START)
            views = await change.room_views(ROOM, ["ann"])
            assert views is not None
            own = {user_stream("ann"): views.own["ann"]}
            await change.record_each("room.updated", ROOM, views.shared, own)
        assert await parts() == kept
    await store.trim(keep_events=2, receipts_before=START)
    assert await parts() == 2
    await store.trim(keep_events=1, receipts_before=START)
    assert await parts() == 1
