"""Which documents a question or a search may use.

The answers in a room with other members are read by all of them, so that they use only what all
members may see. The asker may add their own documents to one question; everyone then sees what is
quoted from them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from basicchat.api import access
from basicchat.api.calls import Call
from basicchat.domain.errors import Conflict, Forbidden
from basicchat.domain.rooms import RoomMembership
from basicchat.domain.store import Transaction
from basicchat.domain.values import Document, Scope

ADD_OWN = "Set own_documents to use them for this question; all members see what is quoted."


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a request names.

    Args:
        document_ids: only these documents.
        collection_ids: only these collections; None for all that may be used.
        own_documents: use the actor's own documents beside the collections.
    """

    document_ids: tuple[str, ...] | None = None
    collection_ids: tuple[str, ...] | None = None
    own_documents: bool = False


async def for_actor(call: Call, wanted: Wanted, room_id: str | None = None) -> Scope:
    """The scope of what only the actor reads.

    Args:
        room_id: the room without other members in which the question is asked, if any.

    Raises:
        NotFound: a document or collection does not exist, or the actor may not see it.
    """
    user_id = call.actor.user.id
    documents = await _documents(call, wanted.document_ids)
    if wanted.collection_ids is not None:
        for library_id in wanted.collection_ids:
            await access.library(call, library_id, "see")
        own = wanted.own_documents or user_id in wanted.collection_ids
        libraries = tuple(each for each in wanted.collection_ids if each != user_id)
        return _scope(user_id if own else None, libraries, wanted)
    if documents is not None:
        libraries = tuple(each.library_id for each in documents if each.library_id != user_id)
    else:
        libraries = tuple(await call.services.store.collection_roles(user_id))
        libraries += () if room_id is None else (room_id,)
    return _scope(user_id, libraries, wanted)


async def for_room(call: Call, room_id: str, wanted: Wanted) -> Scope:
    """The scope of an answer that all members of a room read.

    Raises:
        NotFound: a document or collection does not exist, or the actor may not see it.
        Forbidden: not all members may see it.
    """
    user_id = call.actor.user.id
    documents = await _documents(call, wanted.document_ids)
    named = wanted.collection_ids
    if named is not None:
        for library_id in named:
            await access.library(call, library_id, "see")
    elif documents is not None:
        named = tuple(each.library_id for each in documents)
    if named is not None:
        own = user_id in named
        if own and not wanted.own_documents:
            raise Forbidden(
                "These are your own documents, which the other members may not see",
                hint=ADD_OWN,
                reason="own_documents_not_added",
            )
        libraries = tuple(each for each in named if each != user_id)
        await _require_for_all(call, room_id, libraries)
    else:
        libraries = (room_id, *await call.services.store.collections_of_room(room_id))
    return _scope(user_id if wanted.own_documents else None, libraries, wanted)


async def recheck(
    change: Transaction, scope: Scope, room_id: str, shared: bool, membership: RoomMembership
) -> None:
    """Check within a transaction that all members of a room may still see what a scope names.

    Args:
        shared: whether the room had other members when the scope was chosen.
        membership: the actor's, in this transaction.

    Raises:
        Conflict: someone joined, or a collection is no longer shared.
    """
    if not membership.shared:
        return
    libraries = [each for each in scope.collection_ids if each != room_id]
    found = await change.collections_of_room(room_id, libraries) if libraries else ()
    if not shared or not set(libraries) <= set(found):
        raise _scope_changed()


def _scope_changed() -> Conflict:
    return Conflict(
        "Members of the room, or what they may see, have changed just now",
        hint="Send the question again.",
        reason="scope_changed",
    )


async def _documents(call: Call, document_ids: Sequence[str] | None) -> list[Document] | None:
    if document_ids is None:
        return None
    return [await access.document(call, document_id, "see") for document_id in document_ids]


async def _require_for_all(call: Call, room_id: str, libraries: Sequence[str]) -> None:
    others = [library_id for library_id in libraries if library_id != room_id]
    found = await call.services.store.collections_of_room(room_id, others) if others else ()
    if not set(others) <= set(found):
        raise Forbidden(
            "Not all members of this room may see this collection",
            hint="Share the collection with the room, or ask in a conversation of your own.",
            reason="collection_not_for_all",
        )


def _scope(user_id: str | None, libraries: Sequence[str], wanted: Wanted) -> Scope:
    return Scope(
        user_id=user_id,
        collection_ids=tuple(dict.fromkeys(libraries)),
        document_ids=wanted.document_ids,
    )
