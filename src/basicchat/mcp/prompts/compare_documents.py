"""The prompt `compare-documents`: two documents with the request to compare them."""

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
from basicchat.mcp.features.suggestions import document_named
from basicchat.mcp.features.text_rendering import document_text
from basicchat.mcp.prompts.summarise_document import titles

MAX_TEXT = 100_000


async def _make(context: RequestContext, values: Values) -> Sequence[types.PromptMessage]:
    messages: list[types.PromptMessage] = []
    names: list[str] = []
    for argument in ("first", "second"):
        document = await document_named(context, values[argument])
        text = await document_text(context, document.document_id, limit=MAX_TEXT)
        messages.append(embedded_message(document_uri(document.document_id), text))
        names.append(document.title)
    aspect = values.get("aspect", "").strip()
    about = f" with regard to {aspect}" if aspect else ""
    request = user_message(
        f"Compare these two documents, “{names[0]}” and “{names[1]}”{about}: what they agree on, "
        "where they differ, and what only one of them says. Make a table of the differences, and "
        "quote the passages."
    )
    return [*messages, request]


PROMPT = PromptDefinition(
    name="compare-documents",
    title="Compare two documents",
    description="Compare two of the user's documents.",
    arguments=(
        PromptArgument(name="first", description="A document's title or id.", complete=titles),
        PromptArgument(
            name="second", description="The other document's title or id.", complete=titles
        ),
        PromptArgument(
            name="aspect",
            description="What to compare them by; everything if omitted.",
            required=False,
        ),
    ),
    make=_make,
)
