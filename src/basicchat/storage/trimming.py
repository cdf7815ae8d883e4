"""Dropping what is old from the log, a few rows at a time.

It is done within the event loop, and nobody else writes meanwhile: what all of it takes is seconds
where there are a million events, and each answer would wait for so long.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update

from basicchat.storage import tables as t
from basicchat.storage.rows import to_micros
from basicchat.storage.sqlite.engine import DirectConnection
from basicchat.storage.sqlite.prepared import Prepared

# Rows that are looked at in one transaction, which takes some milliseconds at most.
AT_ONCE = 500

_STREAM, _EVENT, _PART, _RECEIPT = t.streams.c, t.events.c, t.event_parts.c, t.receipts.c
LONG_STREAMS = Prepared(
    select(_STREAM.stream, _STREAM.floor, (_STREAM.seq - bindparam("keep")).label("cut")).where(
        _STREAM.seq - _STREAM.floor > bindparam("keep")
    )
)
RAISE_FLOOR = Prepared(
    update(t.streams)
    .where(_STREAM.stream == bindparam("of"), _STREAM.floor < bindparam("cut"))
    .values(floor=bindparam("cut"))
)
DROP_EVENTS = Prepared(
    delete(t.events).where(_EVENT.stream == bindparam("of"), _EVENT.seq <= bindparam("cut"))
)
# The last of the next few.
NEXT_PARTS = Prepared(
    select(_PART.part_id)
    .where(_PART.part_id > bindparam("after"))
    .order_by(_PART.part_id)
    .limit(AT_ONCE)
)
DROP_UNUSED_PARTS = Prepared(
    delete(t.event_parts).where(
        _PART.part_id > bindparam("after"),
        _PART.part_id <= bindparam("last"),
        ~select(_EVENT.seq).where(_EVENT.part_id == _PART.part_id).exists(),
    )
)
_KEY = (_RECEIPT.user_id, _RECEIPT.client_msg_id)
DROP_RECEIPTS = Prepared(
    delete(t.receipts).where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(_RECEIPT.created_at < bindparam("before"))
            .order_by(_RECEIPT.created_at)
            .limit(AT_ONCE)
        )
    )
)


class SqlTrimming:
    """Mixed into the store."""

    _reader: DirectConnection
    _writing: Callable[[], AbstractAsyncContextManager[DirectConnection]]
    tidy: Callable[[], Awaitable[None]]

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Drop old events, advancing each stream's floor, and old receipts; others get their turn
        all the while."""
        for stream, floor, cut in await self._reader.execute(LONG_STREAMS, {"keep": keep_events}):
            for upto in (*range(floor + AT_ONCE, cut, AT_ONCE), cut):
                where = {"of": stream, "cut": upto}
                await self._a_little((RAISE_FLOOR, where), (DROP_EVENTS, where))
        await self._drop_unused_parts()
        before = {"before": to_micros(receipts_before)}
        while await self._a_little((DROP_RECEIPTS, before)):
            pass

    async def _drop_unused_parts(self) -> None:
        """Drop what no event shares any more: it was trimmed, or its stream deleted."""
        last = 0
        while found := (await self._reader.execute(NEXT_PARTS, {"after": last})).all():
            after, last = last, found[-1].part_id
            await self._a_little((DROP_UNUSED_PARTS, {"after": after, "last": last}))

    async def _a_little(self, *work: tuple[Prepared, dict[str, Any]]) -> int:
        """Do this in one transaction, then let others go on; how many rows the last changed."""
        changed = 0
        async with self._writing() as c:
            for statement, parameters in work:
                changed = (await c.execute(statement, parameters)).rowcount
        await self.tidy()
        await asyncio.sleep(0)
        return changed
