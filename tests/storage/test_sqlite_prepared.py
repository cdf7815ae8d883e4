"""Prepared statements do what SQLAlchemy does with the same statement."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import IntegrityError, OperationalError

from basicchat.storage.sqlite.prepared import CompiledStatement

bees = Table(
    "bees",
    MetaData(),
    Column("name", String(20), primary_key=True),
    Column("hive", String(20), nullable=False),
    Column("trips", Integer, nullable=False, server_default="0"),
)
OF_HIVE = select(bees.c.name, bees.c.trips).where(bees.c.hive == bindparam("hive"))
ADD = upsert(bees)


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE bees (name TEXT PRIMARY KEY, hive TEXT NOT NULL, trips INT)")
    connection.executemany(
        "INSERT INTO bees VALUES (?, ?, ?)", [("ada", "north", 3), ("bea", "north", 5)]
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("statement", "parameters", "rows"),
    [
        (OF_HIVE.order_by(bees.c.name), {"hive": "north"}, [("ada", 3), ("bea", 5)]),
        (OF_HIVE.where(bees.c.trips > 4).limit(9), {"hive": "north"}, [("bea", 5)]),
        (OF_HIVE, {"hive": "south"}, []),
        (
            select(bees.c.name).where(bees.c.name.in_(bindparam("names", expanding=True))),
            {"names": ["bea", "cyd"]},
            [("bea",)],
        ),
        (
            select(bees.c.name).where(bees.c.name.in_(bindparam("names", expanding=True))),
            {"names": []},
            [],
        ),
        (
            update(bees).where(bees.c.name == bindparam("of")).returning(bees.c.trips),
            {"of": "ada", "trips": 9},
            [(9,)],
        ),
    ],
)
def test_compiled_rows_equal_the_librarys(
    db: sqlite3.Connection, statement: Any, parameters: dict[str, Any], rows: list[Any]
) -> None:
    prepared = CompiledStatement(statement)
    for _ in range(2):
        found = prepared.run(db, parameters)
        assert [tuple(row) for row in found] == [tuple(row) for row in found.all()] == rows
        assert found.scalars() == [row[0] for row in rows]
        assert found.scalar() == (rows[0][0] if rows else None)
        assert (found.first() is None) is (not rows)


def test_columns_are_attributes_of_a_row(db: sqlite3.Connection) -> None:
    found = CompiledStatement(OF_HIVE).run(db, {"hive": "north"}).first()
    assert (found.name, found.trips) == ("ada", 3)


def test_one_statement_takes_different_sets_of_columns(db: sqlite3.Connection) -> None:
    put = CompiledStatement(
        ADD.on_conflict_do_update(index_elements=["name"], set_={"hive": ADD.excluded.hive})
    )
    assert put.run(db, {"name": "cyd", "hive": "south"}).rowcount == 1
    assert put.run(db, {"name": "cyd", "hive": "north", "trips": 7}).rowcount == 1
    assert put.run(db, {"name": "dot", "hive": "north", "trips": 7}).rowcount == 1
    told = db.execute("SELECT hive, trips FROM bees WHERE name > 'c' ORDER BY name").fetchall()
    assert told == [("north", None), ("north", 7)]


def test_a_missing_parameter_is_not_null(db: sqlite3.Connection) -> None:
    with pytest.raises(TypeError, match="missing parameters: hive"):
        CompiledStatement(OF_HIVE).run(db, {})


def test_errors_are_those_of_sqlalchemy(db: sqlite3.Connection) -> None:
    with pytest.raises(IntegrityError):
        CompiledStatement(insert(bees)).run(db, {"name": "ada", "hive": "north"})
    db.execute("DROP TABLE bees")
    with pytest.raises(OperationalError) as told:
        CompiledStatement(OF_HIVE).run(db, {"hive": "a secret"})
    assert "a secret" not in str(told.value)
