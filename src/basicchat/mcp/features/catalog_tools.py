"""Catalog tools (calculator, time, third parties, sources) as MCP tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from msgspec import UNSET

from basicchat.api.methods.catalog import ToolOutput
from basicchat.domain.chat import ToolSpec
from basicchat.domain.ports import Tool
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.results import Text, ToolResult
from basicchat.mcp.features.tool_types import Arguments, TaskSupport, ToolReply

METHOD = "tool_execution"
TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}


@dataclass(frozen=True)
class CatalogTool:
    """A catalog tool; `tool_execution` checks its arguments, as for every other client."""

    spec: ToolSpec
    method: str = METHOD
    tasks: TaskSupport = "never"
    fast_path: bool = True

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.spec.name

    def described(self) -> types.Tool:
        """The tool's entry in `tools/list`."""
        annotations = self.spec.annotations
        return types.Tool(
            name=self.spec.name,
            title=self.spec.title,
            description=self.spec.description,
            input_schema=self.spec.parameters,
            output_schema=self.spec.returns or TEXT,
            annotations=types.ToolAnnotations(
                title=self.spec.title,
                read_only_hint=annotations.read_only,
                destructive_hint=annotations.destructive,
                idempotent_hint=annotations.idempotent,
                open_world_hint=annotations.open_world,
            ),
        )

    async def call(self, context: RequestContext, arguments: Arguments) -> ToolReply:
        """Run the tool."""
        output: ToolOutput = await context.call(
            self.method, name=self.spec.name, arguments=dict(arguments)
        )
        structured = output.structured
        if self.spec.returns is None:
            structured = {"text": output.content}
        return ToolResult(
            content=[Text(output.content)],
            structured_content=UNSET if output.is_error or structured is None else dict(structured),
            is_error=output.is_error,
        )


def catalog_tools(tools: Mapping[str, Tool]) -> dict[str, CatalogTool]:
    """Catalog tools as MCP tools, by name."""
    return {name: CatalogTool(tool.spec) for name, tool in tools.items()}
