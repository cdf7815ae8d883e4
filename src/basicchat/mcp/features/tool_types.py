"""What is offered to MCP clients, and the schemas of it. One tool, one file in `mcp/tools`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import mcp_types as types
import msgspec

from basicchat.api.router import decode_as
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext, encoded
from basicchat.mcp.features.results import Text, ToolResult, dumped
from basicchat.protocol.types import Params

# A task begun instead, as the tasks extension has it.
TaskReply = dict[str, Any]
ToolReply = ToolResult | types.CallToolResult | types.InputRequiredResult | TaskReply
Arguments = Mapping[str, Any]
# The extension that runs tool calls as tasks (SEP-2663).
TASKS_EXTENSION = "io.modelcontextprotocol/tasks"
# Whether a tool is called in the background for clients that know tasks, or for no others.
TaskSupport = Literal["never", "may", "must"]


class McpTool(Protocol):
    """A tool, however it came to be."""

    @property
    def name(self) -> str:
        """What it is called by."""
        ...

    @property
    def method(self) -> str:
        """The method of the table that it stands on."""
        ...

    @property
    def tasks(self) -> TaskSupport:
        """Whether its calls become tasks."""
        ...

    @property
    def fast_path(self) -> bool:
        """Whether its calls ask the client nothing, and come to a `ToolResult` at once."""
        ...

    def described(self) -> types.Tool:
        """The tool as it is listed."""
        ...

    async def call(self, context: RequestContext, arguments: Arguments) -> ToolReply:
        """Check the arguments, and do it."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToolDefinition:
    """A tool.

    Args:
        method: the method of the table that it stands on; who may not call that is not shown it.
        arguments: the type of its arguments, which gives the input schema.
        result: the type of its structured content, which gives the output schema.
        run: does it; what it raises is told as a result with `isError`.
        adds: it changes something, but takes nothing away.
        destructive: it may take something away.
        open_world: it reaches beyond this server.
        tasks: whether its calls become tasks for clients that know them.
        fast_path: it sends the client no requests, returns a `ToolResult` and is never a task, so
            that its calls can skip the SDK's models (`wire/fast_tool_calls.py`).
    """

    name: str
    title: str
    description: str
    method: str
    arguments: type[Params]
    result: type[Value]
    run: Callable[[RequestContext, Any], Awaitable[ToolReply]]
    adds: bool = False
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = False
    tasks: TaskSupport = "never"
    fast_path: bool = False

    def described(self) -> types.Tool:
        """The tool as it is listed."""
        changes = self.adds or self.destructive
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=object_schema(self.arguments),
            output_schema=object_schema(self.result),
            annotations=types.ToolAnnotations(
                title=self.title,
                read_only_hint=not changes,
                destructive_hint=self.destructive,
                idempotent_hint=self.idempotent,
                open_world_hint=self.open_world,
            ),
        )

    async def call(self, context: RequestContext, arguments: Arguments) -> ToolReply:
        """Check the arguments, and do it.

        Raises:
            BasicChatError: the arguments are wrong, or it does not work.
        """
        given = decode_as(self.arguments, encoded(arguments))
        return await self.run(context, given)


def object_schema(kind: type) -> dict[str, Any]:
    """The JSON Schema of a struct, with `type: object` at its root as MCP wants it."""
    schema = msgspec.json.schema(kind, ref_template="#/$defs/{name}")
    found: dict[str, Any] = schema.pop("$defs", {})
    root: dict[str, Any] = dict(found.pop(kind.__name__))
    root.pop("title", None)
    root.pop("description", None)
    return {**root, "$defs": found} if found else root


def structured_result(value: Value, *content: types.ContentBlock | str) -> ToolResult:
    """A tool's result: the value as structured content, beside what a person or model reads."""
    blocks = [Text(each) if isinstance(each, str) else dumped(each) for each in content]
    return ToolResult(content=blocks, structured_content=value)
