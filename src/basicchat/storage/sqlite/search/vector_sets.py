"""The sets of vectors in the search index's file.

While the vectors of a new model are being computed, those of the old one serve: each of the two
sets has a table of its own.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import apsw

from basicchat.domain.errors import Conflict, UpstreamUnavailable

# What precedes the keys of the set that serves, and of the one that will.
SERVING, NEXT = "", "next_"
# The set that serves has one of these tables; its successor has the other one.
_TABLES = "vectors", "vectors_b"
_KEYS = "embedding_model", "dimension", "vectors_table"


class VectorSet(NamedTuple):
    """The vectors of one model; `progress` is the table of the documents that have them."""

    role: str
    model: str
    dimension: int
    table: str

    @property
    def progress(self) -> str:
        """The table that says how many chunks of each document have vectors."""
        return "embedded" if self.role == SERVING else "embedded_next"


def stored(connection: apsw.Connection, role: str = SERVING) -> VectorSet | None:
    """The set of vectors that serves, or the next one, if there is one."""
    model = _meta(connection, f"{role}embedding_model")
    if model is None:
        return None
    dimension = int(_meta(connection, f"{role}dimension") or 0)
    table = _meta(connection, f"{role}vectors_table") or _TABLES[0]
    return VectorSet(role, model, dimension, table)


def sets(connection: apsw.Connection) -> list[VectorSet]:
    """All sets of vectors."""
    found = (stored(connection, role) for role in (SERVING, NEXT))
    return [each for each in found if each is not None]


def of_model(connection: apsw.Connection, name: str) -> VectorSet | None:
    """The vectors of a model, if there are any."""
    return next((each for each in sets(connection) if each.model == name), None)


def model(connection: apsw.Connection) -> str | None:
    """The model of the vectors that serve, if there are any."""
    return _meta(connection, "embedding_model")


def load(connection: apsw.Connection) -> None:
    """Load the extension into a connection unless it is loaded already.

    Its file is found without importing its package, which would take a tenth of a second.
    """
    if next(connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'vec0'"), None):
        return
    package = find_spec("sqlite_vec")
    if package is None or package.origin is None:
        raise UpstreamUnavailable(
            "Search by vectors needs the package sqlite-vec.",
            provider="search index",
            hint="Install it with `pip install sqlite-vec`.",
            retryable=False,
        )
    connection.enable_load_extension(True)
    connection.load_extension(str(Path(package.origin).with_name("vec0")))
    connection.enable_load_extension(False)


def check(connection: apsw.Connection, name: str, size: int) -> None:
    """Check that vectors of this model and dimension fit those that serve.

    Raises:
        Conflict: they do not.
    """
    serving = stored(connection)
    if serving is not None and (serving.model, serving.dimension) != (name, size):
        raise _conflict(serving.model, name)


def check_dimension(connection: apsw.Connection, name: str, size: int) -> None:
    """Check that vectors fit those of the same model.

    Raises:
        Conflict: they do not.
    """
    same = of_model(connection, name)
    if same is not None and same.dimension != size:
        raise _conflict(f"{name} with {same.dimension} dimensions", f"one with {size}")


def prepare(connection: apsw.Connection, name: str, size: int) -> VectorSet:
    """The set of a model and dimension, which is created unless it exists.

    Beside a set that serves it is the next one, in place of any earlier one.
    """
    found = of_model(connection, name)
    if found is not None:
        return found
    serving = stored(connection)
    role, table = SERVING, _TABLES[0]
    if serving is not None:
        role, table = NEXT, next(each for each in _TABLES if each != serving.table)
        _drop(connection, stored(connection, NEXT))
    connection.execute(
        f"CREATE VIRTUAL TABLE {table} USING vec0("
        "chunk INTEGER PRIMARY KEY, owner INTEGER PARTITION KEY, document INTEGER, "
        f"embedding FLOAT[{size:d}] distance_metric=cosine, chunk_size=128)"
    )
    made = VectorSet(role, name, size, table)
    _note(connection, made)
    return made


def switch(connection: apsw.Connection, name: str) -> None:
    """Let the next set serve, if it is that of this model; the one that served is deleted."""
    following, serving = stored(connection, NEXT), stored(connection)
    if following is None or following.model != name:
        return
    load(connection)
    _drop(connection, serving)
    _forget(connection, NEXT)
    _note(connection, following._replace(role=SERVING))
    connection.execute("INSERT INTO embedded SELECT * FROM embedded_next")
    connection.execute("DELETE FROM embedded_next")


def drop(connection: apsw.Connection) -> None:
    """Delete all vectors, if there are any."""
    for each in sets(connection):
        _drop(connection, each)


def _drop(connection: apsw.Connection, found: VectorSet | None) -> None:
    if found is not None:
        load(connection)
        connection.execute(f"DROP TABLE {found.table}")
        connection.execute(f"DELETE FROM {found.progress}")
        _forget(connection, found.role)


def _note(connection: apsw.Connection, made: VectorSet) -> None:
    values = made.model, str(made.dimension), made.table
    connection.executemany(
        "INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)",
        [(made.role + key, value) for key, value in zip(_KEYS, values, strict=True)],
    )


def _forget(connection: apsw.Connection, role: str) -> None:
    connection.executemany("DELETE FROM meta WHERE key = ?", [(role + key,) for key in _KEYS])


def _conflict(of: str, name: str) -> Conflict:
    return Conflict(
        f"The search index holds vectors of the model {of}, not of {name}.",
        hint="Index the documents again to use the new model.",
    )


def _meta(connection: apsw.Connection, key: str) -> str | None:
    row = next(connection.execute("SELECT value FROM meta WHERE key = ?", (key,)), None)
    return None if row is None else str(row[0])
