"""The prompt `ask-my-documents`: a question with passages that may answer it."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.api.methods.documents import Hits
from basicchat.mcp.features.prompt_types import (
    PromptArgument,
    PromptDefinition,
    Values,
    user_message,
)
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_links import document_uri

PASSAGES = 8


async def _make(context: RequestContext, values: Values) -> Sequence[types.PromptMessage]:
    question = values["question"]
    found: Hits = await context.call("documents.search", query=question[:10_000], k=PASSAGES)
    passages = "\n\n".join(
        f"[{n}] {hit.title}"
        + (f", page {hit.page}" if hit.page else "")
        + f" ({document_uri(hit.document_id, hit.page)})\n{hit.text}"
        for n, hit in enumerate(found.hits, 1)
    )
    return [
        user_message(
            "Answer my question from my own documents. Cite each statement with the number of its "
            "passage, such as [1]. If the passages do not answer it, search for others with the "
            "tool search_documents, and say so if the documents do not contain the answer.\n\n"
            f"Question: {question}\n\nPassages:\n\n{passages or '(none were found)'}"
        )
    ]


PROMPT = PromptDefinition(
    name="ask-my-documents",
    title="Ask my documents",
    description="Answer a question from the user's documents, with citations.",
    arguments=(PromptArgument(name="question", description="What you want to know."),),
    make=_make,
)
