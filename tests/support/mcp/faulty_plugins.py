"""What a third party offers that fails wherever it can, with a text that is nobody's business."""

import asyncio
import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import mcp_types as types
import msgspec

from basicchat.domain.chat import ToolResult as Outcome
from basicchat.domain.chat import ToolSpec
from basicchat.domain.events import Event
from basicchat.domain.plugins import ToolPlugin
from basicchat.domain.ports import ToolContext
from basicchat.domain.turns import Turn
from basicchat.domain.values import Value
from basicchat.engine.commands import Mode
from basicchat.mcp.features.prompt_types import PromptArgument, PromptDefinition
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.resource_types import Page, ResourceDefinition, Variables
from basicchat.mcp.features.results import Text, ToolResult
from basicchat.mcp.features.tool_types import ToolDefinition, ToolReply
from basicchat.protocol.types import Params
from support.mcp.tool_server import SECRET

QUESTION = types.ElicitRequest(
    params=types.ElicitRequestFormParams(
        message="Well?",
        requested_schema={"type": "object", "properties": {"answer": {"type": "string"}}},
    )
)


class Unspeakable:
    """A value that nothing can write, and whose own words are a secret."""

    def __repr__(self) -> str:
        return SECRET


def _raise(error: type[BaseException], *more: Any) -> Callable[[], NoReturn]:
    def fault() -> NoReturn:
        raise error(SECRET, *more)

    return fault


FAULTS: dict[str, Callable[[], object]] = {
    "plain": _raise(RuntimeError),
    "value": _raise(ValueError),
    "key": _raise(KeyError),
    "file": _raise(FileNotFoundError),
    "late": _raise(TimeoutError),
    "group": _raise(ExceptionGroup, [ValueError(SECRET)]),
    "deep": _raise(RecursionError),
    "end": _raise(StopAsyncIteration),
    "stopped": _raise(asyncio.CancelledError),
    "pydantic": lambda: types.Tool.model_validate({"name": [SECRET]}),
    "msgspec": lambda: msgspec.convert({"content": SECRET}, Outcome, strict=SECRET),  # type: ignore[call-overload]
    "json": lambda: json.loads(SECRET),
}


def _fault(how: str) -> NoReturn:
    FAULTS[how]()
    raise AssertionError("it did not fail")


class Arguments(Params, frozen=True, kw_only=True):
    """How to fail."""

    how: str


class Nothing(Value, frozen=True, kw_only=True):
    """What never comes."""


async def _at_once(context: RequestContext, arguments: Arguments) -> ToolReply:
    _fault(arguments.how)


async def _later(context: RequestContext, arguments: Arguments) -> ToolReply:
    await context.report("It goes well")
    await context.log("info", "It goes well")
    _fault(arguments.how)


async def _asked(context: RequestContext, arguments: Arguments) -> ToolReply:
    await context.client.ask({"well": QUESTION})
    _fault(arguments.how)


async def _unspeakable(context: RequestContext, arguments: Arguments) -> ToolReply:
    return types.CallToolResult(content=[], structured_content={"x": Unspeakable()})


async def _plainly_unspeakable(context: RequestContext, arguments: Arguments) -> ToolReply:
    return ToolResult(content=[Text("x")], structured_content={"x": Unspeakable()})


def _tool(name: str, run: Any, **more: Any) -> ToolDefinition:
    return ToolDefinition(
        name=f"faulty_{name}",
        title=name,
        description="Fails.",
        method="tools.list",
        arguments=Arguments,
        result=Nothing,
        run=run,
        **more,
    )


at_once = _tool("at_once", _at_once)
plainly = _tool("plainly", _at_once, fast_path=True)
later = _tool("later", _later)
asked = _tool("asked", _asked)
in_the_background = _tool("in_the_background", _later, tasks="may")
asked_in_the_background = _tool("asked_in_the_background", _asked, tasks="may")
unspeakable = _tool("unspeakable", _unspeakable)
plainly_unspeakable = _tool("plainly_unspeakable", _plainly_unspeakable, fast_path=True)
unspeakable_in_the_background = _tool("unspeakable_later", _unspeakable, tasks="may")


async def _read(context: RequestContext, variables: Variables) -> Any:
    _fault(variables["how"])


async def _find(context: RequestContext, variables: Variables) -> None:
    _fault(variables["how"])


async def _complete(
    context: RequestContext, variable: str, typed: str, known: Variables
) -> Sequence[str]:
    _fault(typed if typed in FAULTS else "plain")


async def _page(context: RequestContext, after: str | None) -> Page:
    _fault("plain")


def _heard(event: Event, variables: Variables | None = None) -> Any:
    _fault("plain")


resource = ResourceDefinition(
    name="faulty",
    title="Faulty",
    description="Fails.",
    mime_type="text/plain",
    template="faulty://{how}",
    read=_read,
    find=_find,
    page=_page,
    complete=_complete,
)
listener = ResourceDefinition(
    name="faulty-listener",
    title="Faulty when something happens",
    description="Fails.",
    mime_type="text/plain",
    template="faulty-listener://all",
    read=_read,
    listed=_heard,
    touches=_heard,
)


async def _make(context: RequestContext, values: Any) -> Sequence[types.PromptMessage]:
    _fault(values["how"])


async def _values(context: RequestContext, typed: str) -> Sequence[str]:
    _fault(typed if typed in FAULTS else "plain")


prompt = PromptDefinition(
    name="faulty",
    title="Faulty",
    description="Fails.",
    arguments=(PromptArgument(name="how", description="How.", complete=_values),),
    make=_make,
)


class BuiltInTool:
    """A tool of the server's own that fails."""

    spec = ToolSpec(
        name="faulty_built_in",
        title="Faulty",
        description="Fails.",
        parameters={
            "type": "object",
            "properties": {"how": {"type": "string"}},
            "required": ["how"],
        },
    )

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> Outcome:
        """Fail."""
        _fault(arguments["how"])


built_in = ToolPlugin(name="faulty_built_in", create=lambda services: BuiltInTool())


def _think(turn: Turn) -> Generator[Any, Any, Any]:
    yield from ()
    _fault("plain")


mode = Mode(name="faulty", title="Faulty", description="Fails.", run=_think)
LISTENER = {"basicchat.mcp_resources": ("listener",)}
EVERYTHING = {
    "basicchat.mcp_tools": (
        "at_once", "plainly", "later", "asked", "in_the_background", "asked_in_the_background",
        "unspeakable", "plainly_unspeakable", "unspeakable_in_the_background",
    ),
    "basicchat.mcp_resources": ("resource",),
    "basicchat.mcp_prompts": ("prompt",),
    "basicchat.tools": ("built_in",),
    "basicchat.modes": ("mode",),
}  # fmt: skip


def install(site: Path, offered: dict[str, tuple[str, ...]]) -> None:
    """Install these as a package of a third party, for who has the folder on the path."""
    metadata = site / "faulty-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {__name__}:{name}\n" for name in names)
        for group, names in offered.items()
    )
    (metadata / "entry_points.txt").write_text("\n".join(groups))
