"""A question, with the passages that may answer it."""

from collections.abc import Sequence

import mcp_types as types

from basicchat.api.methods.documents import Hits
from basicchat.mcp import links
from basicchat.mcp.prompt_offers import PromptArgument, PromptOffer, Values, said
from basicchat.mcp.visits import Visit

PASSAGES = 8


async def _make(visit: Visit, values: Values) -> Sequence[types.PromptMessage]:
    question = values["question"]
    found: Hits = await visit.call("documents.search", query=question[:10_000], k=PASSAGES)
    passages = "\n\n".join(
        f"[{n}] {hit.title}"
        + (f", page {hit.page}" if hit.page else "")
        + f" ({links.document_uri(hit.document_id, hit.page)})\n{hit.text}"
        for n, hit in enumerate(found.hits, 1)
    )
    return [
        said(
            "Answer my question from my own documents. Cite each statement with the number of its "
            "passage, such as [1]. If the passages do not answer it, search for others with the "
            "tool search_documents, and say so if the documents do not contain the answer.\n\n"
            f"Question: {question}\n\nPassages:\n\n{passages or '(none were found)'}"
        )
    ]


PROMPT = PromptOffer(
    name="ask-my-documents",
    title="Ask my documents",
    description="Answer a question from the user's documents, with citations.",
    arguments=(PromptArgument(name="question", description="What you want to know."),),
    make=_make,
)
