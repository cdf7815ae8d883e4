"""URIs of resources, and links to them in results."""

import mcp_types as types

from basicchat.domain.values import Document

SCHEME = "basicchat"
PLAIN_TEXT = "text/plain"


def document_uri(document_id: str, page: int | None = None) -> str:
    """The URI of a document's text, or of one page of it."""
    whole = f"{SCHEME}://document/{document_id}"
    return whole if page is None else f"{whole}/page/{page}"


def conversation_uri(room_id: str) -> str:
    """The URI of a conversation."""
    return f"{SCHEME}://conversation/{room_id}"


def collection_uri(collection_id: str) -> str:
    """The URI of a collection."""
    return f"{SCHEME}://collection/{collection_id}"


def document_link(
    document_id: str, title: str, known: Document | None = None, *, page: int | None = None
) -> types.ResourceLink:
    """A link to a document, or to a page of it.

    Args:
        known: the document, if available, for the link's description.
    """
    return types.ResourceLink(
        type="resource_link",
        uri=document_uri(document_id, page),
        name=title if page is None else f"{title}, page {page}",
        title=title,
        mime_type=PLAIN_TEXT,
        description=f"{known.media_type}, {known.bytes:,} bytes" if known else None,
    )


def conversation_link(room_id: str, name: str = "Conversation") -> types.ResourceLink:
    """A link to a conversation."""
    uri = conversation_uri(room_id)
    return types.ResourceLink(
        type="resource_link", uri=uri, name=name, title=name, mime_type="text/markdown"
    )
