"""The SQL store on PostgreSQL."""

from sqlalchemy import bindparam, delete, select

from basicchat.domain.ports import Clock
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.postgres.database import PostgresDatabase
from basicchat.storage.postgres.transaction import PostgresTransaction
from basicchat.storage.store import SqlStore
from basicchat.storage.transaction import SqlTransaction
from basicchat.storage.trimming import NEXT_PARTS

_PART = t.event_parts.c
# Parts that a transaction uses at this moment are skipped; it may refer to them at its end.
LOCK_PARTS = Prepared(
    select(_PART.part_id)
    .where(_PART.part_id > bindparam("after"), _PART.part_id <= bindparam("last"))
    .with_for_update(skip_locked=True)
)


class PostgresStore(SqlStore):
    """Implements `domain.store.Store` on PostgreSQL."""

    def _begin(self, connection: Connection) -> SqlTransaction:
        return PostgresTransaction(connection, self._clock)

    async def _delete_unused_parts(self) -> None:
        """Delete shared parts that no event has any more, unless one is about to have them."""
        last = 0
        while found := (await self._reader.execute(NEXT_PARTS, {"after": last})).all():
            after, last = last, found[-1].part_id
            async with self._database.transaction() as c:
                locked = await c.execute(LOCK_PARTS, {"after": after, "last": last})
                ids = [row.part_id for row in locked]
                # A statement of its own, which sees what was committed before the locks were taken.
                used = select(t.events.c.seq).where(t.events.c.part_id == _PART.part_id).exists()
                await c.execute(delete(t.event_parts).where(_PART.part_id.in_(ids), ~used))


async def open_postgres_store(url: str, clock: Clock) -> SqlStore:
    """Open the store; bring its schema up to date if needed.

    Raises:
        UpstreamUnavailable: the database cannot be used.
    """
    return PostgresStore(await PostgresDatabase.open(url), clock)
