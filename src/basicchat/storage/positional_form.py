"""Statements of SQLAlchemy Core with their parameters by position, compiled once for an engine."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

Parameters = Mapping[str, Any]


class PositionalForm:
    """A statement as compiled for one set of parameter names.

    Attributes:
        compiled: SQLAlchemy's result.
        sql: the text, if no parameter is an expanding list.
        expands: whether one is; such a list takes as many places as it has members.
        places: the parameters' names in their order, each with its default.
    """

    __slots__ = ("compiled", "expands", "places", "sql")

    def __init__(
        self, statement: Executable, names: Sequence[str] | None, compiler: Dialect
    ) -> None:
        compiled = statement.compile(  # type: ignore[attr-defined]
            dialect=compiler, column_keys=None if names is None else list(names)
        )
        assert isinstance(compiled, SQLCompiler)
        self.compiled = compiled
        self.expands = bool(compiled.post_compile_params)
        self.sql = compiled.string
        order, given = compiled.positiontup or [], names or ()
        missing = [name for name in order if name not in given and compiled.binds[name].required]
        if missing:
            raise TypeError(f"missing parameters: {', '.join(missing)}: {self.sql}")
        defaults = compiled.params
        self.places = [(name, defaults.get(name)) for name in order]

    def values(self, parameters: Parameters) -> list[Any]:
        """The parameters in their order."""
        return [parameters.get(name, default) for name, default in self.places]

    def expanded(self, parameters: Parameters) -> tuple[str, list[Any]]:
        """The text and the parameters for lists of these lengths."""
        state = self.compiled.construct_expanded_state(dict(parameters))
        return state.statement, list(state.positional_parameters)
