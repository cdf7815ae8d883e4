"""Deleting a document, once the user has said so."""

from typing import Annotated

import mcp_types as types
from msgspec import Meta

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params

QUESTION = "delete"


class Arguments(Params, frozen=True, kw_only=True):
    """Which document."""

    document_id: Annotated[Id, Meta(description="The document's id, as list_documents gives it.")]
    confirmed: Annotated[
        bool,
        Meta(
            description="The user has confirmed the deletion. Needed only where the client cannot "
            "ask them."
        ),
    ] = False


class Deletion(Value, frozen=True, kw_only=True):
    """What became of it."""

    document_id: str
    title: str
    deleted: bool


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Ask the user, then delete it with every trace."""
    document: DocumentView = await context.call("documents.get", document_id=arguments.document_id)
    agreed = await _agreed(context, document.title, arguments)
    if agreed:
        await context.call("documents.delete", document_id=document.document_id)
    done = Deletion(document_id=document.document_id, title=document.title, deleted=agreed)
    return structured_result(done, f"{document.title} was {'deleted' if agreed else 'kept'}.")


async def _agreed(context: RequestContext, title: str, arguments: Arguments) -> bool:
    if not context.client.supports("elicitation/create"):
        return arguments.confirmed
    request = types.ElicitRequest(
        params=types.ElicitRequestFormParams(
            message=f"Delete “{title}”, its text and all that is indexed of it? "
            "This cannot be undone.",
            requested_schema={
                "type": "object",
                "properties": {
                    "delete": {"type": "boolean", "title": "Delete it", "default": False}
                },
                "required": ["delete"],
            },
        )
    )
    answer = (await context.ask({QUESTION: request}))[QUESTION]
    if not isinstance(answer, types.ElicitResult) or answer.action != "accept":
        return False
    return (answer.content or {}).get("delete") is True


TOOL = ToolDefinition(
    name="delete_document",
    title="Delete a document",
    description="Delete a document of the user's, for good. The user is asked first; where the "
    "client cannot ask, ask them yourself and set confirmed.",
    method="documents.delete",
    arguments=Arguments,
    result=Deletion,
    run=run,
    destructive=True,
)
