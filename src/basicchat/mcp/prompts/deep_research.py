"""The prompt `deep-research`: a topic to research in several steps."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.api.methods.documents import DocumentsListed
from basicchat.mcp.features.prompt_types import (
    PromptArgument,
    PromptDefinition,
    Values,
    user_message,
)
from basicchat.mcp.features.request_context import RequestContext

SHOWN = 50


async def _make(context: RequestContext, values: Values) -> Sequence[types.PromptMessage]:
    found: DocumentsListed = await context.call("documents.list", limit=SHOWN)
    titles = "\n".join(f"- {document.title}" for document in found.documents)
    more = "\n- and others" if found.next else ""
    return [
        user_message(
            f"Research this in my documents, thoroughly: {values['topic']}\n\n"
            "1. Split the topic into questions.\n"
            "2. For each question, search with search_documents in several wordings, and read the "
            "surrounding text with read_document.\n"
            "3. Note what the documents say, where they contradict each other, and what they do "
            "not say.\n"
            "4. Write a report with headings; cite the document and page for every statement.\n\n"
            f"The documents:\n{titles or '(none yet)'}{more}"
        )
    ]


PROMPT = PromptDefinition(
    name="deep-research",
    title="Deep research",
    description="Research a topic in the user's documents in several steps, and write a report.",
    arguments=(PromptArgument(name="topic", description="What to research."),),
    make=_make,
)
