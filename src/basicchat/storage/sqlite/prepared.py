"""Statements that are compiled once and then passed to SQLite directly.

SQLAlchemy builds and compiles them like all others. But looking a compiled statement up in its
cache and wrapping the result costs it five times what SQLite takes to execute one.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DBAPIError

from basicchat.storage.database import Prepared
from basicchat.storage.fetched_rows import Rows
from basicchat.storage.positional_form import Parameters, PositionalForm
from basicchat.storage.sqlite.dialect import JsonList, SqliteDialect

ENGINE = "sqlite"
COMPILER = dialect()
DIALECT = SqliteDialect()


def translated(error: sqlite3.Error, sql: str) -> BaseException:
    """SQLite's error as SQLAlchemy raises it, without the parameters."""
    return DBAPIError.instance(
        sql, None, error, sqlite3.Error, hide_parameters=True, dialect=COMPILER
    )


class _Form(PositionalForm):
    """A statement as compiled for one set of parameter names."""

    __slots__ = ("_lists", "_row")

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        super().__init__(statement, names, COMPILER)
        binds = self.compiled.binds
        lists = [name for name, _ in self.places if isinstance(binds[name].type, JsonList)]
        self._lists = dict.fromkeys(lists)
        self._row: Any = None

    def run(self, connection: sqlite3.Connection, parameters: Parameters) -> Rows:
        """Execute it."""
        if self._lists:
            parameters = self._with_lists_as_json(parameters)
        if self.expands:
            sql, values = self.expanded(parameters)
        else:
            sql, values = self.sql, self.values(parameters)
        try:
            cursor = connection.execute(sql, values)
            rows = cursor.fetchall()
        except sqlite3.Error as error:
            raise translated(error, sql) from error
        if rows:
            if self._row is None:
                self._row = namedtuple("Row", [column[0] for column in cursor.description])  # type: ignore[misc]
            rows = list(map(self._row._make, rows))
        return Rows(rows, cursor.rowcount)

    def _with_lists_as_json(self, parameters: Parameters) -> Parameters:
        encoded = {name: msgspec.json.encode(parameters[name]).decode() for name in self._lists}
        return {**parameters, **encoded}

    def run_each(self, connection: sqlite3.Connection, parameters: Sequence[Parameters]) -> Rows:
        """Execute it for each of these parameters."""
        try:
            done = connection.executemany(self.sql, map(self.values, parameters))
        except sqlite3.Error as error:
            raise translated(error, self.sql) from error
        return Rows([], done.rowcount)


class CompiledStatement:
    """A statement with the forms that were compiled for sets of parameter names."""

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}

    def run(self, connection: sqlite3.Connection, parameters: Parameters) -> Rows:
        """Execute it.

        Raises:
            DBAPIError: one of SQLAlchemy's, as if SQLAlchemy had executed it.
        """
        names = tuple(parameters)
        return (self._forms.get(names) or self._compile(names)).run(connection, parameters)

    def run_each(self, connection: sqlite3.Connection, parameters: Sequence[Parameters]) -> Rows:
        """Execute it for each of these parameters, which all have the same names; returns no rows.

        Raises:
            DBAPIError: as `run` does.
        """
        if not parameters:
            return Rows([], 0)
        names = tuple(parameters[0])
        return (self._forms.get(names) or self._compile(names)).run_each(connection, parameters)

    def _compile(self, names: tuple[str, ...]) -> _Form:
        form = self._forms[names] = _Form(self._statement, names)
        return form


def compile_prepared(statement: Prepared) -> CompiledStatement:
    """Make a prepared statement's form for SQLite, and keep it with the statement."""
    made = CompiledStatement(statement.for_dialect(DIALECT))
    statement.compiled[ENGINE] = made
    return made
