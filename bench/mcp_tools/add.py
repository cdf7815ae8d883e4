"""The cheapest possible tool, whose cost is that of a call itself."""

from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """Two numbers."""

    a: int
    b: int


class Sum(Value, frozen=True, kw_only=True):
    """Their sum."""

    result: int


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Add. Calling a method authorises the caller and counts against the rate limit."""
    await context.call("session.ping")
    total = Sum(result=arguments.a + arguments.b)
    return structured_result(total, str(total.result))


TOOL = ToolDefinition(
    name="add",
    title="Add",
    description="Add two numbers.",
    method="session.ping",
    arguments=Arguments,
    result=Sum,
    run=run,
    fast_path=True,
)
