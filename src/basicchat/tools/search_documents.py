"""Search tool over the user's own documents."""

from typing import Any

import msgspec

from basicchat.domain.chat import LOCAL_READ, ToolResult, ToolSpec
from basicchat.domain.errors import BasicChatError
from basicchat.domain.plugins import ToolPlugin, ToolServices
from basicchat.domain.ports import Retriever, Tool, ToolContext
from basicchat.domain.values import Hit, Scope

MAX_K = 20
_DEFAULT_K = 5

SPEC = ToolSpec(
    name="search_documents",
    title="Search documents",
    description="Search the user's documents and return the best matching passages, with the "
    "title and page of each.",
    parameters={
        "type": "object",
        "properties": {
            "query": {"type": "string", "description": "what to look for", "maxLength": 2000},
            "k": {
                "type": "integer",
                "description": "how many passages",
                "minimum": 1,
                "maximum": MAX_K,
                "default": _DEFAULT_K,
            },
            "document_ids": {
                "type": "array",
                "description": "search only these documents",
                "items": {"type": "string"},
                "maxItems": 1000,
            },
        },
        "required": ["query"],
        "additionalProperties": False,
    },
    annotations=LOCAL_READ,
)


class SearchDocuments:
    """Searches only the documents that the actor may see."""

    spec = SPEC

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Find the passages that match `arguments["query"]`."""
        only = arguments.get("document_ids")
        scope = Scope(
            user_id=context.actor.user.id,
            document_ids=None if only is None else tuple(map(str, only)),
        )
        k = max(1, min(int(arguments.get("k", _DEFAULT_K)), MAX_K))
        try:
            hits = await self._retriever.search(scope, str(arguments.get("query", "")), k)
        except BasicChatError as error:
            return ToolResult(content=f"{error.message} {error.hint or ''}".strip(), is_error=True)
        return ToolResult(
            content="\n\n".join(_format(n, hit) for n, hit in enumerate(hits, 1))
            or "No passage in the documents matches.",
            structured={"hits": [msgspec.to_builtins(hit) for hit in hits]},
        )


def _format(n: int, hit: Hit) -> str:
    page = "" if hit.page is None else f", page {hit.page}"
    return f"[{n}] {hit.title}{page}\n{hit.text}"


def _create(services: ToolServices) -> Tool:
    return SearchDocuments(services.retriever)


PLUGIN = ToolPlugin(name=SPEC.name, create=_create)
