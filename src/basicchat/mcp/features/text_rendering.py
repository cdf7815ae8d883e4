"""Renders documents and messages as text for clients."""

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.rooms import Message
from basicchat.domain.values import Document
from basicchat.mcp.features.request_context import RequestContext

# A resource is read at once, so a longer text is cut, with a note at its end.
MAX_CHARACTERS = 1_000_000


def status_note(document: Document) -> str:
    """What to read instead of the text of a document that has none yet, or at all."""
    if document.status == "ready":
        return "[This document contains no text.]"
    if document.status == "failed":
        return f"[This document could not be read: {document.error or 'the reason is unknown'}.]"
    return "[This document is still being indexed: its text is not complete yet. Try again later.]"


def notes_text(document: Document) -> str:
    """What could not be read or found in a document, for the end of its text; empty if nothing."""
    return "".join(f"\n\n[Note: {note.text}]" for note in document.notes)


async def document_text(
    context: RequestContext,
    document_id: str,
    first_page: int | None = None,
    last_page: int | None = None,
    limit: int = MAX_CHARACTERS,
) -> str:
    """The text of a document or of some of its pages, cut after `most` characters.

    Raises:
        NotFound: the user has no such document or page.
    """
    pieces: list[str] = []
    length = 0
    while length < limit:
        part: DocumentView = await context.call(
            "documents.get",
            document_id=document_id,
            start=length,
            first_page=first_page,
            last_page=last_page,
        )
        if not part.text:
            break
        pieces.append(part.text)
        length += len(part.text)
    text = "".join(pieces)
    if len(text) <= limit and not (length >= limit and part.text):
        return text
    return text[:limit] + f"\n\n[Cut after {limit:,} characters.]"


def message_text(message: Message) -> str:
    """A message, for a person or a model to read."""
    if message.deleted_at is not None:
        return f"{message.author.name}: (deleted)"
    return f"{message.author.name} ({message.created_at:%Y-%m-%d %H:%M}): {message.text}"
