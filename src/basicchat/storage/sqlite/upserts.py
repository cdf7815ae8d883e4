"""What the writing halves of the SQL store share."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import insert as upsert

from basicchat.storage.sqlite.engine import Executes
from basicchat.storage.sqlite.prepared import Prepared


@cache
def put_row(table: Table, keys: tuple[str, ...], changing: tuple[str, ...]) -> Prepared:
    """Insert a row, or if there is one, change these of its columns."""
    statement = upsert(table)
    changed = {name: statement.excluded[name] for name in changing}
    return Prepared(statement.on_conflict_do_update(index_elements=list(keys), set_=changed))


class SqlWrites:
    """A transaction's connection."""

    _connection: Executes

    async def _put(self, table: Table, keys: Sequence[str], **values: Any) -> None:
        """Insert a row, or update all its other columns."""
        changing = tuple(name for name in values if name not in keys)
        await self._connection.execute(put_row(table, tuple(keys), changing), values)
