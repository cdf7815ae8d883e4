"""Collections of documents, and with whom they are shared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from basicchat.domain.values import Value

CollectionRole = Literal["owner", "editor", "viewer"]
SubjectKind = Literal["user", "group", "room"]
# The group of all users except guests, who are there for the rooms that they were invited to.
EVERYONE = "everyone"
# Collections that one user may own.
MAX_OWNED = 200
# Users, groups and rooms with which one collection may be shared.
MAX_SHARES = 1000
# Collections that are listed and searched for one user.
MAX_VISIBLE = 1000
# Changes of larger audiences reach only the user who made them.
MAX_NOTIFIED = 50


class Share(Value, frozen=True, kw_only=True):
    """A role that a user, the users of a group or the members of a room have in a collection.

    Viewers of a room never have more than the role `viewer`.
    """

    kind: SubjectKind
    id: str
    role: CollectionRole
    name: str | None = None


class StoredCollection(Value, frozen=True, kw_only=True):
    """A collection as the store has it."""

    collection_id: str
    name: str
    description: str
    created_at: datetime


class Collection(StoredCollection, frozen=True, kw_only=True):
    """A collection as a user with access sees it: with their role and the number of documents.

    `shares` is only for owners: others do not learn with whom it is shared.
    """

    role: CollectionRole
    documents: int
    shares: tuple[Share, ...] | None = None


class CollectionReads(Protocol):
    """Reads of collections, outside of transactions and within them."""

    async def library_role(self, user_id: str, library_id: str) -> CollectionRole | None:
        """A user's role in a collection, or in a room's own documents; None without access."""
        ...

    async def collection_roles(self, user_id: str) -> dict[str, CollectionRole]:
        """The collections that a user has access to, at most `MAX_VISIBLE`, with their roles."""
        ...

    async def collections(self, collection_ids: Sequence[str]) -> tuple[StoredCollection, ...]:
        """These collections, by name; ids without one are left out."""
        ...

    async def document_counts(self, library_ids: Sequence[str]) -> dict[str, int]:
        """How many documents each of these libraries has; those without any are left out."""
        ...

    async def shares(self, collection_id: str) -> tuple[Share, ...]:
        """With whom a collection is shared, with the names of users and rooms."""
        ...

    async def collections_of_room(
        self, room_id: str, chosen: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        """The collections of a room that all of its members have access to.

        Args:
            chosen: only these, whether the room has them or not.
        """
        ...

    async def library_readers(self, library_id: str, limit: int) -> tuple[str, ...]:
        """The ids of users who have access to a collection or to a room's documents.

        The group of all users is left out: its members are too many to be notified.
        """
        ...


class CollectionWrites(CollectionReads, Protocol):
    """Writes of collections within a transaction."""

    async def put_collection(self, collection: StoredCollection) -> None:
        """Add or change a collection."""
        ...

    async def delete_collection(self, collection_id: str) -> None:
        """Delete a collection, which has no documents any more, and its shares."""
        ...

    async def put_share(self, collection_id: str, share: Share) -> None:
        """Share a collection, or change a role."""
        ...

    async def remove_share(self, collection_id: str, kind: SubjectKind, subject_id: str) -> bool:
        """End a share; false if there was none."""
        ...

    async def set_room_collections(self, room_id: str, chosen: Sequence[str] | None) -> None:
        """Choose a room's collections; None for those that are shared with the room."""
        ...
