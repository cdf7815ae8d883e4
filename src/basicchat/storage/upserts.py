"""Upserts, and what the writing mixins share."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table

from basicchat.storage.database import Connection, Prepared


@cache
def upsert(table: Table, keys: tuple[str, ...], changing: tuple[str, ...]) -> Prepared:
    """INSERT a row, or if one with the same keys exists, change these of its columns."""
    return Prepared(lambda dialect: dialect.upsert(table, keys, changing))


class SqlWrites:
    """A transaction's connection."""

    _connection: Connection

    async def _put(self, table: Table, keys: Sequence[str], **values: Any) -> None:
        """Insert a row, or change all its other columns."""
        changing = tuple(name for name in values if name not in keys)
        await self._connection.execute(upsert(table, tuple(keys), changing), values)
