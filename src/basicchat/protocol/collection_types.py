"""Parameters of methods for collections."""

from typing import Annotated, Literal

from msgspec import Meta

from basicchat.protocol.types import Id, Params

CollectionRole = Literal["owner", "editor", "viewer"]
CollectionName = Annotated[str, Meta(min_length=1, max_length=200)]
Description = Annotated[str, Meta(max_length=2000)]


class CollectionsCreate(Params, frozen=True, kw_only=True):
    """Create a collection."""

    name: CollectionName
    description: Description = ""


class CollectionRef(Params, frozen=True, kw_only=True):
    """Name a collection."""

    collection_id: Id


class CollectionsList(Params, frozen=True, kw_only=True):
    """List collections; with `room_id`, those from which the assistant answers in that room."""

    room_id: Id | None = None


class CollectionsUpdate(Params, frozen=True, kw_only=True):
    """Rename a collection, or describe it."""

    collection_id: Id
    name: CollectionName | None = None
    description: Description | None = None


class CollectionsShare(Params, frozen=True, kw_only=True):
    """Name a user, a group or a room, and the role to give.

    The group `everyone` is all users except guests.
    """

    collection_id: Id
    role: CollectionRole
    user_id: Id | None = None
    group: Id | None = None
    room_id: Id | None = None


class CollectionsUnshare(Params, frozen=True, kw_only=True):
    """Name a user, a group or a room."""

    collection_id: Id
    user_id: Id | None = None
    group: Id | None = None
    room_id: Id | None = None
