"""Two documents, to be compared."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.mcp import links
from basicchat.mcp.prompt_offers import PromptArgument, PromptOffer, Values, said, shown
from basicchat.mcp.prompts.summarise_document import titles
from basicchat.mcp.suggestions import document_named
from basicchat.mcp.texts import whole_text
from basicchat.mcp.visits import Visit

MAX_TEXT = 100_000


async def _make(visit: Visit, values: Values) -> Sequence[types.PromptMessage]:
    messages: list[types.PromptMessage] = []
    names: list[str] = []
    for argument in ("first", "second"):
        document = await document_named(visit, values[argument])
        text = await whole_text(visit, document.document_id, most=MAX_TEXT)
        messages.append(shown(links.document_uri(document.document_id), text))
        names.append(document.title)
    aspect = values.get("aspect", "").strip()
    about = f" with regard to {aspect}" if aspect else ""
    request = said(
        f"Compare these two documents, “{names[0]}” and “{names[1]}”{about}: what they agree on, "
        "where they differ, and what only one of them says. Make a table of the differences, and "
        "quote the places."
    )
    return [*messages, request]


PROMPT = PromptOffer(
    name="compare-documents",
    title="Compare two documents",
    description="Compare two of the user's documents.",
    arguments=(
        PromptArgument(name="first", description="A document's title or id.", complete=titles),
        PromptArgument(name="second", description="The other's title or id.", complete=titles),
        PromptArgument(
            name="aspect", description="What to compare them by; all if left out.", required=False
        ),
    ),
    make=_make,
)
