"""Statements that are compiled once and then handed to SQLite directly.

SQLAlchemy builds, compiles and types them as it does all others. But to find a compiled statement
again, and to wrap what comes of it, costs it five times what SQLite takes to carry one out.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from sqlalchemy import Executable, bindparam, func, select
from sqlalchemy.dialects.sqlite import dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

DIALECT = dialect()
Parameters = Mapping[str, Any]
# A list of values comes as JSON, so that the statement is the same however many there are.
NAMED = select(func.json_each(bindparam("named")).table_valued("value").c.value)


def named(values: Iterable[str]) -> dict[str, str]:
    """The parameter of a statement with `NAMED`."""
    return {"named": msgspec.json.encode(list(values)).decode()}


class Found(Protocol):
    """What came of a statement; rows have their columns as attributes."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def first(self) -> Any:
        """The first row, if any."""
        ...

    def all(self) -> Sequence[Any]:
        """All rows."""
        ...

    def scalar(self) -> Any:
        """The first row's first column; None if there is no row."""
        ...

    def scalars(self) -> Any:
        """Every row's first column."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Rows:
    """Implements `Found` with rows that have been fetched."""

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
        sql, None, error, sqlite3.Error, hide_parameters=True, dialect=DIALECT
    )


class _Form:
    """A statement as compiled for one set of parameter names."""

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=DIALECT, column_keys=list(names))  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)
        self._compiled = compiled
        # A list of values takes as many places as it has members.
        self._varies = bool(compiled.post_compile_params)
        self._sql = compiled.string
        places = compiled.positiontup or []
        lacking = [name for name in places if name not in names and compiled.binds[name].required]
        if lacking:
            raise TypeError(f"without {', '.join(lacking)}: {self._sql}")
        given = compiled.params
        self._places = [(name, given.get(name)) for name in places]
        self._row: Any = None

    def run(self, connection: sqlite3.Connection, parameters: Parameters) -> Rows:
        """Carry it out."""
        if self._varies:
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
        return [parameters.get(name, known) for name, known in self._places]

    def run_each(self, connection: sqlite3.Connection, parameters: Sequence[Parameters]) -> Rows:
        """Carry it out for each of these."""
        try:
            done = connection.executemany(self._sql, map(self._values, parameters))
        except sqlite3.Error as error:
            raise translated(error, self._sql) from error
        return Rows([], done.rowcount)


class Prepared:
    """A statement that is executed again and again, with parameters by name.

    Args:
        statement: any but one that types its results: columns are text, numbers and bytes.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}

    def run(self, connection: sqlite3.Connection, parameters: Parameters) -> Rows:
        """Carry it out.

        Raises:
            DBAPIError: one of SQLAlchemy's, as if it had been executed there.
        """
        return self._form(parameters).run(connection, parameters)

    def run_each(self, connection: sqlite3.Connection, parameters: Sequence[Parameters]) -> Rows:
        """Carry it out for each of these, which all have the same names; gives back no rows.

        Raises:
            DBAPIError: as `run` does.
        """
        if not parameters:
            return Rows([], 0)
        return self._form(parameters[0]).run_each(connection, parameters)

    def _form(self, parameters: Parameters) -> _Form:
        names = tuple(parameters)
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = _Form(self._statement, names)
        return form
