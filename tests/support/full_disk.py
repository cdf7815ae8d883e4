"""A database that cannot grow, as on a full disk."""

from collections.abc import Iterator
from contextlib import contextmanager

from basicchat.storage.store import SqlStore


@contextmanager
def full(store: SqlStore) -> Iterator[None]:
    """Let the database have no more pages than it has."""
    writer = store._database._writer  # type: ignore[attr-defined]
    pages = writer.number("PRAGMA page_count")
    writer.number(f"PRAGMA max_page_count={pages}")
    try:
        yield
    finally:
        writer.number("PRAGMA max_page_count=1073741823")
