"""The prompt `summarise-document`: a document with the request to summarise it."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.mcp.features.prompt_types import (
    PromptArgument,
    PromptDefinition,
    Values,
    embedded_message,
    user_message,
)
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_uri
from basicchat.mcp.features.suggestions import document_named, documents_like
from basicchat.mcp.features.text_rendering import document_text

MAX_TEXT = 200_000
LENGTHS = {
    "short": "three sentences",
    "medium": "one paragraph for each main point, at most five",
    "long": "a page, with headings",
}


async def titles(context: RequestContext, typed: str) -> Sequence[str]:
    """The titles of the documents that match a text."""
    return [document.title for document in await documents_like(context, typed)]


async def _lengths(context: RequestContext, typed: str) -> Sequence[str]:
    return [each for each in LENGTHS if each.startswith(typed)]


async def _make(context: RequestContext, values: Values) -> Sequence[types.PromptMessage]:
    document = await document_named(context, values["document"])
    text = await document_text(context, document.document_id, limit=MAX_TEXT)
    length = LENGTHS.get(values.get("length", ""), LENGTHS["medium"])
    return [
        embedded_message(document_uri(document.document_id), text),
        user_message(
            f"Summarise this document, “{document.title}”, in {length}. Keep to what it says, and "
            "quote numbers, dates and names exactly."
        ),
    ]


PROMPT = PromptDefinition(
    name="summarise-document",
    title="Summarise a document",
    description="Summarise one of the user's documents.",
    arguments=(
        PromptArgument(name="document", description="The document's title or id.", complete=titles),
        PromptArgument(
            name="length",
            description="short, medium or long.",
            required=False,
            complete=_lengths,
        ),
    ),
    make=_make,
)
