"""Collections: `collections.create|list|get|update|delete|share|unshare`."""

from collections.abc import Iterable
from uuid import uuid4

from msgspec.structs import replace

from basicchat.accounts.permissions import Resource, Verb, authorise
from basicchat.api import access, libraries, library_events
from basicchat.api.calls import Call, Method
from basicchat.api.library_events import CollectionDeleted
from basicchat.domain.collections import (
    EVERYONE,
    MAX_OWNED,
    MAX_SHARES,
    Collection,
    Share,
    StoredCollection,
    SubjectKind,
)
from basicchat.domain.errors import Conflict, InvalidInput, NotFound, TooLarge
from basicchat.domain.store import Transaction
from basicchat.domain.values import Value
from basicchat.protocol.collection_types import (
    CollectionRef,
    CollectionsCreate,
    CollectionsList,
    CollectionsShare,
    CollectionsUnshare,
    CollectionsUpdate,
)


class CollectionShown(Value, frozen=True, kw_only=True):
    """A collection as the actor sees it."""

    collection: Collection


class CollectionsListed(Value, frozen=True, kw_only=True):
    """Collections, by name."""

    collections: tuple[Collection, ...]


class Unshared(Value, frozen=True, kw_only=True):
    """The collection as the actor sees it; null if they no longer do."""

    collection_id: str
    collection: Collection | None = None


async def create(call: Call, params: CollectionsCreate) -> CollectionShown:
    """Create a collection of which one is the owner."""
    user_id = call.actor.user.id
    collection = StoredCollection(
        collection_id=f"k_{uuid4().hex}",
        name=_named(params.name),
        description=params.description.strip(),
        created_at=call.services.clock.now(),
    )
    async with call.services.hub.change() as change:
        roles = (await change.collection_roles(user_id)).values()
        if sum(role == "owner" for role in roles) >= MAX_OWNED:
            raise TooLarge(
                f"You own {MAX_OWNED} collections already",
                hint="Delete one, or make someone else the owner of one.",
                reason="too_many_collections",
                params={"max_collections": MAX_OWNED},
            )
        await change.put_collection(collection)
        share = Share(kind="user", id=user_id, role="owner")
        await change.put_share(collection.collection_id, share)
        await library_events.record_collection(change, collection, [user_id])
        return CollectionShown(collection=await _seen(call, change, collection))


async def list_collections(call: Call, params: CollectionsList) -> CollectionsListed:
    """List the collections that one may see."""
    store = call.services.store
    roles = await store.collection_roles(call.actor.user.id)
    listed: Iterable[str] = roles
    if params.room_id is not None:
        await access.require_membership(call, params.room_id, "see")
        listed = [each for each in await store.collections_of_room(params.room_id) if each in roles]
    collections = await store.collections(list(listed))
    counts = await store.document_counts([each.collection_id for each in collections])
    return CollectionsListed(
        collections=tuple(
            Collection(
                collection_id=each.collection_id,
                name=each.name,
                description=each.description,
                created_at=each.created_at,
                role=roles[each.collection_id],
                documents=counts.get(each.collection_id, 0),
            )
            for each in collections
        )
    )


async def get(call: Call, params: CollectionRef) -> CollectionShown:
    """Get a collection; its owners also learn with whom it is shared."""
    await access.library(call, params.collection_id, "see")
    async with call.services.store.transaction() as change:
        collection = await _existing(call, change, params.collection_id, "see")
        return CollectionShown(collection=await _seen(call, change, collection))


async def update(call: Call, params: CollectionsUpdate) -> CollectionShown:
    """Rename a collection, or describe it."""
    await access.library(call, params.collection_id, "manage")
    async with call.services.hub.change() as change:
        collection = await _existing(call, change, params.collection_id, "manage")
        if params.name is not None:
            collection = replace(collection, name=_named(params.name))
        if params.description is not None:
            collection = replace(collection, description=params.description.strip())
        await change.put_collection(collection)
        await _notify(call, change, collection)
        return CollectionShown(collection=await _seen(call, change, collection))


async def delete(call: Call, params: CollectionRef) -> CollectionDeleted:
    """Delete a collection with all its documents."""
    await access.library(call, params.collection_id, "manage")
    async with call.services.store.transaction() as change:
        await _existing(call, change, params.collection_id, "manage")

    async def may(change: Transaction) -> None:
        await _existing(call, change, params.collection_id, "manage")

    return await libraries.delete_collection(call.services, params.collection_id, may)


async def share(call: Call, params: CollectionsShare) -> CollectionShown:
    """Share a collection with a user, a group or a room, or change their role."""
    await access.library(call, params.collection_id, "manage")
    kind, subject_id = await _subject(call, params)
    new = Share(kind=kind, id=subject_id, role=params.role)
    async with call.services.hub.change() as change:
        collection = await _existing(call, change, params.collection_id, "manage")
        before = await change.shares(collection.collection_id)
        if new.role != "owner":
            _keep_an_owner(before, kind, subject_id)
        if len(before) >= MAX_SHARES and not _share_of(before, kind, subject_id):
            raise TooLarge(
                f"A collection is shared with at most {MAX_SHARES} users, groups and rooms",
                hint="Share it with a room or a group instead of single users.",
                reason="too_many_shares",
                params={"max_shares": MAX_SHARES},
            )
        await change.put_share(collection.collection_id, new)
        await _notify(call, change, collection)
        return CollectionShown(collection=await _seen(call, change, collection))


