"""Finds documents and conversations by what a user has typed so far."""

from basicchat.api.methods.documents import DocumentsListed
from basicchat.api.methods.rooms import RoomsListed
from basicchat.domain.errors import NotFound
from basicchat.domain.rooms import Room
from basicchat.domain.values import Document
from basicchat.mcp.features.request_context import RequestContext

# The maximum in one response.
MAX_VALUES = 100
PAGES, PAGE = 5, 200


async def documents_like(context: RequestContext, typed: str) -> list[Document]:
    """The user's documents whose title contains a text or whose id begins with it, newest first."""
    found: list[Document] = []
    after: str | None = None
    for _ in range(PAGES):
        page: DocumentsListed = await context.call("documents.list", limit=PAGE, after=after)
        found += [each for each in page.documents if _fits(typed, each.title, each.document_id)]
        after = page.next
        if after is None or len(found) >= MAX_VALUES:
            break
    return found


async def rooms_like(context: RequestContext, typed: str) -> list[Room]:
    """The user's conversations whose name contains a text or whose id begins with it."""
    listed: RoomsListed = await context.call("rooms.list")
    return [room for room in listed.rooms if _fits(typed, room.name, room.room_id)]


def _fits(typed: str, title: str, identity: str) -> bool:
    wanted = typed.strip().casefold()
    return wanted in title.casefold() or identity.startswith(typed.strip())


async def document_named(context: RequestContext, name: str) -> Document:
    """The document with an id or a title.

    Raises:
        NotFound: the user has no such document.
    """
    for document in await documents_like(context, name):
        if name.strip() in (document.document_id, document.title):
            return document
    raise NotFound(
        f"There is no document {name[:100]!r}",
        hint="Call list_documents for the titles and ids.",
        reason="resource_not_found",
        params={"resource": "document"},
    )
