"""Adding a document."""

from typing import Annotated

from msgspec import Meta

from basicchat.api.document_service import Arrival, plain_name
from basicchat.domain.errors import InvalidInput
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_link
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The document: its text, or the bytes of its file."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=200, description="The file's name, for example notes.md."),
    ]
    text: Annotated[str, Meta(description="The document's text.")] | None = None
    data_base64: (
        Annotated[str, Meta(description="The file's bytes in base64, instead of text.")] | None
    ) = None
    collection_id: (
        Annotated[
            Id,
            Meta(
                description="Add it to this collection, by its id from list_collections; otherwise "
                "to the user's own documents."
            ),
        ]
        | None
    ) = None
    media_type: (
        Annotated[str, Meta(max_length=200, description="For example application/pdf.")] | None
    ) = None


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Add a document; it can be searched once it is indexed."""
    if (arguments.text is None) == (arguments.data_base64 is None):
        raise InvalidInput(
            "text: give either text or data_base64", field="text", reason="text_or_data"
        )
    name = plain_name(arguments.name)
    arrival: Arrival = await context.call(
        "documents.add",
        name=name,
        text=arguments.text,
        data=arguments.data_base64,
        media_type=arguments.media_type,
        collection_id=arguments.collection_id,
    )
    state = "was in the library already" if arrival.duplicate else "is being indexed"
    link = document_link(arrival.document_id, name)
    return structured_result(arrival, f"{name} {state}: {arrival.document_id}", link)


TOOL = ToolDefinition(
    name="add_document",
    title="Add a document",
    description="Add a document to the user's library, as text or as a file's bytes (PDF, Word, "
    "HTML, Markdown, CSV and others). It can be searched once list_documents says that it is "
    "ready.",
    method="documents.add",
    arguments=Arguments,
    result=Arrival,
    run=run,
    adds=True,
    fast_path=True,
)
