"""Copies a whole database into an empty one of another engine, and verifies the copy.

Tables are copied one after the other, those that others refer to first, and the rows of each in the
order of its primary key, so that an interrupted copy is resumed behind the last row that arrived.
From its beginning to its verification the copy is marked, and no server starts on it.
"""

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Executable, Table, bindparam, delete, func, insert, select, tuple_

from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.domain.ports import Blobs
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Database
from basicchat.storage.storable import storable

# Reports a table, the rows of it that have been copied, and all of them.
Report = Callable[[str, int, int], None]
ROWS_AT_ONCE = 500
# The row of `meta` that marks an incomplete copy; its value is the instance that is copied.
MARK = "copy_of"
ORDER: tuple[Table, ...] = tuple(t.metadata.sorted_tables)


async def refuse_incomplete(database: Database) -> None:
    """Check that a database is not an incomplete copy.

    Raises:
        UpstreamUnavailable: it is one.
    """
    if await _meta(database.reader, MARK) is not None:
        raise UpstreamUnavailable(
            "The database is an incomplete copy of another one",
            provider="database",
            retryable=False,
            hint="Run `basicchat migrate` again until it reports that the copy is complete.",
            reason="database_incomplete",
        )


async def begin_copy(source: Database, target: Database) -> None:
    """Mark an empty database as an incomplete copy; one that has been begun is continued.

    Raises:
        Conflict: the target contains something else.
    """
    instance = await _meta(source.reader, "instance_id")
    if instance is None:
        raise Conflict("The database is empty: no server has used it yet")
    marked = await _meta(target.reader, MARK)
    if marked == instance:
        return
    if marked is not None or any([await _count(target.reader, table) for table in ORDER]):
        raise Conflict(
            "The new database is not empty",
            hint="Create an empty one for the copy. Only an interrupted copy is continued.",
        )
    async with target.transaction() as connection:
        await connection.execute(insert(t.meta), {"key": MARK, "value": instance})


async def copy_database(source: Database, target: Database, report: Report) -> int:
    """Copy all rows, or those that an earlier attempt has not copied, and verify them.

    Nothing else may change the two databases meanwhile.

    Returns:
        the number of rows.

    Raises:
        Conflict: the target contains something else, or the copy differs from the source.
    """
    await begin_copy(source, target)
    total = 0
    for table in ORDER:
        count = await _count(source.reader, table)
        async for copied in _copied(source, target, table):
            report(table.name, copied, count)
        total += count
    for table in ORDER:
        if await _digest(source.reader, table) != await _digest(target.reader, table):
            raise Conflict(
                f"The copy of the table {table.name} differs from the original",
                hint="Stop all servers on both databases, empty the new one and copy again.",
            )
    async with target.transaction() as connection:
        for statement in target.dialect.counters_behind_rows():
            await connection.execute(statement)
        await connection.execute(delete(t.meta).where(t.meta.c.key == MARK))
    return total


async def copy_originals(
    database: Database, old: Blobs, new: Blobs, folder: Path, report: Report
) -> int:
    """Copy the originals of all documents; those that have been copied already are left out.

    Args:
        folder: for temporary files.

    Returns:
        how many originals are missing or damaged, and were not copied.
    """
    digests = select(t.documents.c.sha256).distinct().order_by(t.documents.c.sha256)
    names: list[str] = list((await database.reader.execute(digests)).scalars())
    missing = 0
    for number, name in enumerate(names, start=1):
        try:
            async with old.local(name) as path:
                copy = await asyncio.to_thread(_checked_copy, path, name, folder)
        except UpstreamUnavailable:
            copy = None
        if copy is None:
            missing += 1
        else:
            await new.put(copy, name)
        report("originals", number, len(names))
    return missing


def _checked_copy(path: Path, sha256: str, folder: Path) -> Path | None:
    """A temporary copy of a file; None if the file is damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder)
    os.close(descriptor)
    shutil.copyfile(path, name)
    with open(name, "rb") as file:
        is_whole = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    if not is_whole:
        os.unlink(name)
    return Path(name) if is_whole else None


async def _copied(source: Database, target: Database, table: Table) -> AsyncIterator[int]:
    """Copy a table; yields how many rows have been copied so far, earlier ones included."""
    statement, completed = target.dialect.insertion(table)
    copied = await _count(target.reader, table)
    async for batch in _batches(source.reader, table, await _last_key(target.reader, table)):
        rows = [completed(row) for row in batch]
        async with target.transaction() as connection:
            await connection.execute(statement, rows)
        copied += len(rows)
        yield copied


async def _batches(
    connection: Connection, table: Table, after: Sequence[Any] | None = None
) -> AsyncIterator[list[dict[str, Any]]]:
    """The rows of a table in the order of its primary key, those after a key; without the mark."""
    key = list(table.primary_key)
    names = [f"after_{column.name}" for column in key]
    first = _rows(table).limit(ROWS_AT_ONCE).order_by(*key)
    later = first.where(
        tuple_(*key)
        > tuple_(*(bindparam(n, type_=c.type) for n, c in zip(names, key, strict=True)))
    )
    while True:
        query: Executable = later if after is not None else first
        values = dict(zip(names, after, strict=True)) if after is not None else {}
        found = (await connection.execute(query, values)).all()
        if found:
            yield [dict(zip(table.columns.keys(), row, strict=True)) for row in found]
        if len(found) < ROWS_AT_ONCE:
            return
        row = dict(zip(table.columns.keys(), found[-1], strict=True))
        after = [row[column.name] for column in key]


def _rows(table: Table) -> Any:
    query = select(table)
    return query.where(t.meta.c.key != MARK) if table is t.meta else query


async def _last_key(connection: Connection, table: Table) -> Sequence[Any] | None:
    key = list(table.primary_key)
    query = _rows(table).with_only_columns(*key).order_by(*(c.desc() for c in key)).limit(1)
    row = (await connection.execute(query)).first()
    return tuple(row) if row is not None else None


async def _count(connection: Connection, table: Table) -> int:
    counted = _rows(table).with_only_columns(func.count(), maintain_column_froms=True)
    return int((await connection.execute(counted)).scalar())


async def _digest(connection: Connection, table: Table) -> bytes:
    """A checksum over all rows, in the order of the primary key."""
    digest = hashlib.sha256()
    async for batch in _batches(connection, table):
        for row in batch:
            digest.update(msgspec.msgpack.encode([storable(value) for value in row.values()]))
    return digest.digest()


async def _meta(connection: Connection, key: str) -> str | None:
    query = select(t.meta.c.value).where(t.meta.c.key == key)
    value: str | None = (await connection.execute(query)).scalar()
    return value
