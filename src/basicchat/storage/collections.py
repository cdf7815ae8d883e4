"""Collections in the SQL store: a reading and a writing half, mixed into store and transaction."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import delete, update

from basicchat.domain.collections import CollectionRole, Share, StoredCollection, SubjectKind
from basicchat.storage import collection_queries as queries
from basicchat.storage import tables as t
from basicchat.storage.database import Connection
from basicchat.storage.rows import to_micros
from basicchat.storage.upserts import SqlWrites

_encode = msgspec.json.encode


class SqlCollectionQueries:
    """Implements `domain.collections.CollectionReads` on a connection."""

    @property
    def _queried(self) -> Connection:
        raise NotImplementedError

    async def library_role(self, user_id: str, library_id: str) -> CollectionRole | None:
        """A user's role in a collection, or in a room's own documents."""
        return await queries.library_role(self._queried, user_id, library_id)

    async def collection_roles(self, user_id: str) -> dict[str, CollectionRole]:
        """The collections that a user has access to, with their roles."""
        return await queries.collection_roles(self._queried, user_id)

    async def collections(self, collection_ids: Sequence[str]) -> tuple[StoredCollection, ...]:
        """These collections, by name."""
        return await queries.collections(self._queried, collection_ids)

    async def document_counts(self, library_ids: Sequence[str]) -> dict[str, int]:
        """How many documents each of these libraries has."""
        return await queries.document_counts(self._queried, library_ids)

    async def shares(self, collection_id: str) -> tuple[Share, ...]:
        """With whom a collection is shared."""
        return await queries.shares(self._queried, collection_id)

    async def collections_of_room(
        self, room_id: str, chosen: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """The collections of a room that all of its members have access to."""
        return await queries.collections_of_room(self._queried, room_id, chosen)

    async def library_readers(self, library_id: str, limit: int) -> tuple[str, ...]:
        """The ids of users who have access to a collection or to a room's documents."""
        return await queries.library_readers(self._queried, library_id, limit)


class SqlCollectionReads(SqlCollectionQueries):
    """Queries outside of transactions."""

    _reader: Connection

    @property
    def _queried(self) -> Connection:
        return self._reader


class SqlCollectionWrites(SqlCollectionQueries, SqlWrites):
    """Implements `domain.collections.CollectionWrites`."""

    @property
    def _queried(self) -> Connection:
        return self._connection

    async def put_collection(self, collection: StoredCollection) -> None:
        """Add or change a collection."""
        await self._put(
            t.collections,
            ["collection_id"],
            collection_id=collection.collection_id,
            name=collection.name,
            description=collection.description,
            created_at=to_micros(collection.created_at),
        )

    async def delete_collection(self, collection_id: str) -> None:
        """Delete a collection and its shares."""
        found = t.collections.c.collection_id == collection_id
        await self._connection.execute(delete(t.collections).where(found))

    async def put_share(self, collection_id: str, share: Share) -> None:
        """Share a collection, or change a role."""
        await self._put(
            t.collection_shares,
            ["collection_id", "kind", "subject_id"],
            collection_id=collection_id,
            kind=share.kind,
            subject_id=share.id,
            role=share.role,
        )

    async def remove_share(self, collection_id: str, kind: SubjectKind, subject_id: str) -> bool:
        """End a share; false if there was none."""
        s = t.collection_shares.c
        found = (s.collection_id == collection_id, s.kind == kind, s.subject_id == subject_id)
        removed = await self._connection.execute(delete(t.collection_shares).where(*found))
        return removed.rowcount > 0

    async def set_room_collections(self, room_id: str, chosen: Sequence[str] | None) -> None:
        """Choose a room's collections; None for those that are shared with the room."""
        stored = None if chosen is None else _encode(list(chosen)).decode()
        found = t.rooms.c.room_id == room_id
        await self._connection.execute(update(t.rooms).where(found).values(collection_ids=stored))
