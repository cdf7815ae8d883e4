"""What the bridge remembers between connections and restarts: an SQLite file."""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import msgspec

from basicchat.domain.errors import BasicChatError, Conflict
from basicchat.mqtt.broker import NotStored
from basicchat.protocol.types import Cursor

_SCHEMA = """
CREATE TABLE IF NOT EXISTS positions (room TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER);
CREATE TABLE IF NOT EXISTS inbox (
    place INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, message_id TEXT,
    client_msg_id TEXT NOT NULL UNIQUE, text TEXT NOT NULL
);
"""
_PRAGMAS = ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL")
# Beyond this, the broker keeps further messages.
MAX_INBOX = 10_000
# In the data folder.
FILE_NAME = "mqtt.sqlite"


class Incoming(msgspec.Struct, frozen=True):
    """A message from the broker that the server does not have yet."""

    place: int
    room_id: str
    message_id: str | None
    client_msg_id: str
    text: str


class BridgeState:
    """Positions of rooms, and messages that wait for the server.

    Args:
        path: the file; only its owner may read it.

    Raises:
        OSError: the folder cannot be used.
        Conflict: another bridge uses the file.
        BasicChatError: the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        try:
            self._file = sqlite3.connect(path, timeout=0, isolation_level=None)
            for pragma in _PRAGMAS:
                self._file.execute(f"PRAGMA {pragma}").fetchall()
            self._file.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def positions(self) -> Mapping[str, Cursor]:
        """Up to where the events of each room are published."""
        rows = self._file.execute("SELECT room, epoch, seq FROM positions")
        return {room: Cursor(epoch, seq) for room, epoch, seq in rows}

    def published(self, room_id: str, position: Cursor) -> None:
        """Note that the events of a room are published up to a position."""
        row = (room_id, position.epoch, position.seq)
        self._file.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", row)

    def receive(self, room_id: str, text: str, message_id: str | None) -> None:
        """Store a message, unless one of the same id waits already.

        Args:
            message_id: unique among the messages for a room; None if the publisher gives none.

        Raises:
            NotStored: too many messages wait, or the disk is full.
        """
        (count,) = self._file.execute("SELECT count(*) FROM inbox").fetchone()
        if count >= MAX_INBOX:
            raise NotStored(f"{MAX_INBOX:,} messages wait for the server")
        unique = uuid4().hex if message_id is None else f"{room_id}\0{message_id}"
        client_msg_id = f"mqtt-{sha256(unique.encode()).hexdigest()[:40]}"
        try:
            # The broker forgets it once it is acknowledged, so it must survive a power failure.
            self._file.execute("PRAGMA synchronous = FULL")
            self._file.execute(
                "INSERT OR IGNORE INTO inbox (room, message_id, client_msg_id, text)"
                " VALUES (?, ?, ?, ?)",
                (room_id, message_id, client_msg_id, text),
            )
        except sqlite3.Error as error:
            raise NotStored(str(error)) from error
        finally:
            self._file.execute("PRAGMA synchronous = NORMAL")

    def next(self) -> Incoming | None:
        """The message that has waited longest."""
        row = self._file.execute("SELECT * FROM inbox ORDER BY place LIMIT 1").fetchone()
        return None if row is None else Incoming(*row)

    def sent(self, message: Incoming) -> None:
        """Forget a message that the server has."""
        self._file.execute("DELETE FROM inbox WHERE place = ?", (message.place,))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _unusable(path: Path, error: sqlite3.Error) -> BasicChatError:
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Conflict(
            f"Another bridge uses {path}",
            hint="Stop it, or give this one another --data-dir.",
        )
    return BasicChatError(
        f"{path} cannot be used ({error})",
        hint="If the file is damaged, move it away: the bridge then begins with new events.",
    )
