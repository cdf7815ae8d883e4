"""What a transaction writes later, together: a message, read positions, and streams' positions.

It is written before any other statement, so that all of them see it, or with the events at the end.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable

from basicchat.storage.database import Prepared, Result
from basicchat.storage.postgres.connection import PostgresConnection

# Parts of a statement, with the first parameters.
WRITES = """
stored AS (
    INSERT INTO messages (message_id, room_id, seq, data, number)
    SELECT $1::text, $2::text, $3::bigint, $4::bytea, 1 + coalesce(
        (SELECT number FROM messages WHERE room_id = $2 ORDER BY seq DESC LIMIT 1), 0
    ) WHERE $1 IS NOT NULL
    ON CONFLICT (message_id) DO UPDATE
    SET room_id = excluded.room_id, seq = excluded.seq, data = excluded.data
), worded AS (
    INSERT INTO message_texts (message_id, room_id, text, words)
    SELECT $1, $2, $5::text, array_to_tsvector($6::text[]) WHERE $5 <> ''
    ON CONFLICT (message_id) DO UPDATE SET text = excluded.text, words = excluded.words
), emptied AS (
    DELETE FROM message_texts WHERE message_id = $1 AND $5 = ''
), active AS (
    UPDATE rooms SET active_at = $7 WHERE room_id = $2 AND $7::bigint IS NOT NULL
), seen AS (
    UPDATE members AS m SET read_seq = r.seq
    FROM unnest($8::text[], $9::text[], $10::bigint[]) AS r(room_id, user_id, seq)
    WHERE m.room_id = r.room_id AND m.user_id = r.user_id AND m.read_seq < r.seq
), moved AS (
    UPDATE streams AS s SET seq = n.seq FROM unnest($11::text[], $12::bigint[]) AS n(stream, seq)
    WHERE s.stream = n.stream
)
"""
PARAMETERS = 12
_ALONE = f"WITH {WRITES} SELECT"
_NO_MESSAGE = (None,) * 7


class PendingWrites:
    """What is to be written.

    Args:
        connection: that of the transaction.
    """

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._message: Sequence[Any] = _NO_MESSAGE
        self._read: dict[tuple[str, str], int] = {}
        self._positions: dict[str, int] = {}

    async def put_message(self, *message: Any) -> None:
        """Write a message later: the first seven parameters of `WRITES`."""
        if self._message is not _NO_MESSAGE:
            await self.flush()
        self._message = message

    def mark_read(self, room_id: str, user_id: str, seq: int) -> None:
        """Write a read position later."""
        self._read[room_id, user_id] = seq

    def move(self, stream: str, seq: int) -> None:
        """Write the seq of a stream's latest event later."""
        self._positions[stream] = seq

    def take(self) -> list[Any]:
        """The parameters of `WRITES`, which the caller writes."""
        taken = [
            *self._message,
            [room_id for room_id, _ in self._read],
            [user_id for _, user_id in self._read],
            list(self._read.values()),
            list(self._positions),
            list(self._positions.values()),
        ]
        self._message, self._read, self._positions = _NO_MESSAGE, {}, {}
        return taken

    async def flush(self) -> None:
        """Write it now, if there is something."""
        if self._message is not _NO_MESSAGE or self._read or self._positions:
            await self._connection.fetch(_ALONE, *self.take())


class FlushingConnection(PostgresConnection):
    """A transaction's connection whose statements see what was to be written later."""

    __slots__ = ("_writes",)

    def __init__(self, raw: Any, writes: PendingWrites) -> None:
        super().__init__(raw)
        self._writes = writes

    async def execute(self, statement: Executable | Prepared, parameters: Any = None) -> Result:
        """Execute a statement; with a list of parameters, once for each of them."""
        await self._writes.flush()
        return await super().execute(statement, parameters)

    async def fetch(self, sql: str, *values: Any) -> Sequence[Any]:
        """Execute a statement that asyncpg takes as it is; its rows."""
        await self._writes.flush()
        return await super().fetch(sql, *values)
