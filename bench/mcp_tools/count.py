"""A tool that reports progress as fast as it is taken."""

from basicchat.domain.values import Value
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """How far to count."""

    to: int


class Counted(Value, frozen=True, kw_only=True):
    """How far it got."""

    result: int


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """Count, and say each number."""
    assert visit.ctx is not None
    for number in range(1, arguments.to + 1):
        await visit.ctx.session.report_progress(number, arguments.to, "counting")
    return told(Counted(result=arguments.to), str(arguments.to))


TOOL = ToolOffer(
    name="count",
    title="Count",
    description="Count to a number, reporting progress.",
    method="session.ping",
    arguments=Arguments,
    result=Counted,
    run=run,
)
