"""Statements of SQLAlchemy Core as asyncpg takes them: SQL with numbered parameters.

Prepared statements are compiled once. asyncpg keeps them prepared on each of its connections, so
that executing one again is a single round trip.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from basicchat.storage.database import Prepared
from basicchat.storage.positional_form import Parameters, PositionalForm
from basicchat.storage.postgres.dialect import PostgresDialect
from basicchat.storage.storable import storable

ENGINE = "postgres"
COMPILER = dialect()  # type: ignore[no-untyped-call]
DIALECT = PostgresDialect()


class Form(PositionalForm):
    """A statement as compiled for one set of parameter names.

    Attributes:
        returns_rows: whether it has rows as its result.
    """

    __slots__ = ("returns_rows",)

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        super().__init__(statement, names or None, COMPILER)
        changes = bool(getattr(statement, "is_dml", False))
        self.returns_rows = not changes or bool(self.compiled.effective_returning)

    def sql_and_values(self, parameters: Parameters) -> tuple[str, list[Any]]:
        """The SQL and its parameters by position."""
        if self.expands:
            sql, values = self.expanded(parameters)
            return sql, list(map(storable, values))
        return self.sql, self.values(parameters)

    def sql_and_rows(self, parameters: Sequence[Parameters]) -> tuple[str, list[list[Any]]]:
        """The SQL and the parameters of each of its executions."""
        return self.sql, [self.values(each) for each in parameters]

    def values(self, parameters: Parameters) -> list[Any]:
        """The parameters in their order, as PostgreSQL can store them."""
        return [storable(parameters.get(name, default)) for name, default in self.places]


class CompiledStatement:
    """A statement with the forms that were compiled for sets of parameter names."""

    __slots__ = ("_forms", "_statement")

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._forms: dict[tuple[str, ...], Form] = {}

    def form(self, parameters: Parameters) -> Form:
        """The form for these parameters."""
        names = tuple(parameters)
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = Form(self._statement, names)
        return form


def form_of(statement: Executable | Prepared, parameters: Parameters) -> Form:
    """The compiled form of a statement; that of a prepared one is kept with it."""
    if not isinstance(statement, Prepared):
        return Form(statement, tuple(parameters))
    compiled: CompiledStatement | None = statement.compiled.get(ENGINE)
    if compiled is None:
        compiled = CompiledStatement(statement.for_dialect(DIALECT))
        statement.compiled[ENGINE] = compiled
    return compiled.form(parameters)
