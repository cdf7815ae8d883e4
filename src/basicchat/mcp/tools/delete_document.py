"""Deleting a document after the user has confirmed it."""

from typing import Annotated

import mcp_types as types
from msgspec import Meta

from basicchat.api.methods.documents import DocumentView
from basicchat.domain.errors import Conflict
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.source_links import source_url
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Id, Params

QUESTION = "delete"


class Arguments(Params, frozen=True, kw_only=True):
    """The document."""

    document_id: Annotated[Id, Meta(description="The document's id, as list_documents gives it.")]
    confirmed: Annotated[
        bool,
        Meta(
            description="The user has confirmed the deletion. Needed only where the client cannot "
            "ask them."
        ),
    ] = False


class Deletion(Value, frozen=True, kw_only=True):
    """Whether the document was deleted."""

    document_id: str
    title: str
    deleted: bool


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Ask the user, then delete the document with everything derived from it."""
    document: DocumentView = await context.call("documents.get", document_id=arguments.document_id)
    agreed = await _agreed(context, document, arguments)
    if agreed:
        await context.call("documents.delete", document_id=document.document_id)
    done = Deletion(document_id=document.document_id, title=document.title, deleted=agreed)
    return structured_result(done, f"{document.title} was {'deleted' if agreed else 'kept'}.")


async def _agreed(context: RequestContext, document: DocumentView, arguments: Arguments) -> bool:
    """Whether the user agrees to the deletion.

    Raises:
        Conflict: the client cannot ask, and nothing tells whether they do.
    """
    title = document.title
    if not context.client.supports("elicitation/create"):
        if arguments.confirmed or await _is_allowed(context):
            return True
        raise Conflict(
            f"“{title}” was not deleted: the user has not confirmed it, and this client cannot ask "
            "them",
            hint="Ask the user. If they agree, call delete_document again with confirmed set to "
            f"true, or let them delete it here: {source_url(context, document.document_id)}",
            reason="confirmation_needed",
            params={"title": title},
        )
    request = types.ElicitRequest(
        params=types.ElicitRequestFormParams(
            message=f"Delete “{title}” with its text and its search index? This cannot be undone.",
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


async def _is_allowed(context: RequestContext) -> bool:
    """Whether the user allowed this app to delete documents when they connected it."""
    actor = context.actor
    if actor.client_id is None or actor.key_id is None:
        return False
    grant = await context.services.store.grant(actor.key_id)
    return grant is not None and grant.may_delete


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
