"""Translates tools and results of MCP servers into our own."""

import re
from typing import Any

import mcp_types as types

from basicchat.domain.chat import ToolAnnotations, ToolResult, ToolSpec
from basicchat.tool_servers.server import ALL, ToolServer

MAX_RESULT = 50_000
"""The longest result in characters; what follows is cut off."""
MAX_DESCRIPTION = 4000
_SEPARATOR = "__"
_OTHER = re.compile(r"[^A-Za-z0-9_-]")


def offered_tools(server: ToolServer, tools: list[types.Tool]) -> dict[str, ToolSpec]:
    """The tools that the administrator allows, by the server's names for them."""
    return {tool.name: _spec(server, tool) for tool in tools if _is_allowed(server, tool)}


def _is_trusted(server: ToolServer, tool: types.Tool) -> bool:
    return ALL in server.trusted_tools or tool.name in server.trusted_tools


def _is_allowed(server: ToolServer, tool: types.Tool) -> bool:
    if ALL in server.tools or tool.name in server.tools or _is_trusted(server, tool):
        return True
    hints = tool.annotations
    return bool(server.trust_annotations and hints is not None and hints.read_only_hint)


def _spec(server: ToolServer, tool: types.Tool) -> ToolSpec:
    hints = tool.annotations
    title = tool.title or (hints.title if hints else None) or tool.name
    return ToolSpec(
        name=f"{server.name}{_SEPARATOR}{_OTHER.sub('_', tool.name)}",
        title=title[:200],
        description=(tool.description or title)[:MAX_DESCRIPTION],
        parameters=tool.input_schema,
        annotations=_annotations(hints if server.trust_annotations else None),
        server=server.name,
        trusted=_is_trusted(server, tool),
    )


def _annotations(hints: types.ToolAnnotations | None) -> ToolAnnotations:
    if hints is None:
        return ToolAnnotations()
    promised = ToolAnnotations()
    return ToolAnnotations(
        read_only=_or(hints.read_only_hint, promised.read_only),
        destructive=_or(hints.destructive_hint, promised.destructive),
        idempotent=_or(hints.idempotent_hint, promised.idempotent),
        open_world=_or(hints.open_world_hint, promised.open_world),
    )


def _or(stated: bool | None, default: bool) -> bool:
    return default if stated is None else stated


def tool_result(result: types.CallToolResult) -> ToolResult:
    """A result as text; what a model cannot read is named."""
    text = "\n".join(_text(block) for block in result.content)
    if len(text) > MAX_RESULT:
        text = f"{text[:MAX_RESULT]}\n[{len(text) - MAX_RESULT} characters are left out]"
    structured = result.structured_content
    return ToolResult(
        content=text,
        structured=structured if isinstance(structured, dict) and _is_small(structured) else None,
        is_error=bool(result.is_error),
    )


def _is_small(structured: dict[str, Any]) -> bool:
    return len(repr(structured)) <= MAX_RESULT


def _text(block: types.ContentBlock) -> str:
    if isinstance(block, types.TextContent):
        return block.text
    if isinstance(block, types.ResourceLink):
        return f"{block.title or block.name}: {block.uri}"
    if isinstance(block, types.EmbeddedResource):
        inner = block.resource
        return inner.text if isinstance(inner, types.TextResourceContents) else f"[{inner.uri}]"
    return f"[{block.type}: {block.mime_type}]"
