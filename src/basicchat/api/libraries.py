"""Deletes collections, and hands over what a deleted user leaves in those of others."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from basicchat.api import library_events
from basicchat.api.calls import Services
from basicchat.api.library_events import CollectionDeleted
from basicchat.domain.collections import EVERYONE, Share
from basicchat.domain.store import Store, Transaction

PAGE = 200


async def delete_collection(
    services: Services,
    collection_id: str,
    may: Callable[[Transaction], Awaitable[object]] | None = None,
) -> CollectionDeleted:
    """Delete a collection with its documents, and record it for its readers.

    Args:
        may: authorises again, within the transaction.
    """
    await services.documents.delete_library(collection_id)
    gone = CollectionDeleted(collection_id=collection_id)
    async with services.hub.change() as change:
        if may is not None:
            await may(change)
        readers = await library_events.readers_of_library(change, collection_id)
        await change.delete_collection(collection_id)
        await change.scrub(collection_id, "collection.deleted", gone)
        for user_id in readers:
            await library_events.record_for(
                change, user_id, "collection.deleted", collection_id, gone
            )
    # Those that were added meanwhile; nobody can see them any more.
    await services.documents.delete_library(collection_id)
    return gone


async def hand_over_collections(services: Services, user_id: str) -> None:
    """Make someone else the owner of each collection of which a user is the only one.

    It is always somebody who could see the collection already. Without anybody else, the collection
    is deleted.
    """
    for collection_id, role in (await services.store.collection_roles(user_id)).items():
        shares = await services.store.shares(collection_id)
        others = [each for each in shares if (each.kind, each.id) != ("user", user_id)]
        if role != "owner" or any(_is_owner(each) for each in others):
            continue
        heir = await _heir(services.store, others, user_id)
        if heir is None:
            await delete_collection(services, collection_id)
            continue
        async with services.hub.change() as change:
            await change.put_share(collection_id, Share(kind="user", id=heir, role="owner"))
            for collection in await change.collections([collection_id]):
                await library_events.record_collection(change, collection, [heir])


async def hand_over_documents(services: Services, user_id: str) -> None:
    """Give the documents that a deleted user added elsewhere to an owner there.

    Only then can the user's rows be deleted, which documents refer to.
    """
    while documents := await services.store.documents_added_by(user_id, PAGE):
        for document in documents:
            heir = await _owner_of(services.store, document.library_id, user_id)
            if heir is None:
                await services.documents.delete(document)
                continue
            async with services.hub.change() as change:
                current = await change.document(document.document_id)
                if current is not None:
                    await change.put_document(replace(current, owner_id=heir))


def _is_owner(share: Share) -> bool:
    return (share.kind, share.role) == ("user", "owner")


async def _heir(store: Store, shares: list[Share], user_id: str) -> str | None:
    """Who gets a collection: an editor, a viewer, an owner of a room, or the server's owner."""
    users = [each for each in shares if each.kind == "user"]
    for role in ("editor", "viewer"):
        for each in users:
            if each.role == role and await store.user(each.id) is not None:
                return each.id
    for each in shares:
        if each.kind == "room" and (owner := await _room_owner(store, each.id, user_id)):
            return owner
    if any((each.kind, each.id) == ("group", EVERYONE) for each in shares):
        owner_of_server = await store.owner()
        return owner_of_server.id if owner_of_server is not None else None
    return None


async def _owner_of(store: Store, library_id: str, user_id: str) -> str | None:
    """An owner of a collection or a room, other than a user."""
    for each in await store.shares(library_id):
        if _is_owner(each) and each.id != user_id:
            return each.id
    return await _room_owner(store, library_id, user_id)


async def _room_owner(store: Store, room_id: str, user_id: str) -> str | None:
    for member_id in await store.some_member_ids(room_id, PAGE):
        membership = await store.membership(room_id, member_id)
        is_owner = membership is not None and membership.role == "owner"
        if is_owner and member_id != user_id:
            return member_id
    return None
