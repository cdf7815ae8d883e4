"""Locks of a transaction on PostgreSQL, which makes changes of one room wait for each other.

Any transaction that reads or changes a room first locks the room's stream, so that it sees the room
as all earlier ones left it, as on an engine with one writer. Transactions take their locks in the
order of receipts, rooms, rows and users' streams, so that none wait for each other in a circle.
"""

from typing import Any

from basicchat.domain.events import room_stream
from basicchat.domain.rooms import SMALL_ROOM
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.room_members import RoomMembers, SmallRoom

_LOCK_ROOM = "SELECT * FROM lock_room($1, $2, $3, $4, $5)"
# What has no row to lock has a number, made of its name.
_LOCK_NAME = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class LockedRoom:
    """A room's stream and messages as of its lock, with what this transaction has added.

    Attributes:
        seq: that of the latest event.
    """

    __slots__ = ("_messages", "epoch", "seq")

    def __init__(self, epoch: str, seq: int, last_message: int) -> None:
        self.epoch, self.seq = epoch, seq
        self._messages = [last_message]

    def posted(self, seq: int) -> None:
        """Note the seq of a message."""
        if seq > self._messages[-1]:
            self._messages.append(seq)

    def last_message_seq(self, before: int | None) -> int | None:
        """The seq of the latest message, or of the latest one before a seq; None if unknown."""
        found = [seq for seq in self._messages if before is None or seq < before]
        return found[-1] if found else None


class TransactionLocks:
    """The locks that a transaction holds until its end.

    Args:
        members: gets those of small rooms, which are read with the lock.

    Attributes:
        rooms: the locked rooms by stream; without those that do not exist.
    """

    def __init__(self, connection: PostgresConnection, members: RoomMembers) -> None:
        self._connection = connection
        self._members = members
        self._held: set[str] = set()
        self.rooms: dict[str, LockedRoom] = {}

    async def room(self, room_id: str) -> None:
        """Lock a room, once."""
        if room_stream(room_id) not in self._held:
            await self._lock(None, None, None, room_id)

    async def claim(self, user_id: str, client_msg_id: str, at: int, room_id: str) -> bool:
        """Take a request's id and lock its room, unless the id is taken; whether it was not."""
        return bool(await self._lock(user_id, client_msg_id, at, room_id))

    async def _lock(self, *claim_and_room: Any) -> Any:
        (row,) = await self._connection.fetch(_LOCK_ROOM, *claim_and_room, SMALL_ROOM + 1)
        if row.claimed is not False:
            room_id: str = claim_and_room[-1]
            self._held.add(room_stream(room_id))
            if row.epoch:
                locked = LockedRoom(row.epoch, row.seq, row.last_message or 0)
                self.rooms[room_stream(room_id)] = locked
            members = zip(row.user_ids or (), row.roles or (), row.read_seqs or (), strict=True)
            self._members.remember(room_id, SmallRoom.of(list(members)))
        return row.claimed

    def holds_room(self, room_id: str) -> bool:
        """Whether a room is locked."""
        return room_stream(room_id) in self._held

    def note(self, stream: str) -> None:
        """Note that a stream was locked by changing it."""
        self._held.add(stream)

    def forget(self, room_id: str) -> None:
        """Forget the position of a room's stream, because it was deleted; the lock stays."""
        self.rooms.pop(room_stream(room_id), None)

    async def name(self, name: str) -> None:
        """Lock what a name stands for, once."""
        if name not in self._held:
            await self._connection.fetch(_LOCK_NAME, name)
            self._held.add(name)
