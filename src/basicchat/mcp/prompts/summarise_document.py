"""A document, to be summarised."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.mcp import links
from basicchat.mcp.prompt_offers import PromptArgument, PromptOffer, Values, said, shown
from basicchat.mcp.suggestions import document_named, documents_like
from basicchat.mcp.texts import whole_text
from basicchat.mcp.visits import Visit

MAX_TEXT = 200_000
LENGTHS = {
    "short": "three sentences",
    "medium": "one paragraph for each main point, at most five",
    "long": "a page, with headings",
}


async def titles(visit: Visit, typed: str) -> Sequence[str]:
    """Titles of documents that hold what was typed."""
    return [document.title for document in await documents_like(visit, typed)]


async def _lengths(visit: Visit, typed: str) -> Sequence[str]:
    return [each for each in LENGTHS if each.startswith(typed)]


async def _make(visit: Visit, values: Values) -> Sequence[types.PromptMessage]:
    document = await document_named(visit, values["document"])
    text = await whole_text(visit, document.document_id, most=MAX_TEXT)
    length = LENGTHS.get(values.get("length", ""), LENGTHS["medium"])
    return [
        shown(links.document_uri(document.document_id), text),
        said(
            f"Summarise this document, “{document.title}”, in {length}. Keep to what it says, and "
            "name numbers, dates and names as they stand there."
        ),
    ]


PROMPT = PromptOffer(
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
