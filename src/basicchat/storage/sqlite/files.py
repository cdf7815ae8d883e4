"""Upkeep of an SQLite file and its write-ahead log. All of it waits for the disk."""

import sqlite3
from pathlib import Path

# A write-ahead log longer than this is carried over into the database.
LONG_LOG = 64 << 20


def checkpoint(path: Path, *, mode: str = "PASSIVE") -> None:
    """Carry the write-ahead log over into the database."""
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute(f"PRAGMA wal_checkpoint({mode})").close()
    finally:
        connection.close()


def erase_deleted_words(path: Path) -> None:
    """Rewrite the messages' full-text index without the words of deleted messages."""
    connection = sqlite3.connect(path, timeout=5)
    try:
        connection.execute("PRAGMA secure_delete=ON").close()
        connection.execute("INSERT INTO message_words(message_words) VALUES ('optimize')").close()
        connection.commit()
    finally:
        connection.close()


def log_is_long(path: Path) -> bool:
    """Whether a checkpoint is due."""
    log = path.with_name(path.name + "-wal")
    try:
        return log.stat().st_size > LONG_LOG
    except FileNotFoundError:
        return False
