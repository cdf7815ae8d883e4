"""Deletes rooms: hides them at once, and deletes the contents of large ones in portions.

A room whose stream has no epoch is deleted: it has no members, so nobody sees it, and no event can
be added to its stream. Its rows are deleted later, a few at a time, because a database with one
writer can do nothing else meanwhile.
"""

from sqlalchemy import BindParameter, bindparam, delete, func, select, update

from basicchat.domain.events import room_stream
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Database, Prepared

# Messages deleted in one transaction, each with its words in the index; and events.
ROWS_AT_ONCE = 100
EVENTS_AT_ONCE = 500

_ROOM: BindParameter[str] = bindparam("room")
COUNT_MESSAGES = Prepared(
    select(func.count()).select_from(
        select(t.messages.c.message_id)
        .where(t.messages.c.room_id == _ROOM)
        .limit(ROWS_AT_ONCE + 1)
        .subquery()
    )
)
COUNT_EVENTS = Prepared(
    select(t.streams.c.seq - t.streams.c.floor).where(t.streams.c.stream == bindparam("of"))
)
DELETE_MEMBERS = Prepared(delete(t.members).where(t.members.c.room_id == _ROOM))
DELETE_SHARES = Prepared(
    delete(t.collection_shares).where(
        t.collection_shares.c.kind == "room", t.collection_shares.c.subject_id == _ROOM
    )
)
DELETE_INVITATIONS = Prepared(delete(t.invitations).where(t.invitations.c.room_id == _ROOM))
MARK_DELETED = Prepared(
    update(t.streams).where(t.streams.c.stream == bindparam("of")).values(epoch=t.DELETED_EPOCH)
)
NEXT_DELETED = Prepared(
    select(t.streams.c.stream).where(t.streams.c.epoch == t.DELETED_EPOCH).limit(1)
)
DELETE_MESSAGES = Prepared(
    delete(t.messages).where(
        t.messages.c.message_id.in_(
            select(t.messages.c.message_id).where(t.messages.c.room_id == _ROOM).limit(ROWS_AT_ONCE)
        )
    )
)
DELETE_RUNS = Prepared(
    delete(t.runs).where(
        t.runs.c.run_id.in_(
            select(t.runs.c.run_id).where(t.runs.c.room_id == _ROOM).limit(ROWS_AT_ONCE)
        )
    )
)
DELETE_EVENTS = Prepared(
    delete(t.events).where(
        t.events.c.stream == bindparam("of"),
        t.events.c.seq
        <= select(func.min(t.events.c.seq))
        .where(t.events.c.stream == bindparam("of"))
        .scalar_subquery()
        + EVENTS_AT_ONCE,
    )
)
DELETE_ROOM = Prepared(delete(t.rooms).where(t.rooms.c.room_id == _ROOM))
DELETE_STREAM = Prepared(delete(t.streams).where(t.streams.c.stream == bindparam("of")))


async def delete_room(connection: Connection, room_id: str) -> bool:
    """Delete a small room completely, or hide a large one; whether it was hidden."""
    values = {"room": room_id, "of": room_stream(room_id)}
    messages = (await connection.execute(COUNT_MESSAGES, values)).scalar()
    events = (await connection.execute(COUNT_EVENTS, values)).scalar() or 0
    await connection.execute(DELETE_SHARES, values)
    if messages <= ROWS_AT_ONCE and events <= EVENTS_AT_ONCE:
        await connection.execute(DELETE_ROOM, values)
        await connection.execute(DELETE_STREAM, values)
        return False
    for statement in (DELETE_MEMBERS, DELETE_INVITATIONS, MARK_DELETED):
        await connection.execute(statement, values)
    return True


class SqlRoomDeletion:
    """Mixed into the store.

    Attributes:
        rooms_hidden: whether there may be hidden rooms, as after a restart.
    """

    _database: Database
    rooms_hidden = True

    async def delete_portion(self) -> bool:
        """Delete some rows of a hidden room, in one transaction; false if there are none."""
        if not self.rooms_hidden:
            return False
        of = (await self._database.reader.execute(NEXT_DELETED, {})).scalar()
        if of is None:
            self.rooms_hidden = False
            return False
        values = {"room": of.removeprefix(room_stream("")), "of": of}
        async with self._database.transaction() as c:
            for statement in (DELETE_MESSAGES, DELETE_RUNS, DELETE_EVENTS):
                if (await c.execute(statement, values)).rowcount:
                    break
            else:
                await c.execute(DELETE_ROOM, values)
                await c.execute(DELETE_STREAM, values)
        self._database.note_deleted_messages()
        return True
