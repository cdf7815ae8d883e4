"""Queries about users: their names, rooms and drafts, and their search of messages."""

import re

import msgspec
from sqlalchemy import bindparam, select

from basicchat.domain.store import FoundMessage
from basicchat.domain.values import Message, User
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared, SqlDialect

MAX_TERMS = 32
MAX_SEQ = 2**63 - 1
_WORD = re.compile(r"\w+")
NAMED = select(t.users).where(t.users.c.name == bindparam("name")).limit(2)
ROOM_IDS = Prepared(
    select(t.members.c.room_id).where(t.members.c.user_id == bindparam("user_id")).limit(1000)
)
DRAFTS = Prepared(
    select(t.members.c.room_id, t.members.c.draft).where(
        t.members.c.user_id == bindparam("user_id"), t.members.c.draft != ""
    )
)
DRAFT = Prepared(
    select(t.members.c.draft).where(
        t.members.c.room_id == bindparam("room_id"), t.members.c.user_id == bindparam("user_id")
    )
)


async def named(connection: Connection, name: str) -> tuple[User, ...]:
    """The users with a name, at most two."""
    found = (await connection.execute(NAMED, {"name": name})).all()
    return tuple(User(id=row.user_id, name=row.name, role=row.role) for row in found)


async def room_ids(connection: Connection, user_id: str) -> tuple[str, ...]:
    """The rooms that a user is a member of."""
    return tuple((await connection.execute(ROOM_IDS, {"user_id": user_id})).scalars())


async def drafts(connection: Connection, user_id: str) -> dict[str, str]:
    """The user's drafts by room."""
    found = await connection.execute(DRAFTS, {"user_id": user_id})
    return {row.room_id: row.draft for row in found}


async def draft(connection: Connection, room_id: str, user_id: str) -> str:
    """The user's draft in a room."""
    values = {"room_id": room_id, "user_id": user_id}
    return (await connection.execute(DRAFT, values)).scalar() or ""


async def search_messages(
    connection: Connection,
    dialect: SqlDialect,
    user_id: str,
    query: str,
    room_id: str | None,
    before: int | None,
    limit: int,
) -> tuple[FoundMessage, ...]:
    """Messages in the user's rooms that contain all words of a query, newest first."""
    words = _WORD.findall(query)[:MAX_TERMS]
    if not words:
        return ()
    values = {"words": dialect.message_query(words), "user_id": user_id, "most": limit}
    values["before"] = MAX_SEQ if before is None else before
    if room_id is not None:
        values["room_id"] = room_id
    statement = dialect.message_search(one_room=room_id is not None)
    found = await connection.execute(statement, values)
    return tuple(
        FoundMessage(message=msgspec.json.decode(row.data, type=Message), place=row.place)
        for row in found
    )
