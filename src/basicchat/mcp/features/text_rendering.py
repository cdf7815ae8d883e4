"""Texts of documents and conversations, as clients read them."""

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.values import Message
from basicchat.mcp.features.request_context import RequestContext

# A resource has no parts to be fetched one by one; what is longer is cut, and says so.
MAX_CHARACTERS = 1_000_000


async def document_text(
    context: RequestContext,
    document_id: str,
    first_page: int | None = None,
    last_page: int | None = None,
    most: int = MAX_CHARACTERS,
) -> str:
    """A document's text, or that of some of its pages, cut after so many characters.

    Raises:
        NotFound: no such document or page, for this actor.
    """
    pieces: list[str] = []
    length = 0
    while length < most:
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
    if len(text) <= most and not (length >= most and part.text):
        return text
    return text[:most] + f"\n\n[Cut after {most:,} characters.]"


def message_text(message: Message) -> str:
    """One message, for a person or a model to read."""
    if message.deleted_at is not None:
        return f"{message.author.name}: (deleted)"
    return f"{message.author.name} ({message.created_at:%Y-%m-%d %H:%M}): {message.text}"
