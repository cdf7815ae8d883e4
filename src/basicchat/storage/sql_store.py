"""The SQL store: users, sessions, rooms, messages, runs, events, documents, tasks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Self

import msgspec
from sqlalchemy import bindparam, delete, func, select, update

from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.events import room_stream
from basicchat.domain.measures import QUICK, Spread
from basicchat.domain.ports import Clock
from basicchat.domain.store import (
    FoundMessage,
    QueuedTask,
    Receipt,
    Snapshot,
    StoredSession,
)
from basicchat.domain.values import Document, Message, Room, Run, Standing, Task, User
from basicchat.storage import sql_people as people
from basicchat.storage import sql_rows as rows
from basicchat.storage import tables as t
from basicchat.storage.sql_accounts import SqlAccountReads
from basicchat.storage.sql_engine import (
    DatabaseError,
    DirectConnection,
    checkpoint,
    forget_words,
    log_is_long,
    make_engine,
)
from basicchat.storage.sql_events import SqlEventReads, drop_unused_parts
from basicchat.storage.sql_oauth import SqlOAuthReads
from basicchat.storage.sql_prepared import Prepared
from basicchat.storage.sql_rows import to_micros
from basicchat.storage.sql_schema import migrate
from basicchat.storage.sql_sessions import to_session
from basicchat.storage.sql_transaction import SqlTransaction

SESSION = Prepared(select(t.sessions).where(t.sessions.c.session_id == bindparam("of")))


class SqlStore(SqlEventReads, SqlAccountReads, SqlOAuthReads):
    """Implements `domain.store.Store` on an SQLite file; open it with `SqlStore.open`.

    `commits` tells how many seconds its commits took.
    """

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

    async def session(self, session_id: str) -> StoredSession | None:
        """A session, expired or not."""
        row = (await self._reader.execute(SESSION, {"of": session_id})).first()
        return None if row is None else to_session(row)

    async def rooms(self, user_id: str) -> tuple[Room, ...]:
        """The user's rooms, latest activity first."""
        with self._reader.reading() as c:
            return await rows.rooms(c, user_id)

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """A room as a member sees it."""
        with self._reader.reading() as c:
            found = await rows.rooms(c, user_id, room_id)
        return found[0] if found else None

    async def standing(self, room_id: str, user_id: str) -> Standing | None:
        """What a user is to a room."""
        return await rows.standing(self._reader, room_id, user_id)

    async def some_member_ids(self, room_id: str, limit: int) -> tuple[str, ...]:
        """A room's members, so many at most."""
        return await rows.some_member_ids(self._reader, room_id, limit)

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
            found = await rows.room_and_members(c, room_id, user_id)
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

    async def documents(
        self, owner_id: str | None, limit: int, after: str | None = None
    ) -> tuple[Document, ...]:
        """Documents of an owner, or of all, newest first."""
        d = t.documents.c
        query = select(d.data)
        if owner_id is not None:
            query = query.where(d.owner_id == owner_id)
        if after is not None:
            last = select(d.created_at).where(d.document_id == after).scalar_subquery()
            query = query.where(
                (d.created_at < last) | ((d.created_at == last) & (d.document_id < after))
            )
        query = query.order_by(d.created_at.desc(), d.document_id.desc()).limit(limit)
        return await rows.many(self._reader, query, Document)

    async def document(self, document_id: str) -> Document | None:
        """A document."""
        return await rows.document(self._reader, t.documents.c.document_id == document_id)

    async def document_sources(self, owner_id: str) -> dict[str, Document]:
        """The owner's documents that came from a path, by that path."""
        d = t.documents.c
        query = select(d.data).where(d.owner_id == owner_id, d.source.is_not(None))
        found = await rows.many(self._reader, query, Document)
        return {document.source: document for document in found if document.source}

    async def document_text(self, document_id: str, start: int = 0, end: int | None = None) -> str:
        """The document's text[start:end] in code points."""
        p = t.document_pages.c
        query = select(p.start, p.text).where(
            p.document_id == document_id, p.start + p.length > start
        )
        if end is not None:
            query = query.where(p.start < end)
        pages = (await self._reader.execute(query.order_by(p.start))).all()
        if not pages:
            return ""
        first = pages[0].start
        whole = "".join(page.text for page in pages)
        return whole[max(start - first, 0) : None if end is None else end - first]

    async def document_span(
        self, document_id: str, first: int, last: int
    ) -> tuple[int, int] | None:
        """Where pages, both meant, begin and end in a document's text."""
        p = t.document_pages.c
        begin, end = func.min(p.start).label("begin"), func.max(p.start + p.length).label("end")
        query = select(begin, end).where(
            p.document_id == document_id, p.number >= first, p.number <= last
        )
        found = (await self._reader.execute(query)).first()
        return None if found.begin is None else (found.begin, found.end)

    async def blob_used(self, sha256: str) -> bool:
        """Whether any document has these bytes."""
        query = select(func.count()).where(t.documents.c.sha256 == sha256)
        return bool((await self._reader.execute(query)).scalar())

    async def task(self, task_id: str) -> Task | None:
        """A task."""
        return await rows.task(self._reader, task_id)

    async def tasks(self, user_id: str, limit: int) -> tuple[Task, ...]:
        """The user's tasks, newest first."""
        k = t.tasks.c
        query = select(k.data).where(k.user_id == user_id)
        return await rows.many(self._reader, query.order_by(k.created_at.desc()).limit(limit), Task)

    async def unfinished_tasks(self) -> tuple[QueuedTask, ...]:
        """Tasks that have not ended, oldest first."""
        query = select(t.tasks).where(t.tasks.c.status.in_(rows.UNFINISHED))
        found = (await self._reader.execute(query.order_by(t.tasks.c.created_at))).all()
        return tuple(
            QueuedTask(
                task=msgspec.json.decode(row.data, type=Task),
                payload=msgspec.json.decode(row.payload),
            )
            for row in found
        )

    async def drop_tasks(self, *, ended_before: datetime, at_most: int) -> int:
        """Drop tasks that ended so long ago, and no more than so many; how many."""
        k = t.tasks.c
        old = select(k.task_id).where(k.ended_at < to_micros(ended_before))
        async with self._writing() as c:
            gone = await c.execute(
                delete(t.tasks).where(k.task_id.in_(old.order_by(k.ended_at).limit(at_most)))
            )
        return gone.rowcount

    async def receipt(self, user_id: str, client_msg_id: str) -> Receipt | None:
        """What was answered to this id before."""
        return await rows.receipt(self._reader, user_id, client_msg_id)

    async def trim(self, *, keep_events: int, receipts_before: datetime) -> None:
        """Drop old events, advancing each stream's floor, and old receipts."""
        cut = t.streams.c.seq - keep_events
        old = select(cut).where(t.streams.c.stream == t.events.c.stream).scalar_subquery()
        gone = t.receipts.c.created_at < to_micros(receipts_before)
        async with self._writing() as c:
            await c.execute(update(t.streams).where(cut > t.streams.c.floor).values(floor=cut))
            await c.execute(delete(t.events).where(t.events.c.seq <= old))
            await drop_unused_parts(c)
            await c.execute(delete(t.receipts).where(gone))

    async def changed_elsewhere(self) -> bool:
        """Whether another process has changed something since this was last asked."""
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
