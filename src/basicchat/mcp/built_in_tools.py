"""The server's own tools (calculator, time, and those of third parties) as tools of MCP."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as types
from msgspec import UNSET

from basicchat.api.methods.catalog import ToolOutput
from basicchat.domain.chat import ToolSpec
from basicchat.domain.ports import Tool
from basicchat.mcp.offers import Arguments, TaskSupport, ToolReply
from basicchat.mcp.results import Text, ToolResult
from basicchat.mcp.visits import Visit

TEXT: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}


@dataclass(frozen=True)
class BuiltIn:
    """One of them; their arguments are checked where every other caller's are."""

    spec: ToolSpec
    method: str = "tool_execution"
    tasks: TaskSupport = "never"
    plain: bool = True

    @property
    def name(self) -> str:
        """What it is called by."""
        return self.spec.name

    def described(self) -> types.Tool:
        """The tool as it is listed."""
        return types.Tool(
            name=self.spec.name,
            title=self.spec.title,
            description=self.spec.description,
            input_schema=self.spec.parameters,
            output_schema=self.spec.returns or TEXT,
            annotations=types.ToolAnnotations(
                title=self.spec.title,
                read_only_hint=True,
                destructive_hint=False,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )

    async def call(self, visit: Visit, arguments: Arguments) -> ToolReply:
        """Run it."""
        done: ToolOutput = await visit.call(
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


def built_in_tools(tools: Mapping[str, Tool]) -> list[BuiltIn]:
    """Each of the server's own tools."""
    return [BuiltIn(tools[name].spec) for name in sorted(tools)]
