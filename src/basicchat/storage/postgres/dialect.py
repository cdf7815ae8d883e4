"""PostgreSQL's own SQL: upserts, lists as parameters, full-text search."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, String, Table, any_, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from basicchat.storage.database import Row
from basicchat.storage.insert_conflicts import upsert_by
from basicchat.storage.message_tokens import Form, text_tokens
from basicchat.storage.tables import message_texts

# Texts are numbered in the order of their arrival over all rooms; within one room that is the order
# of `seq`.
_SEARCH = """
    SELECT m.data, {place} AS place FROM message_texts AS x
    JOIN messages AS m ON m.message_id = x.message_id
    WHERE x.words @@ CAST(CAST(:words AS text) AS tsquery) AND {only}
    AND x.room_id IN (SELECT room_id FROM members WHERE user_id = :user_id)
    ORDER BY {place} DESC LIMIT :limit
"""
_SEARCH_ALL = text(_SEARCH.format(place="x.number", only="x.number < :before"))
_SEARCH_ROOM = text(_SEARCH.format(place="m.seq", only="x.room_id = :room_id AND m.seq < :before"))

# The index finds the messages that have such words; their words are then looked through.
_VOCABULARY = text("""
    SELECT DISTINCT term FROM (
        SELECT x.words FROM message_texts AS x
        WHERE x.words @@ CAST(
            (SELECT string_agg(quote_literal(b) || ':*', ' | ') FROM unnest(:beginnings) AS b)
            AS tsquery)
        AND x.room_id IN (SELECT room_id FROM members WHERE user_id = :user_id)
        ORDER BY x.number DESC LIMIT 10000
    ) AS newest, LATERAL unnest(tsvector_to_array(newest.words)) AS term
    WHERE EXISTS (SELECT FROM unnest(:beginnings) AS b WHERE starts_with(term, b))
    LIMIT :limit
""").bindparams(bindparam("beginnings", type_=ARRAY(String)))

_PUT_TEXT = text("""
    INSERT INTO message_texts (number, message_id, room_id, text, words)
    VALUES (:number, :message_id, :room_id, :text, array_to_tsvector(:tokens))
""").bindparams(bindparam("number", type_=BigInteger), bindparam("tokens", type_=ARRAY(String)))
_PUT_WORDS = text("""
    INSERT INTO message_texts (message_id, room_id, text, words)
    VALUES (:message_id, :room_id, :text, array_to_tsvector(string_to_array(:words, ' ')))
    ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, words = excluded.words
""")
_COUNTED = ("access_changes", "seq"), ("event_parts", "part_id"), ("message_texts", "number")
_COUNT_ON = """
    SELECT setval(pg_get_serial_sequence('{table}', '{key}'), max({key})) FROM {table}
    HAVING max({key}) IS NOT NULL
"""


class PostgresDialect:
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
        return column == any_(bindparam(parameter, type_=ARRAY(String)))

    def message_search(self, *, one_room: bool) -> Executable:
        """SELECT the messages that match a query of PostgreSQL's full-text search."""
        return _SEARCH_ROOM if one_room else _SEARCH_ALL

    def message_query(self, terms: Sequence[Sequence[Form]]) -> str:
        """A query in the syntax of `tsquery`."""
        return " & ".join(f"({' | '.join(map(_form, forms))})" for forms in terms)

    def put_message_text(self) -> Executable:
        """INSERT the text with its words; transactions write them with the message instead."""
        return _PUT_WORDS

    def insertion(self, table: Table) -> tuple[Executable, Callable[[Row], Row]]:
        """INSERT a row; searchable texts get their words."""
        if table is message_texts:
            return _PUT_TEXT, lambda row: {**row, "tokens": text_tokens(row["text"])}
        return insert(table), dict

    def counters_behind_rows(self) -> Sequence[Executable]:
        """Set the sequences of identity columns."""
        return [text(_COUNT_ON.format(table=table, key=key)) for table, key in _COUNTED]

    def message_vocabulary(self) -> Executable:
        """SELECT words of the newest messages in the user's rooms."""
        return _VOCABULARY


def _form(form: Form) -> str:
    """The tokens of a form; they have no quotes."""
    quoted = [f"'{token}'" for token in form.tokens]
    return f"({' & '.join(quoted)}{':*' * form.is_prefix})"
