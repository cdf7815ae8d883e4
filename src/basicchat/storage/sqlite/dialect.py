"""SQLite's own SQL: upserts, lists as parameters, full-text search."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, bindparam, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.types import UserDefinedType

# The full-text index numbers messages in the order of their arrival over all rooms; within one
# room that is the order of `seq`.
_SEARCH = """
    SELECT m.data, {place} AS place FROM message_words
    JOIN message_texts AS x ON x.number = message_words.rowid
    JOIN messages AS m ON m.message_id = x.message_id
    WHERE message_words MATCH :words AND {only}
    AND x.room_id IN (SELECT room_id FROM members WHERE user_id = :user_id)
    ORDER BY message_words.rowid DESC LIMIT :most
"""
_SEARCH_ALL = text(_SEARCH.format(place="x.number", only="message_words.rowid < :before"))
_SEARCH_ROOM = text(_SEARCH.format(place="m.seq", only="x.room_id = :room_id AND m.seq < :before"))


class JsonList(UserDefinedType[list[str]]):
    """The type of a parameter that is a list of strings; SQLite gets it as JSON."""

    cache_ok = True


class SqliteDialect:
    """Implements `storage.database.SqlDialect`."""

    def upsert(
        self,
        table: Table,
        keys: Sequence[str],
        changing: Sequence[str],
        values: Mapping[str, Any] | None = None,
    ) -> Executable:
        """INSERT … ON CONFLICT (keys) DO UPDATE or, if nothing is to change, DO NOTHING."""
        statement = insert(table)
        if values:
            statement = statement.values(**values)
        if not changing:
            return statement.on_conflict_do_nothing(index_elements=list(keys))
        changed = {name: statement.excluded[name] for name in changing}
        return statement.on_conflict_do_update(index_elements=list(keys), set_=changed)

    def any_of(self, column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
        """A condition: the column equals one of the strings in a parameter, which is a list."""
        listed = func.json_each(bindparam(parameter, type_=JsonList()))
        return column.in_(select(listed.table_valued("value").c.value))

    def message_search(self, *, one_room: bool) -> Executable:
        """SELECT the messages that match an FTS5 query."""
        return _SEARCH_ROOM if one_room else _SEARCH_ALL

    def message_query(self, words: Sequence[str]) -> str:
        """A query in FTS5's syntax: every word is quoted, so that none is an operator."""
        return " ".join(f'"{word}"' for word in words) + "*"
