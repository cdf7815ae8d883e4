"""Queries about people: what they may see, have begun to write, and look for."""

import re

import msgspec
from sqlalchemy import bindparam, select, text

from basicchat.domain.store import FoundMessage
from basicchat.domain.values import Message, User
from basicchat.storage import tables as t
from basicchat.storage.sqlite.engine import Executes
from basicchat.storage.sqlite.prepared import Prepared

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
# The index counts messages as they came, over all rooms; within one that is the order of `seq`.
_FOUND = """
    SELECT m.data, {place} AS place FROM message_words
    JOIN message_texts AS x ON x.number = message_words.rowid
    JOIN messages AS m ON m.message_id = x.message_id
    WHERE message_words MATCH :words AND {only}
    AND x.room_id IN (SELECT room_id FROM members WHERE user_id = :user_id)
    ORDER BY message_words.rowid DESC LIMIT :most
"""
SEARCH = text(_FOUND.format(place="x.number", only="message_words.rowid < :before"))
SEARCH_ROOM = text(_FOUND.format(place="m.seq", only="x.room_id = :room_id AND m.seq < :before"))


async def named(connection: Executes, name: str) -> tuple[User, ...]:
    """The users of a name."""
    found = (await connection.execute(NAMED, {"name": name})).all()
    return tuple(User(id=row.user_id, name=row.name, role=row.role) for row in found)


async def room_ids(connection: Executes, user_id: str) -> tuple[str, ...]:
    """The rooms that a user is a member of."""
    return tuple((await connection.execute(ROOM_IDS, {"user_id": user_id})).scalars())


async def drafts(connection: Executes, user_id: str) -> dict[str, str]:
    """What the user has begun to write, by room."""
    found = await connection.execute(DRAFTS, {"user_id": user_id})
    return {row.room_id: row.draft for row in found}


async def draft(connection: Executes, room_id: str, user_id: str) -> str:
    """What the user has begun to write in a room."""
    values = {"room_id": room_id, "user_id": user_id}
    return (await connection.execute(DRAFT, values)).scalar() or ""


async def search(
    connection: Executes,
    user_id: str,
    query: str,
    room_id: str | None,
    before: int | None,
    limit: int,
) -> tuple[FoundMessage, ...]:
    """Messages in the user's rooms that have all words of a query, newest first."""
    words = match_expression(query)
    if not words:
        return ()
    values = {"words": words, "user_id": user_id, "most": limit}
    values["before"] = MAX_SEQ if before is None else before
    if room_id is not None:
        values["room_id"] = room_id
    statement = SEARCH if room_id is None else SEARCH_ROOM
    found = await connection.execute(statement, values)
    return tuple(
        FoundMessage(message=msgspec.json.decode(row.data, type=Message), place=row.place)
        for row in found
    )


def match_expression(query: str) -> str:
    """A query in FTS5's terms: every word quoted, so that none is an operator."""
    terms = [f'"{word}"' for word in _WORD.findall(query)[:MAX_TERMS]]
    return " ".join(terms) + "*" if terms else ""
