"""Queries about collections and who has access to them, used within transactions and outside."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Label,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from basicchat.domain.collections import (
    EVERYONE,
    MAX_SHARES,
    MAX_VISIBLE,
    CollectionRole,
    Share,
    StoredCollection,
)
from basicchat.storage import tables as t
from basicchat.storage.database import Connection, Prepared
from basicchat.storage.rows import from_micros

RANK: dict[CollectionRole, int] = {"viewer": 0, "editor": 1, "owner": 2}
# What members may do with their room's own documents.
OF_MEMBERS: dict[str, CollectionRole] = {"owner": "owner", "member": "editor", "viewer": "viewer"}

_S, _M, _U, _C, _D = (
    table.c for table in (t.collection_shares, t.members, t.users, t.collections, t.documents)
)
_USER: BindParameter[str] = bindparam("user_id")
_LIBRARY: BindParameter[str] = bindparam("library_id")
_ROOM: BindParameter[str] = bindparam("room_id")
_TO_GROUP = and_(_S.kind == "group", _S.subject_id == EVERYONE)
_IS_NO_GUEST = _U.role != "guest"


def _shares_of_user(*where: ColumnElement[bool]) -> list[Select[Any]]:
    """What a user has access to: by name, as one of all users, and as a member of rooms."""
    role: Label[str] = literal_column("'member'").label("member_role")
    direct = select(_S.collection_id, _S.role, role).where(
        _S.kind == "user", _S.subject_id == _USER, *where
    )
    is_one_of_all = select(_U.user_id).where(_U.user_id == _USER, _IS_NO_GUEST).exists()
    as_one_of_all = select(_S.collection_id, _S.role, role).where(_TO_GROUP, is_one_of_all, *where)
    as_member = (
        select(_S.collection_id, _S.role, _M.role.label("member_role"))
        .join(t.members, and_(_M.room_id == _S.subject_id, _M.user_id == _USER))
        .where(_S.kind == "room", *where)
    )
    return [direct, as_one_of_all, as_member]


ROLES = Prepared(union_all(*_shares_of_user()).limit(MAX_VISIBLE * 3))
ROLES_IN_ONE = Prepared(union_all(*_shares_of_user(_S.collection_id == _LIBRARY)))
MEMBER_ROLE = Prepared(select(_M.role).where(_M.room_id == _LIBRARY, _M.user_id == _USER))
COLLECTIONS = Prepared(
    lambda dialect: (
        select(t.collections)
        .where(dialect.any_of(_C.collection_id, "ids"))
        .order_by(func.lower(_C.name), _C.collection_id)
    )
)
COUNTS = Prepared(
    lambda dialect: (
        select(_D.library_id, func.count().label("documents"))
        .where(dialect.any_of(_D.library_id, "ids"))
        .group_by(_D.library_id)
    )
)
SHARES = Prepared(
    select(
        _S.kind,
        _S.subject_id,
        _S.role,
        func.coalesce(_U.name, t.rooms.c.name).label("name"),
    )
    .select_from(t.collection_shares)
    .outerjoin(t.users, and_(_S.kind == "user", _U.user_id == _S.subject_id))
    .outerjoin(t.rooms, and_(_S.kind == "room", t.rooms.c.room_id == _S.subject_id))
    .where(_S.collection_id == _LIBRARY)
    .order_by(_S.kind, _S.subject_id)
    .limit(MAX_SHARES)
)
CHOSEN = Prepared(select(t.rooms.c.collection_ids).where(t.rooms.c.room_id == _ROOM))
SHARED_WITH_ROOM = Prepared(
    select(_S.collection_id)
    .where(_S.kind == "room", _S.subject_id == _ROOM)
    .order_by(_S.collection_id)
    .limit(MAX_VISIBLE)
)
_ROOMS = t.members.alias()
_SHARE_OF_MEMBER = (
    select(_S.collection_id)
    .where(
        _S.collection_id == _C.collection_id,
        or_(
            and_(_S.kind == "user", _S.subject_id == _M.user_id),
            and_(_TO_GROUP, _IS_NO_GUEST),
            and_(
                _S.kind == "room",
                _S.subject_id.in_(
                    select(_ROOMS.c.room_id)
                    .where(_ROOMS.c.user_id == _M.user_id)
                    .correlate(t.members)
                ),
            ),
        ),
    )
    .correlate(t.collections, t.members, t.users)
    .exists()
)
_MEMBER_WITHOUT = (
    select(_M.user_id)
    .join(t.users, _U.user_id == _M.user_id)
    .where(_M.room_id == _ROOM, ~_SHARE_OF_MEMBER)
    .correlate(t.collections)
    .exists()
)
SEEN_BY_ALL = Prepared(
    lambda dialect: select(_C.collection_id).where(
        dialect.any_of(_C.collection_id, "ids"), ~_MEMBER_WITHOUT
    )
)
READERS = Prepared(
    select(_U.user_id)
    .where(
        _U.status == "active",
        or_(
            _U.user_id.in_(
                select(_S.subject_id).where(_S.collection_id == _LIBRARY, _S.kind == "user")
            ),
            _U.user_id.in_(select(_M.user_id).where(_M.room_id == _LIBRARY)),
            _U.user_id.in_(
                select(_M.user_id)
                .join(t.collection_shares, _S.subject_id == _M.room_id)
                .where(_S.collection_id == _LIBRARY, _S.kind == "room")
            ),
        ),
    )
    .order_by(_U.user_id)
    .limit(bindparam("limit"))
)


async def library_role(
    connection: Connection, user_id: str, library_id: str
) -> CollectionRole | None:
    """A user's role in a collection, or in a room's own documents."""
    values = {"user_id": user_id, "library_id": library_id}
    found = _best((await connection.execute(ROLES_IN_ONE, values)).all())
    if found:
        return found[library_id]
    member_role = (await connection.execute(MEMBER_ROLE, values)).scalar()
    return None if member_role is None else OF_MEMBERS[member_role]


async def collection_roles(connection: Connection, user_id: str) -> dict[str, CollectionRole]:
    """The collections that a user has access to."""
    found = _best((await connection.execute(ROLES, {"user_id": user_id})).all())
    return dict(list(found.items())[:MAX_VISIBLE])


def _best(rows: Iterable[Any]) -> dict[str, CollectionRole]:
    """The highest role in each collection."""
    best: dict[str, CollectionRole] = {}
    for row in rows:
        role: CollectionRole = "viewer" if row.member_role == "viewer" else row.role
        best[row.collection_id] = max(best.get(row.collection_id, role), role, key=RANK.__getitem__)
    return best


async def collections(
    connection: Connection, collection_ids: Sequence[str]
) -> tuple[StoredCollection, ...]:
    """These collections, by name."""
    found = await connection.execute(COLLECTIONS, {"ids": list(collection_ids)})
    return tuple(
        StoredCollection(
            collection_id=row.collection_id,
            name=row.name,
            description=row.description,
            created_at=from_micros(row.created_at),
        )
        for row in found
    )


async def document_counts(connection: Connection, library_ids: Sequence[str]) -> dict[str, int]:
    """How many documents each of these libraries has."""
    found = await connection.execute(COUNTS, {"ids": list(library_ids)})
    return {row.library_id: row.documents for row in found}


async def shares(connection: Connection, collection_id: str) -> tuple[Share, ...]:
    """With whom a collection is shared."""
    found = await connection.execute(SHARES, {"library_id": collection_id})
    return tuple(
        Share(kind=row.kind, id=row.subject_id, role=row.role, name=row.name) for row in found
    )


async def collections_of_room(
    connection: Connection, room_id: str, chosen: Sequence[str] | None
) -> tuple[str, ...]:
    """The collections of a room that all of its members have access to."""
    values: dict[str, Any] = {"room_id": room_id}
    if chosen is None:
        stored = (await connection.execute(CHOSEN, values)).scalar()
        if stored is None:
            # A share with the room is one with all of its members.
            return tuple((await connection.execute(SHARED_WITH_ROOM, values)).scalars())
        chosen = msgspec.json.decode(stored, type=tuple[str, ...])
    found = set((await connection.execute(SEEN_BY_ALL, {**values, "ids": list(chosen)})).scalars())
    return tuple(each for each in dict.fromkeys(chosen) if each in found)


async def library_readers(connection: Connection, library_id: str, limit: int) -> tuple[str, ...]:
    """The ids of users who have access to a collection or to a room's documents."""
    values = {"library_id": library_id, "limit": limit}
    return tuple((await connection.execute(READERS, values)).scalars())
