"""The SQL store: users, rooms, messages and runs; mixins bring the rest."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy import select

from basicchat.domain.events import room_stream
from basicchat.domain.metrics import Histogram
from basicchat.domain.ports import Clock
from basicchat.domain.rooms import MAX_ROOMS, Message, Room, RoomMembership, RoomPage
from basicchat.domain.runs import Run
from basicchat.domain.store import FoundMessages, Receipt, Snapshot
from basicchat.domain.values import User
from basicchat.storage import room_queries, rows, user_queries
from basicchat.storage import tables as t
from basicchat.storage.accounts import SqlAccountReads
from basicchat.storage.collections import SqlCollectionReads
from basicchat.storage.database import Connection, Database
from basicchat.storage.documents import SqlDocumentReads
from basicchat.storage.events import SqlEventReads
from basicchat.storage.oauth import SqlOAuthReads
from basicchat.storage.room_deletion import SqlRoomDeletion
from basicchat.storage.sessions import SqlSessionReads
from basicchat.storage.tasks import SqlTaskReads
from basicchat.storage.tool_approvals import SqlApprovalReads
from basicchat.storage.transaction import SqlTransaction
from basicchat.storage.trimming import SqlTrimming
from basicchat.storage.upserts import upsert


class SqlStore(
    SqlEventReads,
    SqlSessionReads,
    SqlDocumentReads,
    SqlCollectionReads,
    SqlTaskReads,
    SqlAccountReads,
    SqlOAuthReads,
    SqlApprovalReads,
    SqlRoomDeletion,
    SqlTrimming,
):
    """Implements `domain.store.Store` on a database, which it closes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._reader = database.reader
        self._clock = clock

    @property
    def several_writers(self) -> bool:
        """Whether transactions run at the same time."""
        return self._database.several_writers

    @property
    def commit_seconds(self) -> Histogram:
        """How long commits took."""
        return self._database.commit_seconds

    @asynccontextmanager
    async def transaction(
        self, on_commit: Callable[[SqlTransaction], None] | None = None
    ) -> AsyncIterator[SqlTransaction]:
        """A change. Commits when the block ends, rolls back if it raises."""

        def committed() -> None:
            if transaction.deleted_messages:
                self._database.note_deleted_messages()
            if transaction.hidden_rooms:
                self.rooms_hidden = True
            if on_commit is not None:
                on_commit(transaction)

        async with self._database.transaction(committed) as connection:
            transaction = self._begin(connection)
            yield transaction
            await transaction.finish()

    def _begin(self, connection: Connection) -> SqlTransaction:
        """The writing half on a connection within a transaction."""
        return SqlTransaction(connection, self._clock)

    async def user(self, user_id: str) -> User | None:
        """A user."""
        return await rows.user(
            self._reader, t.users.c.user_id == user_id, t.users.c.status != "deleted"
        )

    async def users_named(self, name: str) -> tuple[User, ...]:
        """The users with a name, at most two."""
        return await user_queries.named(self._reader, name)

    async def instance_id(self) -> str:
        """The random name of this server, which all its nodes share; created at the first use."""
        key, value = t.meta.c.key, t.meta.c.value
        async with self._database.transaction() as c:
            stored = (await c.execute(select(value).where(key == "instance_id"))).scalar()
            if stored is not None:
                return str(stored)
            # Another node may do the same at this moment; the first one's name is kept.
            created = {"key": "instance_id", "value": secrets.token_hex(4)}
            await c.execute(upsert(t.meta, ("key",), ()), created)
            return str((await c.execute(select(value).where(key == "instance_id"))).scalar())

    async def owner(self) -> User | None:
        """The server's owner."""
        return await rows.user(
            self._reader, t.users.c.role == "owner", t.users.c.status == "active"
        )

    async def rooms(
        self, user_id: str, limit: int = MAX_ROOMS, after: str | None = None
    ) -> RoomPage:
        """A page of the user's rooms, latest activity first."""
        async with self._database.snapshot() as c:
            return await room_queries.room_page(c, user_id, limit, after)

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it."""
        async with self._database.snapshot() as c:
            return await room_queries.room(c, user_id, room_id)

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """A user's membership of a room."""
        return await room_queries.membership(self._reader, room_id, user_id)

    async def some_member_ids(self, room_id: str, limit: int) -> tuple[str, ...]:
        """Some of a room's members, `limit` at most."""
        return await room_queries.some_member_ids(self._reader, room_id, limit)

    async def room_ids(self, user_id: str) -> tuple[str, ...]:
        """The rooms that a user is a member of."""
        return await user_queries.room_ids(self._reader, user_id)

    async def drafts(self, user_id: str) -> dict[str, str]:
        """The user's drafts by room."""
        return await user_queries.drafts(self._reader, user_id)

    async def search_messages(
        self, user_id: str, query: str, room_id: str | None, before: int | None, limit: int
    ) -> FoundMessages:
        """Messages in the user's rooms that contain all words of a query, newest first."""
        return await user_queries.search_messages(
            self._reader, self._database.dialect, user_id, query, room_id, before, limit
        )

    async def snapshot(self, room_id: str, user_id: str, limit: int) -> Snapshot | None:
        """A room with its latest messages and its position, all as of one moment."""
        async with self._database.snapshot() as c:
            found = await room_queries.room_and_members(c, room_id, user_id)
            position = await rows.position(c, room_stream(room_id))
            if found is None or position is None:
                return None
            messages = await rows.messages(c, room_id, None, limit)
            draft = await user_queries.draft(c, room_id, user_id)
        room, members = found
        return Snapshot(
            room=room, members=members, messages=messages, position=position, draft=draft
        )

    async def messages(self, room_id: str, before: int | None, limit: int) -> tuple[Message, ...]:
        """The latest messages before a seq, in ascending order."""
        return await rows.messages(self._reader, room_id, before, limit)

    async def message(self, message_id: str) -> Message | None:
        """A message."""
        return await rows.message(self._reader, message_id)

    async def run(self, run_id: str) -> Run | None:
        """A run."""
        return await rows.run(self._reader, run_id)

    async def running(self) -> tuple[Run, ...]:
        """All runs that have not ended."""
        query = select(t.runs.c.data).where(t.runs.c.status == "running")
        return await rows.many(self._reader, query, Run)

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """The reply that was given to a client's message id."""
        return await rows.receipt(self._reader, user_id, client_msg_id)

    async def erase_deleted(self, *, only_words: bool = False) -> None:
        """Overwrite deleted rows wherever the database's files still hold them."""
        await self._database.erase_deleted(only_words=only_words)

    async def tidy(self) -> None:
        """Do upkeep that is due."""
        await self._database.tidy()

    async def check(self) -> None:
        """Raise if the store does not work."""
        await self._reader.execute(select(t.streams.c.stream).limit(1))

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()
