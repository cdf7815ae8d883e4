"""Queries about users: their names, rooms and drafts, and their search of messages."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from basicchat.domain.rooms import Message
from basicchat.domain.store import FoundMessage, FoundMessages
from basicchat.domain.values import User
from basicchat.language.tokens import parse
from basicchat.storage import spelling
from basicchat.storage import tables as t
from basicchat.storage.database import MAX_TERMS, Connection, Prepared, SqlDialect
from basicchat.storage.message_tokens import Form, message_terms

MAX_SEQ = 2**63 - 1
# How many pages are looked through for an exact phrase.
MAX_PAGES = 20
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

VOCABULARY = Prepared(lambda dialect: dialect.message_vocabulary())


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
) -> FoundMessages:
    """Messages in the user's rooms that contain all words of a query, newest first."""
    terms = message_terms(query, MAX_TERMS)
    if not terms:
        return FoundMessages()
    statement = dialect.message_search(one_room=room_id is not None)
    values: dict[str, Any] = {"user_id": user_id, "limit": limit}
    if room_id is not None:
        values["room_id"] = room_id
    first = MAX_SEQ if before is None else before
    asked = parse(query)

    async def page(words: str, before: int) -> tuple[FoundMessage, ...]:
        found = await connection.execute(statement, {**values, "words": words, "before": before})
        return tuple(
            FoundMessage(message=msgspec.json.decode(row.data, type=Message), place=row.place)
            for row in found
        )

    async def matching(forms: Sequence[Sequence[Form]]) -> tuple[FoundMessage, ...]:
        words, place = dialect.message_query(forms), first
        found: list[FoundMessage] = []
        for _ in range(MAX_PAGES):
            newest = await page(words, place)
            found += (each for each in newest if asked.is_quoted_in(each.message.text))
            if not asked.quotations or len(found) >= limit or len(newest) < limit:
                break
            place = newest[-1].place
        return tuple(found[:limit])

    found = await matching([term.forms for term in terms])
    if found:
        return FoundMessages(found=found)
    similar = await _similar_words(connection, user_id, [term.word for term in terms])
    if not any(similar):
        return FoundMessages()
    found = await matching(
        [
            (*term.forms, *(Form((word,)) for word in its))
            for term, its in zip(terms, similar, strict=True)
        ]
    )
    return FoundMessages(found=found, similar=tuple(chain.from_iterable(similar)) if found else ())


async def _similar_words(
    connection: Connection, user_id: str, words: Sequence[str]
) -> list[list[str]]:
    """For each word, the words of messages that resemble it."""
    folded = [spelling.fold(word) for word in words]
    beginnings = {each for word in folded for each in spelling.beginnings(word)}
    if not beginnings:
        return [[] for _ in words]
    values = {"beginnings": sorted(beginnings), "user_id": user_id, "limit": spelling.MAX_COMPARED}
    vocabulary = list((await connection.execute(VOCABULARY, values)).scalars())
    last = len(words) - 1
    return [
        spelling.closest(word, vocabulary, as_prefix=number == last)
        for number, word in enumerate(folded)
    ]
