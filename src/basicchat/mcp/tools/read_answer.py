"""Reading an answer that is, or was, being written."""

from typing import Annotated

from msgspec import Meta

from basicchat.mcp.offers import ToolOffer, ToolReply
from basicchat.mcp.tools.ask import Answered, read
from basicchat.mcp.visits import Visit
from basicchat.protocol.types import Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """Which answer."""

    run_id: Annotated[Id, Meta(description="The run_id that ask returned.")]


async def run(visit: Visit, arguments: Arguments) -> ToolReply:
    """The answer, or its text so far."""
    return await read(visit, arguments.run_id)


TOOL = ToolOffer(
    name="read_answer",
    title="Read an answer",
    description="Read the answer of a detached ask: whole once its status is completed, and as "
    "far as it is written while it is running.",
    method="runs.get",
    arguments=Arguments,
    result=Answered,
    run=run,
    plain=True,
)
