"""Rules for a document that takes another one's place, moves to another library, or is changed."""

import msgspec

from basicchat.api import library_events
from basicchat.domain.errors import Conflict, NotFound
from basicchat.domain.store import Transaction
from basicchat.domain.values import Document, DocumentRemoved


def in_place_of(earlier: Document, document: Document) -> Document:
    """The document of a new file under the identity of the earlier one.

    It keeps the tags and the title that users have given.
    """
    return msgspec.structs.replace(
        document,
        document_id=earlier.document_id,
        created_at=earlier.created_at,
        tags=earlier.tags,
        title=earlier.title if earlier.renamed else document.title,
        renamed=earlier.renamed,
    )


async def leave_library(change: Transaction, document: Document, changed: Document) -> None:
    """Record that a document is gone for those who may not see it in its new library.

    Raises:
        Conflict: the new library has a document with the same bytes.
    """
    if document.library_id == changed.library_id:
        return
    if await change.document_by_hash(changed.library_id, document.sha256) is not None:
        raise Conflict(
            "The collection has a document with the same contents already",
            hint="Delete one of the two.",
            reason="document_in_collection",
        )
    readers = set(await library_events.readers_of(change, document))
    readers -= set(await library_events.readers_of(change, changed))
    removed = DocumentRemoved(document_id=document.document_id)
    for user_id in sorted(readers):
        await library_events.record_for(
            change, user_id, "document.removed", document.document_id, removed
        )


def still_there(current: Document | None, document: Document) -> Document:
    """The current state of a document that was authorised before.

    Raises:
        NotFound: it was deleted or moved meanwhile.
    """
    if current is None or current.library_id != document.library_id:
        raise NotFound(
            "There is no such document",
            hint="It was deleted or moved in the meantime.",
            reason="resource_not_found",
            params={"resource": "document"},
        )
    return current
