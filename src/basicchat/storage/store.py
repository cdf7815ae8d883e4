"""The SQL store: rooms, messages, runs, and what the mixins bring of all else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Self

from sqlalchemy import select

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.events import room_stream
from basicchat.domain.metrics import QUICK, Spread
from basicchat.domain.ports import Clock
from basicchat.domain.store import FoundMessage, Receipt, Snapshot
from basicchat.domain.values import Message, Room, RoomMembership, Run, User
from basicchat.storage import people as people
from basicchat.storage import room_queries
from basicchat.storage import rows as rows
from basicchat.storage import tables as t
from basicchat.storage.accounts import SqlAccountReads
from basicchat.storage.documents import SqlDocumentReads
from basicchat.storage.events import SqlEventReads
from basicchat.storage.oauth import SqlOAuthReads
from basicchat.storage.sessions import SqlSessionReads
from basicchat.storage.sqlite.engine import (
    DatabaseError,
    DirectConnection,
    checkpoint,
    forget_words,
    log_is_long,
    make_engine,
)
from basicchat.storage.sqlite.schema import migrate
from basicchat.storage.tasks import SqlTaskReads
from basicchat.storage.transaction import SqlTransaction
from basicchat.storage.trimming import SqlTrimming


class SqlStore(
    SqlEventReads,
    SqlSessionReads,
    SqlDocumentReads,
    SqlTaskReads,
    SqlAccountReads,
    SqlOAuthReads,
    SqlTrimming,
):
    """Implements `domain.store.Store` on an SQLite file; open it with `SqlStore.open`.

    `commits` tells how many seconds its commits took.
    """

    # SQLite locks the whole database for one writer.
    several_writers = False

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        engine = make_engine(path)
        self._reader = DirectConnection(engine)
        self._writer = DirectConnection(engine)
        # Now that others are open, closing the connection that it uses waits for no checkpoint.
        migrate(engine)
        self._turn = asyncio.Lock()
        self._freed = False
        self.commits = Spread(QUICK)
        self._seen = self._writer.number("PRAGMA data_version")

    @classmethod
    async def open(cls, path: Path, clock: Clock) -> Self:
        """Open the file, making it or bringing its schema up to date as needed.

        Raises:
            UpstreamUnavailable: it is damaged, or cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return cls(path, clock)
        except DatabaseError as broken:
            raise UpstreamUnavailable(
                f"The database {path} cannot be used",
                provider="database",
                hint="If the file is damaged, restore a backup or move it away; see that the disk "
                "is not full and the folder may be written to.",
            ) from broken

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlTransaction]:
        """One change; one at a time. Committing does not wait, so nothing can cut it off."""
        async with self._writing() as connection:
            transaction = SqlTransaction(connection, self._clock)
            yield transaction
        self._freed = self._freed or transaction.freed

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[DirectConnection]:
        async with self._turn:
            await self._writer.begin()
            try:
                yield self._writer
                began = perf_counter()
                self._writer.run("COMMIT")
                self.commits.take(perf_counter() - began)
            except BaseException:
                self._writer.abandon()
                raise

    async def user(self, user_id: str) -> User | None:
        """A user."""
        return await rows.user(
            self._reader, t.users.c.user_id == user_id, t.users.c.status != "deleted"
        )

    async def users_named(self, name: str) -> tuple[User, ...]:
        """The users of a name, at most two of them."""
        return await people.named(self._reader, name)

    async def owner(self) -> User | None:
        """The server's owner."""
        return await rows.user(
            self._reader, t.users.c.role == "owner", t.users.c.status == "active"
        )

    async def rooms(self, user_id: str) -> tuple[Room, ...]:
        """The user's rooms, latest activity first."""
        with self._reader.reading() as c:
            return await room_queries.rooms(c, user_id)

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it."""
        with self._reader.reading() as c:
            found = await room_queries.rooms(c, user_id, room_id)
        return found[0] if found else None

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """What a user is to a room."""
        return await room_queries.membership(self._reader, room_id, user_id)

    async def some_member_ids(self, room_id: str, limit: int) -> tuple[str, ...]:
        """A room's members, so many at most."""
        return await room_queries.some_member_ids(self._reader, room_id, limit)

    async def room_ids(self, user_id: str) -> tuple[str, ...]:
        """The rooms that a user is a member of."""
        return await people.room_ids(self._reader, user_id)

    async def drafts(self, user_id: str) -> dict[str, str]:
        """What the user has begun to write, by room."""
        return await people.drafts(self._reader, user_id)

    async def search_messages(
        self, user_id: str, query: str, room_id: str | None, before: int | None, limit: int
    ) -> tuple[FoundMessage, ...]:
        """Messages in the user's rooms that have all words of a query, newest first."""
        return await people.search(self._reader, user_id, query, room_id, before, limit)

    async def snapshot(self, room_id: str, user_id: str, limit: int) -> Snapshot | None:
        """A room with its last messages and position, all of one moment."""
        with self._reader.reading() as c:
            found = await room_queries.room_and_members(c, room_id, user_id)
            position = await rows.position(c, room_stream(room_id))
            if found is None or position is None:
                return None
            messages = await rows.messages(c, room_id, None, limit)
            draft = await people.draft(c, room_id, user_id)
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
        """What was answered to this id before."""
        return await rows.receipt(self._reader, user_id, client_msg_id)

    async def changed_elsewhere(self) -> bool:
        """Whether another process has committed since the last call; for `SqliteBus`."""
        async with self._turn:
            # It counts commits of other connections; of ours, only this one commits.
            version = self._writer.number("PRAGMA data_version")
        before, self._seen = self._seen, version
        return version != before

    async def erase_freed(self) -> None:
        """Overwrite what was deleted also in the index of messages and the write-ahead log."""
        async with self._turn:
            if self._freed:
                await asyncio.to_thread(forget_words, self._path)
                self._freed = False
            await asyncio.to_thread(checkpoint, self._path, mode="TRUNCATE")

    async def erase_words(self) -> None:
        """Erase what the index of messages still has of deleted ones, if there is anything."""
        if self._freed:
            await self.erase_freed()

    async def tidy(self) -> None:
        """Carry a long write-ahead log over into the database."""
        if log_is_long(self._path):
            await asyncio.to_thread(checkpoint, self._path)

    async def check(self) -> None:
        """Raise if the store does not work."""
        await self._reader.execute(select(t.streams.c.stream).limit(1))

    async def close(self) -> None:
        """Close all connections."""
        self._reader.close()
        self._writer.close()
