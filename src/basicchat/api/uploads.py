"""Where documents are uploaded to, and who may upload there."""

from dataclasses import dataclass

from basicchat.api import access
from basicchat.api.calls import Call
from basicchat.domain.store import Transaction


@dataclass(frozen=True)
class IntoLibrary:
    """A library that the actor may add documents to.

    Args:
        collection_id: a collection or a room; None for the actor's own documents.
    """

    call: Call
    collection_id: str | None

    async def may(self, change: Transaction) -> None:
        """Authorise again within the transaction that adds a document."""
        if self.collection_id is not None:
            await access.library(self.call, self.collection_id, "write", change)


async def into_library(call: Call, collection_id: str | None) -> IntoLibrary:
    """The library to add documents to; the actor's own user id stands for their own documents.

    Raises:
        NotFound: there is no such collection, or the actor may not see it.
        Forbidden: the actor may not add documents to it.
    """
    if collection_id is None:
        return IntoLibrary(call, None)
    await access.library(call, collection_id, "write")
    return IntoLibrary(call, None if collection_id == call.actor.user.id else collection_id)
