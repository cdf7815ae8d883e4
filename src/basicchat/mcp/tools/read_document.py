"""Reading a document or some of its pages."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.values import DocumentNote, Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link
from basicchat.mcp.features.text_rendering import notes_text, status_note
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.library_types import PageNumber
from basicchat.protocol.types import Id, Offset, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The document, and the part to read."""

    document_id: Annotated[Id, Meta(description="The document's id, as list_documents gives it.")]
    first_page: (
        Annotated[PageNumber, Meta(description="The first page to read, counted from 1.")] | None
    ) = None
    last_page: Annotated[PageNumber, Meta(description="The last page to read.")] | None = None
    start: Annotated[
        Offset,
        Meta(description="How many characters to skip; `next_start` of the previous call."),
    ] = 0


class TextRead(Value, frozen=True, kw_only=True):
    """A text; `next_start` is the `start` of the next part, null at the end."""

    document_id: str
    title: str
    pages: int | None
    text: str
    next_start: int | None
    notes: tuple[DocumentNote, ...] = ()


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Up to 20,000 characters of text."""
    first, last = arguments.first_page, arguments.last_page
    found: DocumentView = await context.call(
        "documents.get",
        document_id=arguments.document_id,
        start=arguments.start,
        first_page=first,
        last_page=last,
    )
    text = found.text or ""
    end = arguments.start + len(text)
    more: DocumentView = await context.call(
        "documents.get",
        document_id=arguments.document_id,
        start=end,
        end=end + 1,
        first_page=first,
        last_page=last,
    )
    read = TextRead(
        document_id=found.document_id,
        title=found.title,
        pages=found.pages,
        text=text,
        next_start=end if more.text and text else None,
        notes=found.notes,
    )
    page = first if first is not None and last in (None, first) else None
    shown = text or status_note(found)
    if arguments.start == 0:
        shown += notes_text(found)
    if read.next_start is not None:
        shown += f"\n\n[To continue, read again with start={read.next_start}.]"
    return structured_result(
        read, shown, document_link(found.document_id, found.title, found, page=page)
    )


TOOL = ToolDefinition(
    name="read_document",
    title="Read a document",
    description="Read a document's text, or that of some of its pages. Long texts are returned in "
    "parts of 20,000 characters; pass next_start as start for the next part.",
    method="documents.get",
    arguments=Arguments,
    result=TextRead,
    run=run,
    fast_path=True,
)
