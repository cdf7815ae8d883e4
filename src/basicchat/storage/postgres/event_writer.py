"""Stores the events and receipts of a transaction by one statement, at its end.

Events of rooms are numbered as they are recorded, under the lock of the room. Events of users'
streams are numbered here, in the streams' order, so that concurrent transactions never wait for
each other in a circle.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from basicchat.domain.events import EventType
from basicchat.domain.store import Receipt
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.pending_writes import WRITES

_WRITE = f"""
WITH {WRITES}, shared AS (
    INSERT INTO event_parts (subject, digest, data)
    SELECT * FROM unnest($13::text[], $14::bytea[], $15::bytea[]) AS p(subject, digest, data)
    -- An update locks the part, so that upkeep does not delete it as unused.
    ON CONFLICT (subject, digest) DO UPDATE SET digest = excluded.digest
    RETURNING part_id, subject, digest
), new AS (
    SELECT * FROM unnest(
        $16::text[], $17::bigint[], $18::text[], $19::bigint[], $20::text[], $21::bytea[],
        $22::bytea[]
    ) WITH ORDINALITY AS n(stream, seq, type, at, subject, data, digest, place)
), locked AS (
    SELECT s.stream FROM streams AS s
    WHERE s.stream IN (SELECT stream FROM new WHERE seq IS NULL) AND s.epoch <> ''
    ORDER BY s.stream FOR UPDATE
), raised AS (
    UPDATE streams AS s SET seq = s.seq + counted.events
    FROM locked, (
        SELECT stream, count(*) AS events FROM new WHERE seq IS NULL GROUP BY stream
    ) AS counted
    WHERE s.stream = locked.stream AND s.stream = counted.stream
    RETURNING s.stream, s.epoch, s.seq - counted.events AS before
), numbered AS (
    SELECT new.*, raised.epoch, coalesce(
        new.seq,
        raised.before + row_number() OVER (PARTITION BY new.stream ORDER BY new.place)
    ) AS number
    FROM new LEFT JOIN raised ON raised.stream = new.stream AND new.seq IS NULL
), added AS (
    INSERT INTO events (stream, seq, type, at, subject, data, part_id)
    SELECT n.stream, n.number, n.type, n.at, n.subject, n.data, shared.part_id
    FROM numbered AS n
    LEFT JOIN shared ON shared.subject = n.subject AND shared.digest = n.digest
    WHERE n.number IS NOT NULL
), answered AS (
    UPDATE receipts AS r SET body_hash = a.body_hash, reply = a.reply, created_at = a.created_at
    FROM unnest($23::text[], $24::text[], $25::text[], $26::bytea[], $27::bigint[])
        AS a(user_id, client_msg_id, body_hash, reply, created_at)
    WHERE r.user_id = a.user_id AND r.client_msg_id = a.client_msg_id
)
SELECT place - 1 AS place, stream, epoch, number AS seq FROM numbered
WHERE seq IS NULL AND number IS NOT NULL ORDER BY place
"""
_LOCK_SUBJECTS = """
SELECT stream FROM streams
WHERE stream = ANY($1::text[])
OR stream IN (SELECT stream FROM events WHERE subject = ANY($2::text[]))
ORDER BY stream FOR UPDATE
"""


class PendingReceipt:
    """A reply to a request whose id this transaction has taken."""

    __slots__ = ("at", "key", "receipt")

    def __init__(self, key: tuple[str, str], receipt: Receipt, at: int) -> None:
        self.key, self.receipt, self.at = key, receipt, at


class PendingEvent:
    """An event that is to be stored.

    Attributes:
        seq: its number; None if it is to be numbered at the end.
        data: JSON; if there is a shared part, only the fields that the part lacks.
        part: the shared part as JSON.
        needed: whether it is an error if its stream does not exist.
    """

    __slots__ = ("at", "data", "needed", "part", "seq", "stream", "subject", "type")

    def __init__(
        self,
        stream: str,
        type: EventType,
        subject: str,
        at: int,
        data: bytes,
        *,
        seq: int | None = None,
        part: bytes | None = None,
        needed: bool = True,
    ) -> None:
        self.stream, self.type, self.subject, self.at = stream, type, subject, at
        self.data, self.seq, self.part, self.needed = data, seq, part, needed

    def scrub(self, type: EventType, data: bytes) -> None:
        """Replace what it reveals."""
        self.type, self.data, self.part = type, data, None


async def lock_subjects(
    connection: PostgresConnection, events: Sequence[PendingEvent], subjects: Sequence[str]
) -> None:
    """Lock the streams of new events, and of stored ones about these subjects, in order."""
    streams = list({event.stream for event in events})
    await connection.fetch(_LOCK_SUBJECTS, streams, list(subjects))


async def write(
    connection: PostgresConnection,
    writes: Sequence[Any],
    events: Sequence[PendingEvent],
    receipts: Sequence[PendingReceipt],
) -> Sequence[Any]:
    """Store events and receipts.

    Args:
        writes: what else is to be written (`PendingWrites.take`).

    Returns:
        the events numbered here: `place` in the sequence, `stream`, `epoch` and `seq`. Those of
        streams that do not exist are missing.
    """
    parts: dict[tuple[str, bytes], bytes] = {}
    digests: list[bytes | None] = []
    for event in events:
        digest = None if event.part is None else hashlib.sha256(event.part).digest()
        digests.append(digest)
        if digest is not None and event.part is not None:
            parts[event.subject, digest] = event.part
    return await connection.fetch(
        _WRITE,
        *writes,
        [subject for subject, _ in parts],
        [digest for _, digest in parts],
        list(parts.values()),
        [event.stream for event in events],
        [event.seq for event in events],
        [event.type for event in events],
        [event.at for event in events],
        [event.subject for event in events],
        [event.data for event in events],
        digests,
        [each.key[0] for each in receipts],
        [each.key[1] for each in receipts],
        [each.receipt.body_hash for each in receipts],
        [each.receipt.reply for each in receipts],
        [each.at for each in receipts],
    )
