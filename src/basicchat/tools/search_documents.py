"""Search tool over the documents that the user may see."""

from typing import Any

import msgspec
from msgspec.structs import replace

from basicchat.domain.chat import LOCAL_READ, ToolResult, ToolSpec
from basicchat.domain.errors import BasicChatError
from basicchat.domain.passages import Hit
from basicchat.domain.plugins import ToolPlugin, ToolServices
from basicchat.domain.ports import Tool, ToolContext
from basicchat.domain.search import Retriever
from basicchat.domain.values import Scope

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
        scope = _narrowed(await context.scope(), arguments.get("document_ids"))
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


def _narrowed(scope: Scope, document_ids: list[str] | None) -> Scope:
    """A scope with only these of its documents."""
    if document_ids is None:
        return scope
    within = scope.document_ids
    only = [each for each in map(str, document_ids) if within is None or each in within]
    return replace(scope, document_ids=tuple(only))


def _format(n: int, hit: Hit) -> str:
    page = "" if hit.page is None else f", page {hit.page}"
    return f"[{n}] {hit.title}{page}\n{hit.text}"


def _create(services: ToolServices) -> Tool:
    return SearchDocuments(services.retriever)


PLUGIN = ToolPlugin(name=SPEC.name, create=_create)
