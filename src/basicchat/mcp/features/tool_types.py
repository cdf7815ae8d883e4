"""Types of tools, and their schemas. Each tool has its own file in `mcp/tools`."""

import copy
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

import mcp_types as types
import msgspec

from basicchat.api.router import decode_as
from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext, encoded
from basicchat.mcp.features.results import Text, ToolResult, dumped
from basicchat.protocol.types import Params

# The reply to a call that has become a task (tasks extension).
TaskReply = dict[str, Any]
ToolReply = ToolResult | types.CallToolResult | types.InputRequiredResult | TaskReply
Arguments = Mapping[str, Any]
# Whether calls become tasks: for no client, for clients that support tasks, or for these alone.
TaskSupport = Literal["never", "may", "must"]


class McpTool(Protocol):
    """A tool of the server: one of this package, of a third party, or of the catalog."""

    @property
    def name(self) -> str:
        """The tool's name."""
        ...

    @property
    def method(self) -> str:
        """The method of the table whose permission it needs."""
        ...

    @property
    def tasks(self) -> TaskSupport:
        """Whether its calls become tasks."""
        ...

    @property
    def fast_path(self) -> bool:
        """Whether its calls can skip the SDK's models; see `ToolDefinition`."""
        ...

    def described(self) -> types.Tool:
        """The tool's entry in `tools/list`."""
        ...

    async def call(self, context: RequestContext, arguments: Arguments) -> ToolReply:
        """Check the arguments, and run the tool."""
        ...


@dataclass(frozen=True, kw_only=True)
class ToolDefinition:
    """A tool.

    Args:
        method: the method whose permission it needs; users without it are not shown the tool.
        arguments: the type of its arguments, from which the input schema is generated.
        result: the type of its structured content, from which the output schema is generated.
        run: runs the tool; an exception becomes a result with `isError`.
        adds: it adds or changes data, but deletes none.
        destructive: it may delete data.
        open_world: it accesses systems outside this server.
        tasks: whether its calls become tasks.
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
        """The tool's entry in `tools/list`."""
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
        """Check the arguments, and run the tool.

        Raises:
            BasicChatError: the arguments are invalid, or the tool failed.
        """
        given = decode_as(self.arguments, encoded(arguments))
        return await self.run(context, given)


def object_schema(kind: type) -> dict[str, Any]:
    """The JSON Schema of a struct, with `type: object` at its root as MCP requires."""
    return copy.deepcopy(_object_schema(kind))


# The number of types is fixed. Describing one takes a millisecond.
@cache
def _object_schema(kind: type) -> dict[str, Any]:
    schema = msgspec.json.schema(kind, ref_template="#/$defs/{name}")
    found: dict[str, Any] = schema.pop("$defs", {})
    root: dict[str, Any] = dict(found.pop(kind.__name__))
    root.pop("title", None)
    root.pop("description", None)
    return {**root, "$defs": found} if found else root


def structured_result(value: Value, *content: types.ContentBlock | str) -> ToolResult:
    """A tool's result: a value for programs, and content for a person or a model."""
    blocks = [Text(each) if isinstance(each, str) else dumped(each) for each in content]
    return ToolResult(content=blocks, structured_content=value)
