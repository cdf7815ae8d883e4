"""Deletes old events and receipts, a few rows at a time.

A database with one writer, such as one within the event loop, can do nothing else meanwhile.
Deleting everything at once would take seconds for a million events, and delay each answer by that.
"""

import asyncio
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, tuple_, update

from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Database, Prepared
from basicchat.storage.rows import to_micros

# Rows examined in one transaction, which takes a few milliseconds at most.
ROWS_AT_ONCE = 500

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
DELETE_EVENTS = Prepared(
    delete(t.events).where(_EVENT.stream == bindparam("of"), _EVENT.seq <= bindparam("cut"))
)
NEXT_PARTS = Prepared(
    select(_PART.part_id)
    .where(_PART.part_id > bindparam("after"))
    .order_by(_PART.part_id)
    .limit(ROWS_AT_ONCE)
)
DELETE_UNUSED_PARTS = Prepared(
    delete(t.event_parts).where(
        _PART.part_id > bindparam("after"),
        _PART.part_id <= bindparam("last"),
        ~select(_EVENT.seq).where(_EVENT.part_id == _PART.part_id).exists(),
    )
)
_KEY = (_RECEIPT.user_id, _RECEIPT.client_msg_id)
DELETE_RECEIPTS = Prepared(
    delete(t.receipts).where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(_RECEIPT.created_at < bindparam("before"))
            .order_by(_RECEIPT.created_at)
            .limit(ROWS_AT_ONCE)
        )
    )
)


class SqlTrimming:
    """Mixed into the store."""

    _database: Database
    _reader: Connection

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Delete old events, raising each stream's floor, and old receipts.

        Other work goes on in between.
        """
        for stream, floor, cut in await self._reader.execute(LONG_STREAMS, {"keep": keep_events}):
            for upto in (*range(floor + ROWS_AT_ONCE, cut, ROWS_AT_ONCE), cut):
                where = {"of": stream, "cut": upto}
                await self._do_step((RAISE_FLOOR, where), (DELETE_EVENTS, where))
        await self._delete_unused_parts()
        before = {"before": to_micros(receipts_before)}
        while await self._do_step((DELETE_RECEIPTS, before)):
            pass

    async def _delete_unused_parts(self) -> None:
        """Delete shared parts that no event has any more: those of trimmed and deleted streams."""
        last = 0
        while found := (await self._reader.execute(NEXT_PARTS, {"after": last})).all():
            after, last = last, found[-1].part_id
            await self._do_step((DELETE_UNUSED_PARTS, {"after": after, "last": last}))

    async def _do_step(self, *work: tuple[Prepared, dict[str, Any]]) -> int:
        """Execute statements in one transaction, then yield; how many rows the last one changed."""
        changed = 0
        async with self._database.transaction() as c:
            for statement, parameters in work:
                changed = (await c.execute(statement, parameters)).rowcount
        await self._database.tidy()
        await asyncio.sleep(0)
        return changed
