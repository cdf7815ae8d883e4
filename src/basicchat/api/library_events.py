"""Records what happens to documents and collections, for the users who may see them.

Up to `MAX_NOTIFIED` users are notified of a change. If more have access, or all users of the
server, a change reaches only the user who made it; the others see it with their next request.
"""

from collections.abc import Iterable

from basicchat.domain.collections import MAX_NOTIFIED, Collection, StoredCollection
from basicchat.domain.events import EventType, user_stream
from basicchat.domain.store import Transaction
from basicchat.domain.values import Document, Value


class CollectionDeleted(Value, frozen=True, kw_only=True):
    """The id of a collection that was deleted, or that the user may no longer see."""

    collection_id: str


async def readers_of(change: Transaction, document: Document) -> tuple[str, ...]:
    """The users to notify of changes of a document."""
    if document.collection_id is None:
        return (document.owner_id,)
    readers = await readers_of_library(change, document.collection_id)
    if document.owner_id not in readers:
        role = await change.library_role(document.owner_id, document.collection_id)
        readers += () if role is None else (document.owner_id,)
    return readers


async def readers_of_library(change: Transaction, library_id: str) -> tuple[str, ...]:
    """The users with access to a collection or a room's documents; none if they are too many."""
    readers = await change.library_readers(library_id, MAX_NOTIFIED + 1)
    return readers if len(readers) <= MAX_NOTIFIED else ()


async def record(change: Transaction, type: EventType, document: Document) -> None:
    """Record the state of a document for its readers."""
    for user_id in await readers_of(change, document):
        await record_for(change, user_id, type, document.document_id, document)


async def record_for(
    change: Transaction, user_id: str, type: EventType, subject: str, value: Value
) -> None:
    """Record an event in a user's own stream."""
    await change.record(user_stream(user_id), type, subject, lambda seq: value)


async def record_collection(
    change: Transaction, collection: StoredCollection, user_ids: Iterable[str]
) -> None:
    """Record a collection as each of these users sees it now, or that they no longer do."""
    collection_id = collection.collection_id
    for user_id in sorted(set(user_ids)):
        view = await seen_by(change, collection, user_id)
        if view is None:
            gone = CollectionDeleted(collection_id=collection_id)
            await record_for(change, user_id, "collection.deleted", collection_id, gone)
        else:
            await record_for(change, user_id, "collection.updated", collection_id, view)


async def seen_by(
    change: Transaction, collection: StoredCollection, user_id: str
) -> Collection | None:
    """A collection as a user sees it; None if they may not."""
    collection_id = collection.collection_id
    role = await change.library_role(user_id, collection_id)
    if role is None:
        return None
    return Collection(
        collection_id=collection_id,
        name=collection.name,
        description=collection.description,
        created_at=collection.created_at,
        role=role,
        documents=(await change.document_counts([collection_id])).get(collection_id, 0),
        shares=await change.shares(collection_id) if role == "owner" else None,
    )