async def unshare(call: Call, params: CollectionsUnshare) -> Unshared:
    """End a share; owners end any, others only their own."""
    kind, subject_id = _named_subject(params)
    is_self = (kind, subject_id) == ("user", call.actor.user.id)
    verb: Verb = "see" if is_self else "manage"
    await access.library(call, params.collection_id, verb)
    async with call.services.hub.change() as change:
        collection = await _existing(call, change, params.collection_id, verb)
        collection_id = collection.collection_id
        before = await change.shares(collection_id)
        _keep_an_owner(before, kind, subject_id)
        readers = await library_events.readers_of_library(change, collection_id)
        if not await change.remove_share(collection_id, kind, subject_id):
            raise NotFound(
                "It is not shared with them",
                reason="resource_not_found",
                params={"resource": "share"},
            )
        await _notify(call, change, collection, readers)
        seen = await library_events.seen_by(change, collection, call.actor.user.id)
        return Unshared(collection_id=collection_id, collection=seen)


async def _existing(
    call: Call, change: Transaction, collection_id: str, verb: Verb
) -> StoredCollection:
    """A collection in a transaction; rooms and users are none, whatever the actor may do there."""
    await access.library(call, collection_id, verb, change)
    found = await change.collections([collection_id])
    if not found:
        authorise(call.actor, verb, Resource(kind="collection", relation=None))
    return found[0]


async def _seen(call: Call, change: Transaction, collection: StoredCollection) -> Collection:
    seen = await library_events.seen_by(change, collection, call.actor.user.id)
    assert seen is not None
    return seen


async def _notify(
    call: Call, change: Transaction, collection: StoredCollection, before: Iterable[str] = ()
) -> None:
    """Notify those who may see a collection, and those who could before."""
    readers = await library_events.readers_of_library(change, collection.collection_id)
    users = {call.actor.user.id, *readers, *before}
    await library_events.record_collection(change, collection, users)


async def _subject(call: Call, params: CollectionsShare) -> tuple[SubjectKind, str]:
    """Whom to share with; they exist, and the actor knows of them.

    Raises:
        NotFound: there is no such user, group or room.
    """
    kind, subject_id = _named_subject(params)
    if kind == "room":
        await access.require_membership(call, subject_id, "see")
        return kind, subject_id
    known = subject_id == EVERYONE
    if kind == "user":
        known = await call.services.store.user(subject_id) is not None
    if not known:
        raise NotFound(
            f"There is no such {kind}", reason="resource_not_found", params={"resource": kind}
        )
    return kind, subject_id


def _named_subject(params: CollectionsShare | CollectionsUnshare) -> tuple[SubjectKind, str]:
    named: list[tuple[SubjectKind, str | None]] = [
        ("user", params.user_id),
        ("group", params.group),
        ("room", params.room_id),
    ]
    found = [(kind, subject_id) for kind, subject_id in named if subject_id is not None]
    if len(found) != 1:
        raise InvalidInput(
            "Give one of user_id, group and room_id", field="user_id", reason="share_with_one"
        )
    return found[0]


def _named(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or not cleaned.isprintable():
        raise InvalidInput(
            "name: must have visible characters only", field="name", reason="name_not_printable"
        )
    return cleaned


def _share_of(shares: Iterable[Share], kind: SubjectKind, subject_id: str) -> Share | None:
    return next((each for each in shares if (each.kind, each.id) == (kind, subject_id)), None)


def _keep_an_owner(shares: Iterable[Share], kind: SubjectKind, subject_id: str) -> None:
    """Raise if no user would be the collection's owner any more."""
    owners = [
        (each.kind, each.id) for each in shares if (each.kind, each.role) == ("user", "owner")
    ]
    if owners == [(kind, subject_id)]:
        raise Conflict(
            "This is the collection's last owner",
            hint="Make another user its owner first, or delete the collection.",
            reason="last_collection_owner",
        )


CREATE = Method(
    name="collections.create",
    params=CollectionsCreate,
    result=CollectionShown,
    handler=create,
    repeat="never",
    needs="upload",
)
LIST = Method(
    name="collections.list",
    params=CollectionsList,
    result=CollectionsListed,
    handler=list_collections,
    repeat="safe",
)
GET = Method(
    name="collections.get",
    params=CollectionRef,
    result=CollectionShown,
    handler=get,
    repeat="safe",
)
UPDATE = Method(
    name="collections.update",
    params=CollectionsUpdate,
    result=CollectionShown,
    handler=update,
    repeat="never",
)
DELETE = Method(
    name="collections.delete",
    params=CollectionRef,
    result=CollectionDeleted,
    handler=delete,
    repeat="never",
)
SHARE = Method(
    name="collections.share",
    params=CollectionsShare,
    result=CollectionShown,
    handler=share,
    repeat="never",
)
UNSHARE = Method(
    name="collections.unshare",
    params=CollectionsUnshare,
    result=Unshared,
    handler=unshare,
    repeat="never",
)
