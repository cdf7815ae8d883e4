"""Reading a document, or some of its pages."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.library_types import PageNumber
from basicchat.protocol.types import Id, Offset, Params


class Arguments(Params, frozen=True, kw_only=True):
    """What to read."""

    document_id: Annotated[Id, Meta(description="The document's id, as list_documents gives it.")]
    first_page: (
        Annotated[PageNumber, Meta(description="Read from this page on, counted from 1.")] | None
    ) = None
    last_page: (
        Annotated[PageNumber, Meta(description="Read up to this page, itself too.")] | None
    ) = None
    start: Annotated[
        Offset,
        Meta(description="Begin so many characters behind the beginning of what is to be read."),
    ] = 0


class TextRead(Value, frozen=True, kw_only=True):
    """A text; `next_start` is the `start` to go on with, null at the end."""

    document_id: str
    title: str
    pages: int | None
    text: str
    next_start: int | None


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
    behind = arguments.start + len(text)
    more: DocumentView = await context.call(
        "documents.get",
        document_id=arguments.document_id,
        start=behind,
        end=behind + 1,
        first_page=first,
        last_page=last,
    )
    read = TextRead(
        document_id=found.document_id,
        title=found.title,
        pages=found.pages,
        text=text,
        next_start=behind if more.text and text else None,
    )
    page = first if first is not None and last in (None, first) else None
    shown = text or f"There is no text here; the document is {found.status}."
    if read.next_start is not None:
        shown += f"\n\n[Goes on: read again with start={read.next_start}.]"
    return structured_result(
        read, shown, document_link(found.document_id, found.title, found, page=page)
    )


TOOL = ToolDefinition(
    name="read_document",
    title="Read a document",
    description="Read a document's text, or that of some of its pages. Long texts come in parts "
    "of 20,000 characters: go on with next_start.",
    method="documents.get",
    arguments=Arguments,
    result=TextRead,
    run=run,
    fast_path=True,
)
