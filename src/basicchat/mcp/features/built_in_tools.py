"""The server's own tools (calculator, time, and those of third parties) as tools of MCP."""

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

TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}


@dataclass(frozen=True)
class BuiltInTool:
    """One of them; their arguments are checked where every other caller's are."""

    spec: ToolSpec
    method: str = "tool_execution"
    tasks: TaskSupport = "never"
    fast_path: bool = True

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.spec.name

    def described(self) -> types.Tool:
        """The tool as `tools/list` shows it."""
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
        """Run it."""
        done: ToolOutput = await context.call(
            self.method, name=self.spec.name, arguments=dict(arguments)
        )
        structured = done.structured
        if self.spec.returns is None:
            structured = {"text": done.content}
        return ToolResult(
            content=[Text(done.content)],
            structured_content=UNSET if done.is_error or structured is None else dict(structured),
            is_error=done.is_error,
        )


def built_in_tools(tools: Mapping[str, Tool]) -> list[BuiltInTool]:
    """Each of the server's own tools."""
    return [BuiltInTool(tools[name].spec) for name in sorted(tools)]
