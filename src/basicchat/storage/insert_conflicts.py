"""The part of an INSERT that says what happens if the row exists, alike in several engines."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable


def upsert_by(
    statement: Any,
    keys: Sequence[str],
    changing: Sequence[str],
    values: Mapping[str, Any] | None = None,
) -> Executable:
    """INSERT … ON CONFLICT (keys) DO UPDATE or, if nothing is to change, DO NOTHING.

    Args:
        statement: the engine's `insert` into a table.
        values: expressions for columns of the new row that are not given as parameters.
    """
    if values:
        statement = statement.values(**values)
    found: Executable
    if changing:
        changed = {name: statement.excluded[name] for name in changing}
        found = statement.on_conflict_do_update(index_elements=list(keys), set_=changed)
    else:
        found = statement.on_conflict_do_nothing(index_elements=list(keys))
    return found
