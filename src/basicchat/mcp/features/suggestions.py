"""Values that begin as somebody types: documents and conversations."""

from basicchat.api.methods.documents import DocumentsListed
from basicchat.api.methods.rooms import RoomsListed
from basicchat.domain.errors import NotFound
from basicchat.domain.values import Document, Room
from basicchat.mcp.features.request_context import RequestContext

# As many as one answer may hold.
MAX_VALUES = 100
PAGES, PAGE = 5, 200


async def documents_like(context: RequestContext, typed: str) -> list[Document]:
    """The user's documents whose title or id holds what was typed, newest first."""
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
    """The user's conversations whose name or id holds what was typed, latest first."""
    listed: RoomsListed = await context.call("rooms.list")
    return [room for room in listed.rooms if _fits(typed, room.name, room.room_id)]


def _fits(typed: str, title: str, identity: str) -> bool:
    wanted = typed.strip().casefold()
    return wanted in title.casefold() or identity.startswith(typed.strip())


async def document_named(context: RequestContext, name: str) -> Document:
    """The document of an id or a title.

    Raises:
        NotFound: there is none, for this actor.
    """
    for document in await documents_like(context, name):
        if name.strip() in (document.document_id, document.title):
            return document
    raise NotFound(f"There is no document {name[:100]!r}", hint="list_documents names them.")
