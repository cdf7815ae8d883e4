"""SQLite's own SQL: upserts, lists as parameters, full-text search."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, bindparam, func, select, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.types import UserDefinedType

from basicchat.storage.database import Row
from basicchat.storage.insert_conflicts import upsert_by
from basicchat.storage.message_tokens import Form, text_tokens
from basicchat.storage.tables import message_texts

# The full-text index numbers messages in the order of their arrival over all rooms; within one
# room that is the order of `seq`.
_SEARCH = """
    SELECT m.data, {place} AS place FROM message_words
    JOIN message_texts AS x ON x.number = message_words.rowid
    JOIN messages AS m ON m.message_id = x.message_id
    WHERE message_words MATCH :words AND {only}
    AND x.room_id IN (SELECT room_id FROM members WHERE user_id = :user_id)
    ORDER BY message_words.rowid DESC LIMIT :limit
"""
_SEARCH_ALL = text(_SEARCH.format(place="x.number", only="message_words.rowid < :before"))
_SEARCH_ROOM = text(_SEARCH.format(place="m.seq", only="x.room_id = :room_id AND m.seq < :before"))


class JsonList(UserDefinedType[list[str]]):
    """The type of a parameter that is a list of strings; SQLite gets it as JSON."""

    cache_ok = True


_PUT_TEXT = text("""
    INSERT INTO message_texts_with_words (number, message_id, room_id, text, words)
    VALUES (:number, :message_id, :room_id, :text, :words)
""").bindparams(bindparam("number", None))


# Each beginning is a range of the index's words.
_VOCABULARY = text("""
    SELECT DISTINCT v.term FROM json_each(:beginnings) AS b CROSS JOIN message_vocabulary AS v
    WHERE v.term >= b.value AND v.term < b.value || char(1114111) LIMIT :limit
""").bindparams(bindparam("beginnings", type_=JsonList()))


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
        return upsert_by(insert(table), keys, changing, values)

    def any_of(self, column: ColumnElement[str], parameter: str) -> ColumnElement[bool]:
        """A condition: the column equals one of the strings in a parameter, which is a list."""
        listed = func.json_each(bindparam(parameter, type_=JsonList()))
        return column.in_(select(listed.table_valued("value").c.value))

    def message_search(self, *, one_room: bool) -> Executable:
        """SELECT the messages that match an FTS5 query."""
        return _SEARCH_ROOM if one_room else _SEARCH_ALL

    def message_query(self, terms: Sequence[Sequence[Form]]) -> str:
        """A query in FTS5's syntax: every token is quoted, so that none is an operator."""
        return " AND ".join(f"({' OR '.join(map(_form, forms))})" for forms in terms)

    def put_message_text(self) -> Executable:
        """INSERT into a view, whose trigger keeps the text and its words."""
        return _PUT_TEXT

    def insertion(self, table: Table) -> tuple[Executable, Callable[[Row], Row]]:
        """INSERT a row; searchable texts get their words."""
        if table is message_texts:
            return _PUT_TEXT, lambda row: {**row, "words": " ".join(text_tokens(row["text"]))}
        return insert(table), dict

    def counters_behind_rows(self) -> Sequence[Executable]:
        """Nothing: SQLite counts on from the rows."""
        return ()

    def message_vocabulary(self) -> Executable:
        """SELECT words of the full-text index, which is that of all messages."""
        return _VOCABULARY


def _form(form: Form) -> str:
    quoted = [f'"{token}"' for token in form.tokens]
    return f"({' AND '.join(quoted)}{'*' * form.is_prefix})"
