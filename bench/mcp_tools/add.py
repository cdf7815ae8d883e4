"""The cheapest tool there can be: what its call costs is what calling costs."""

from basicchat.domain.values import Value
from basicchat.mcp.offers import ToolOffer, ToolReply, told
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Params


class Arguments(Params, frozen=True, kw_only=True):
    """Two numbers."""

    a: int
    b: int


class Sum(Value, frozen=True, kw_only=True):
    """Their sum."""

    result: int


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """Add. The call of a method is what authorises a tool's caller, and charges their limit."""
    await visit.call("session.ping")
    found = Sum(result=arguments.a + arguments.b)
    return told(found, str(found.result))


TOOL = ToolOffer(
    name="add",
    title="Add",
    description="Add two numbers.",
    method="session.ping",
    arguments=Arguments,
    result=Sum,
    run=run,
    plain=True,
)
