"""Reading the answer of a detached question."""

from typing import Annotated

from msgspec import Meta

from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply
from basicchat.mcp.tools.ask import Answered, read
from basicchat.protocol.types import Id, Params


class Arguments(Params, frozen=True, kw_only=True):
    """The answer."""

    run_id: Annotated[Id, Meta(description="The run_id that ask returned.")]


async def run(context: RequestContext, arguments: Arguments) -> ToolReply:
    """The answer, complete or so far."""
    return await read(context, arguments.run_id)


TOOL = ToolDefinition(
    name="read_answer",
    title="Read an answer",
    description="Read the answer of a detached ask. It is complete once its status is completed; "
    "while the status is running, it is the text so far.",
    method="runs.get",
    arguments=Arguments,
    result=Answered,
    run=run,
    fast_path=True,
)
