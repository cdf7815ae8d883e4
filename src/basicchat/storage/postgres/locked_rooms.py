"""Locks the room that each part of a transaction reads or changes."""

from collections.abc import Sequence
from datetime import datetime

from basicchat.domain.events import room_stream
from basicchat.domain.ports import Clock
from basicchat.domain.room_views import RoomViews
from basicchat.domain.rooms import Member, Message, Room, RoomMembership, RoomRole
from basicchat.domain.runs import Run
from basicchat.storage.postgres.connection import PostgresConnection
from basicchat.storage.postgres.locks import TransactionLocks
from basicchat.storage.postgres.pending_writes import FlushingConnection, PendingWrites
from basicchat.storage.postgres.room_members import RoomMembers
from basicchat.storage.postgres.room_views import small_room_views
from basicchat.storage.transaction import SqlTransaction


class LockedRooms(SqlTransaction):
    """What a transaction does in rooms, under their locks."""

    _connection: PostgresConnection

    def __init__(self, connection: PostgresConnection, clock: Clock) -> None:
        self._writes = PendingWrites(connection)
        flushing = FlushingConnection(connection.raw, self._writes)
        super().__init__(flushing, clock)
        self._members = RoomMembers(flushing)
        self._locks = TransactionLocks(connection, self._members)

    async def put_room(self, room_id: str, name: str, at: datetime) -> None:
        """Add or rename a room, and create its stream."""
        await self._locks.room(room_id)
        await super().put_room(room_id, name, at)

    async def delete_room(self, room_id: str) -> None:
        """Delete a room with everything in it; a large one is hidden, and deleted in portions."""
        await self._locks.room(room_id)
        self._members.forget(room_id)
        await super().delete_room(room_id)
        self._locks.forget(room_id)

    async def put_member(self, room_id: str, user_id: str, role: RoomRole) -> None:
        """Add a member or change their role."""
        await self._locks.room(room_id)
        self._members.forget(room_id)
        await super().put_member(room_id, user_id, role)

    async def remove_member(self, room_id: str, user_id: str) -> None:
        """End a user's membership."""
        await self._locks.room(room_id)
        self._members.forget(room_id)
        await super().remove_member(room_id, user_id)

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """A user's membership of a room as of this transaction."""
        await self._locks.room(room_id)
        small = await self._members.of(room_id)
        if small is not None:
            return small.membership(user_id)
        return await super().membership(room_id, user_id)

    async def members(self, room_id: str) -> tuple[Member, ...]:
        """A room's members with their read positions."""
        await self._locks.room(room_id)
        return await super().members(room_id)

    async def member_ids(self, room_id: str, *, read_from: int = 0) -> tuple[str, ...]:
        """A room's members, or those who have read at least up to a seq."""
        await self._locks.room(room_id)
        small = await self._members.of(room_id)
        if small is not None:
            return small.ids(read_from)
        return await super().member_ids(room_id, read_from=read_from)

    async def member_count(self, room_id: str, limit: int) -> int:
        """The number of a room's members, counted up to `limit`."""
        await self._locks.room(room_id)
        small = await self._members.of(room_id)
        return min(small.count, limit) if small else await super().member_count(room_id, limit)

    async def last_message_seq(self, room_id: str, before: int | None = None) -> int:
        """The seq of the latest message, or of the latest one before a seq."""
        await self._locks.room(room_id)
        locked = self._locks.rooms.get(room_stream(room_id))
        seq = locked.last_message_seq(before) if locked is not None else None
        return seq if seq is not None else await super().last_message_seq(room_id, before)

    async def put_draft(self, room_id: str, user_id: str, text: str) -> None:
        """Store a member's draft."""
        await self._locks.room(room_id)
        await super().put_draft(room_id, user_id, text)

    async def mark_read(self, room_id: str, user_id: str, seq: int) -> bool:
        """Record that a user has read a room up to a seq; whether that is new."""
        await self._locks.room(room_id)
        small = await self._members.of(room_id)
        if small is None:
            return await super().mark_read(room_id, user_id, seq)
        moved = small.mark_read(user_id, seq)
        if moved:
            self._writes.mark_read(room_id, user_id, seq)
        return moved

    async def retire_user(self, user_id: str) -> None:
        """Mark a user as deleted, free their name, and delete their credentials."""
        self._members.forget()
        await super().retire_user(user_id)

    async def delete_user(self, user_id: str) -> None:
        """Delete a user's remaining data; foreign keys delete the rest."""
        self._members.forget()
        await super().delete_user(user_id)

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """The room as of this transaction."""
        await self._locks.room(room_id)
        return await super().room(room_id, user_id)

    async def room_views(self, room_id: str, user_ids: Sequence[str]) -> RoomViews | None:
        """The room as each of these users sees it."""
        await self._locks.room(room_id)
        if await self._members.of(room_id) is None:
            return await super().room_views(room_id, user_ids)
        return await small_room_views(self._connection, room_id, user_ids)

    async def put_run(self, run: Run) -> None:
        """Add or change a run."""
        await self._locks.room(run.room_id)
        await super().put_run(run)

    async def keep_run(self, run: Run) -> bool:
        """Change a run if it is still in progress."""
        await self._locks.room(run.room_id)
        return await super().keep_run(run)

    async def runs_of(self, question: Message) -> tuple[Run, ...]:
        """All runs that answer a question, as of this transaction."""
        await self._locks.room(question.room_id)
        return await super().runs_of(question)

    async def message(self, message_id: str) -> Message | None:
        """The message as of this transaction."""
        message = await super().message(message_id)
        if message is None or self._locks.holds_room(message.room_id):
            return message
        await self._locks.room(message.room_id)
        return await super().message(message_id)

    async def run(self, run_id: str) -> Run | None:
        """The run as of this transaction."""
        run = await super().run(run_id)
        if run is None or self._locks.holds_room(run.room_id):
            return run
        await self._locks.room(run.room_id)
        return await super().run(run_id)
