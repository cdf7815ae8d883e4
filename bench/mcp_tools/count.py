"""A tool that reports progress as fast as the client reads."""

from basicchat.domain.values import Value
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply, structured_result
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """How far to count."""

    to: int


class Counted(Value, frozen=True, kw_only=True):
    """How far it got."""

    result: int


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """Count, and report each number as progress."""
    assert context.ctx is not None
    for number in range(1, arguments.to + 1):
        await context.ctx.session.report_progress(number, arguments.to, "counting")
    return structured_result(Counted(result=arguments.to), str(arguments.to))


TOOL = ToolDefinition(
    name="count",
    title="Count",
    description="Count to a number, reporting progress.",
    method="session.ping",
    arguments=Arguments,
    result=Counted,
    run=run,
)
