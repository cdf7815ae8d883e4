"""Statements that are compiled once and then passed to SQLite directly.

SQLAlchemy builds and compiles them like all others. But looking a compiled statement up in its
cache and wrapping the result costs it five times what SQLite takes to execute one.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from basicchat.storage.database import Prepared
from basicchat.storage.sqlite.dialect import JsonList, SqliteDialect

ENGINE = "sqlite"
COMPILER = dialect()
DIALECT = SqliteDialect()
Parameters = Mapping[str, Any]


class Rows:
    """Implements `storage.database.Result` with rows that have been fetched."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def first(self) -> Any:
        """The first row, if any."""
        return self._rows[0] if self._rows else None

    def all(self) -> Sequence[Any]:
        """All rows."""
        return self._rows

    def scalar(self) -> Any:
        """The first row's first column; None if there is no row."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> list[Any]:
        """Every row's first column."""
        return [row[0] for row in self._rows]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


def translated(error: sqlite3.Error, sql: str) -> BaseException:
    """SQLite's error as SQLAlchemy raises it, without the parameters."""
    return DBAPIError.instance(
        sql, None, error, sqlite3.Error, hide_parameters=True, dialect=COMPILER
    )


class _Form:
    """A statement as compiled for one set of parameter names."""

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=COMPILER, column_keys=list(names))  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        self._compiled = compiled
        # An expanding list of values takes as many places as it has members.
        self._expands = bool(compiled.post_compile_params)
        self._sql = compiled.string
        places = compiled.positiontup or []
        missing = [name for name in places if name not in names and compiled.binds[name].required]
        if missing:
            raise TypeError(f"missing parameters: {', '.join(missing)}: {self._sql}")
        defaults = compiled.params
        self._places = [(name, defaults.get(name)) for name in places]
        lists = [name for name in places if isinstance(compiled.binds[name].type, JsonList)]
        self._lists = dict.fromkeys(lists)
        self._row: Any = None

    def run(self, connection: sqlite3.Connection, parameters: Parameters) -> Rows:
        """Execute it."""
        if self._lists:
            parameters = self._with_lists_as_json(parameters)
        if self._expands:
            state = self._compiled.construct_expanded_state(dict(parameters))
            sql, values = state.statement, list(state.positional_parameters)
        else:
            sql, values = self._sql, self._values(parameters)
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

    def _values(self, parameters: Parameters) -> list[Any]:
        return [parameters.get(name, default) for name, default in self._places]

    def _with_lists_as_json(self, parameters: Parameters) -> Parameters:
        encoded = {name: msgspec.json.encode(parameters[name]).decode() for name in self._lists}
        return {**parameters, **encoded}

    def run_each(self, connection: sqlite3.Connection, parameters: Sequence[Parameters]) -> Rows:
        """Execute it for each of these parameters."""
        try:
            done = connection.executemany(self._sql, map(self._values, parameters))
        except sqlite3.Error as error:
            raise translated(error, self._sql) from error
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
