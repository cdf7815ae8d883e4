"""The writing half of the SQL store: users, rooms, messages and runs; mixins bring the rest."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from basicchat.domain.errors import Conflict
from basicchat.domain.events import Event, room_stream, user_stream
from basicchat.domain.ports import Clock
from basicchat.domain.room_views import RoomViews
from basicchat.domain.rooms import Member, Message, Room, RoomMembership, RoomRole
from basicchat.domain.runs import Run
from basicchat.domain.store import Receipt
from basicchat.domain.values import User
from basicchat.storage import room_deletion, room_queries, rows
from basicchat.storage import tables as t
from basicchat.storage.accounts import SqlAccountWrites, folded
from basicchat.storage.collections import SqlCollectionWrites
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.documents import SqlDocumentWrites
from basicchat.storage.events import SqlEventWrites
from basicchat.storage.message_tokens import text_tokens
from basicchat.storage.oauth import SqlOAuthWrites
from basicchat.storage.rows import to_micros
from basicchat.storage.sessions import SqlSessionWrites
from basicchat.storage.tasks import SqlTaskWrites
from basicchat.storage.tool_approvals import SqlApprovalWrites
from basicchat.storage.upserts import upsert

_encode = msgspec.json.encode
MAX_SEQ = 2**63 - 1

PUT_ROOM = upsert(t.rooms, ("room_id",), ("name", "active_at"))
DELETE_TEXT = Prepared(
    delete(t.message_texts).where(t.message_texts.c.message_id == bindparam("of"))
)
KEEP_RUN = Prepared(
    update(t.runs).where(t.runs.c.run_id == bindparam("of"), t.runs.c.status == "running")
)
SET_ACTIVE = Prepared(update(t.rooms).where(t.rooms.c.room_id == bindparam("of")))
_MEMBER = (t.members.c.room_id == bindparam("room"), t.members.c.user_id == bindparam("user"))
SET_DRAFT = Prepared(update(t.members).where(*_MEMBER))
MARK_READ = Prepared(
    update(t.members)
    .where(*_MEMBER, t.members.c.read_seq < bindparam("seq"))
    .values(read_seq=bindparam("seq"))
)
COUNT_MEMBERS = Prepared(
    select(func.count()).select_from(
        select(t.members.c.user_id)
        .where(t.members.c.room_id == bindparam("room"))
        .limit(bindparam("limit"))
        .subquery()
    )
)
MEMBER_IDS = Prepared(
    select(t.members.c.user_id).where(
        t.members.c.room_id == bindparam("room"), t.members.c.read_seq >= bindparam("read_from")
    )
)
LAST_MESSAGE = Prepared(
    select(func.max(t.messages.c.seq)).where(
        t.messages.c.room_id == bindparam("room"), t.messages.c.seq < bindparam("before")
    )
)


_EARLIER = t.messages.alias()
_NUMBER = (
    select(_EARLIER.c.number)
    .where(_EARLIER.c.room_id == bindparam("within"))
    .order_by(_EARLIER.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
PUT_MESSAGE = Prepared(
    lambda dialect: dialect.upsert(
        t.messages,
        ("message_id",),
        ("room_id", "seq", "data"),
        {"number": func.coalesce(_NUMBER, 0) + 1},
    )
)
PUT_MEMBER = upsert(t.members, ("room_id", "user_id"), ("role",))
PUT_TEXT = Prepared(lambda dialect: dialect.put_message_text())


class SqlTransaction(
    SqlEventWrites,
    SqlSessionWrites,
    SqlDocumentWrites,
    SqlCollectionWrites,
    SqlTaskWrites,
    SqlAccountWrites,
    SqlOAuthWrites,
    SqlApprovalWrites,
):
    """Implements `domain.store.Transaction` on one connection.

    Attributes:
        events: the events recorded so far.
        after_commit: what to do once the changes are visible.
        deleted_messages: whether messages were deleted.
        hidden_rooms: whether rooms were hidden, which remain to be deleted.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.events: list[Event] = []
        self.after_commit: list[Callable[[], None]] = []
        self.deleted_messages = False
        self.hidden_rooms = False

    async def put_user(self, user: User, created_at: datetime) -> None:
        """Add or change a user, and create their stream."""
        values = {"name": user.name, "role": user.role, "created_at": to_micros(created_at)}
        values |= {"status": user.status, "login": folded(user.name)}
        try:
            await self._put(t.users, ["user_id"], user_id=user.id, **values)
        except IntegrityError as taken:
            raise Conflict(
                f"There is already a user called {user.name}",
                hint="Choose another name. Upper and lower case make no difference.",
                reason="user_name_taken",
                params={"name": user.name},
            ) from taken
        await self._open_stream(user_stream(user.id))

    async def put_room(self, room_id: str, name: str, at: datetime) -> None:
        """Add or rename a room, and create its stream."""
        values = {"room_id": room_id, "name": name, "created_at": to_micros(at)}
        await self._connection.execute(PUT_ROOM, {**values, "active_at": to_micros(at)})
        await self._open_stream(room_stream(room_id))

    async def delete_room(self, room_id: str) -> None:
        """Delete a room with everything in it; a large one is hidden, and deleted in portions."""
        self.deleted_messages = True
        hidden = await room_deletion.delete_room(self._connection, room_id)
        self.hidden_rooms = self.hidden_rooms or hidden

    async def put_member(self, room_id: str, user_id: str, role: RoomRole) -> None:
        """Add a member or change their role."""
        values = {"room_id": room_id, "user_id": user_id, "role": role}
        await self._connection.execute(PUT_MEMBER, {**values, "read_seq": 0, "draft": ""})

    async def remove_member(self, room_id: str, user_id: str) -> None:
        """End a user's membership."""
        m = t.members.c
        gone = delete(t.members).where(m.room_id == room_id, m.user_id == user_id)
        await self._connection.execute(gone)

    async def membership(self, room_id: str, user_id: str) -> RoomMembership | None:
        """A user's membership of a room as of this transaction."""
        return await room_queries.membership(self._connection, room_id, user_id)

    async def members(self, room_id: str) -> tuple[Member, ...]:
        """A room's members with their read positions."""
        return await room_queries.members(self._connection, room_id)

    async def member_ids(self, room_id: str, *, read_from: int = 0) -> tuple[str, ...]:
        """A room's members, or those who have read at least up to a seq."""
        values = {"room": room_id, "read_from": read_from}
        return tuple((await self._connection.execute(MEMBER_IDS, values)).scalars())

    async def member_count(self, room_id: str, limit: int) -> int:
        """The number of a room's members, counted up to `limit`."""
        counted = await self._connection.execute(COUNT_MEMBERS, {"room": room_id, "limit": limit})
        return int(counted.scalar())

    async def last_message_seq(self, room_id: str, before: int | None = None) -> int:
        """The seq of the latest message, or of the latest one before a seq."""
        values = {"room": room_id, "before": MAX_SEQ if before is None else before}
        return (await self._connection.execute(LAST_MESSAGE, values)).scalar() or 0

    async def put_draft(self, room_id: str, user_id: str, text: str) -> None:
        """Store a member's draft."""
        values = {"room": room_id, "user": user_id, "draft": text}
        await self._connection.execute(SET_DRAFT, values)

    async def mark_read(self, room_id: str, user_id: str, seq: int) -> bool:
        """Record that a user has read a room up to a seq; whether that is new."""
        values = {"room": room_id, "user": user_id, "seq": seq}
        return bool((await self._connection.execute(MARK_READ, values)).rowcount)

    async def room(self, room_id: str, user_id: str) -> Room | None:
        """The room as of this transaction."""
        return await room_queries.room(self._connection, user_id, room_id)

    async def room_views(self, room_id: str, user_ids: Sequence[str]) -> RoomViews | None:
        """The room as each of these users sees it."""
        return await room_queries.room_views(self._connection, room_id, user_ids)

    async def put_message(self, message: Message) -> None:
        """Add or change a message."""
        values: dict[str, Any] = {"message_id": message.message_id, "room_id": message.room_id}
        placed = {**values, "within": message.room_id, "seq": message.seq, "data": _encode(message)}
        await self._connection.execute(PUT_MESSAGE, placed)
        if message.text:
            await self._put_text({**values, "text": message.text})
        else:
            deleted = await self._connection.execute(DELETE_TEXT, {"of": message.message_id})
            self.deleted_messages = self.deleted_messages or bool(deleted.rowcount)
        if message.edited_at is None and message.deleted_at is None and not message.feedback:
            now = to_micros(self._clock.now())
            await self._connection.execute(SET_ACTIVE, {"of": message.room_id, "active_at": now})

    async def _put_text(self, values: dict[str, Any]) -> None:
        """Store the text that search looks through."""
        words = " ".join(text_tokens(values["text"]))
        await self._connection.execute(PUT_TEXT, {**values, "words": words, "number": None})

    async def message(self, message_id: str) -> Message | None:
        """The message as of this transaction."""
        return await rows.message(self._connection, message_id)

    async def put_run(self, run: Run) -> None:
        """Add or change a run."""
        await self._put(
            t.runs,
            ["run_id"],
            run_id=run.run_id,
            room_id=run.room_id,
            user_id=run.user_id,
            status=run.status,
            started_at=to_micros(run.started_at),
            data=_encode(run),
        )

    async def keep_run(self, run: Run) -> bool:
        """Change a run if it is still in progress."""
        values = {"of": run.run_id, "data": _encode(run)}
        return (await self._connection.execute(KEEP_RUN, values)).rowcount > 0

    async def run(self, run_id: str) -> Run | None:
        """The run as of this transaction."""
        return await rows.run(self._connection, run_id)

    async def runs_of(self, question: Message) -> tuple[Run, ...]:
        """All runs that answer a question, as of this transaction."""
        query = select(t.runs.c.data).where(t.runs.c.room_id == question.room_id)
        runs = await rows.many(self._connection, query, Run)
        return tuple(run for run in runs if run.parent_id == question.message_id)

    async def receipt(
        self, user_id: str, client_msg_id: str, room_id: str | None = None
    ) -> Receipt | None:
        """The reply that was given to a client's message id."""
        return await rows.receipt(self._connection, user_id, client_msg_id)

    async def put_receipt(
        self, user_id: str, client_msg_id: str, receipt: Receipt, at: datetime
    ) -> None:
        """Store the reply to a client's message id."""
        await self._put(
            t.receipts,
            ["user_id", "client_msg_id"],
            user_id=user_id,
            client_msg_id=client_msg_id,
            body_hash=receipt.body_hash,
            reply=receipt.reply,
            created_at=to_micros(at),
        )

    async def finish(self) -> None:
        """Write what was kept until the end of the transaction."""
