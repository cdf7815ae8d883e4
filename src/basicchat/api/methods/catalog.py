"""Tools, models and modes: `tools.list`, `tool_execution`, `models.list`, `modes.list`."""

from functools import partial
from typing import Any

from basicchat.api import idempotency, search_scope
from basicchat.api.calls import Call, Method
from basicchat.api.search_scope import Wanted
from basicchat.domain.chat import Model, ToolSpec
from basicchat.domain.errors import NotFound
from basicchat.domain.values import Value
from basicchat.engine.selection import AUTO, by_rank
from basicchat.engine.tool_calls import call_tool
from basicchat.protocol.types import NoParams, ToolExecution


class ToolsListed(Value, frozen=True, kw_only=True):
    """All tools."""

    tools: tuple[ToolSpec, ...]


class ToolOutput(Value, frozen=True, kw_only=True):
    """A tool's result; `is_error` is true if the tool failed."""

    content: str
    is_error: bool
    structured: dict[str, Any] | None = None


class ProviderInfo(Value, frozen=True, kw_only=True):
    """The model provider; without a language model, `hint` says how to get one."""

    name: str
    model: str
    hint: str | None = None


class ModelsListed(Value, frozen=True, kw_only=True):
    """All models, the default first."""

    models: tuple[Model, ...]
    provider: ProviderInfo


class ModeInfo(Value, frozen=True, kw_only=True):
    """A way of answering; `id` is what `reasoning_mode` takes.

    Runs of a `background` mode take minutes and are listed as tasks; clients offer such a mode for
    one question at a time.
    """

    id: str
    title: str
    description: str
    background: bool = False


class ModesListed(Value, frozen=True, kw_only=True):
    """All modes, the default first."""

    modes: tuple[ModeInfo, ...]


CHOOSES = ModeInfo(
    id=AUTO,
    title="Auto",
    description="Chooses the mode that fits the question; never one that takes minutes.",
)


async def list_tools(call: Call, params: NoParams) -> ToolsListed:
    """List the tools that one may run."""
    tools = await call.services.tools.tools(call.actor)
    return ToolsListed(tools=tuple(tool.spec for tool in tools.values()))


async def execute(call: Call, params: ToolExecution) -> ToolOutput:
    """Run a tool. If the tool fails, the result has `is_error`; that is not an error reply."""
    catalog = call.services.tools
    if await catalog.find(call.actor, params.name) is None:
        offered = ", ".join(await catalog.tools(call.actor))
        raise NotFound(
            f"There is no tool {params.name}",
            hint=f"There are: {offered}.",
            reason="tool_not_found",
            params={"name": params.name},
        )
    return await idempotency.do_once(
        call, params, "tool_execution", ToolOutput, lambda: _run(call, params)
    )


async def _run(call: Call, params: ToolExecution) -> ToolOutput:
    scope = partial(search_scope.for_actor, call, Wanted())
    result = await call_tool(call.services.tools, params.name, params.arguments, call.actor, scope)
    return ToolOutput(
        content=result.content, is_error=result.is_error, structured=result.structured
    )


async def list_models(call: Call, params: NoParams) -> ModelsListed:
    """List the models of the provider in use."""
    services = call.services
    models = tuple(await services.models.listed())
    default = await services.models.default()
    ordered = (default, *(model for model in models if model.id != default.id))
    provider = ProviderInfo(name=services.llm.name, model=default.id, hint=services.llm_hint)
    return ModelsListed(models=ordered, provider=provider)


async def list_modes(call: Call, params: NoParams) -> ModesListed:
    """List the ways of answering."""
    modes = (
        ModeInfo(
            id=mode.name,
            title=mode.title,
            description=mode.description,
            background=mode.background,
        )
        for mode in by_rank(call.services.modes)
    )
    return ModesListed(modes=(CHOOSES, *modes))


TOOLS = Method(
    name="tools.list", params=NoParams, result=ToolsListed, handler=list_tools, repeat="safe"
)
EXECUTE = Method(
    name="tool_execution",
    params=ToolExecution,
    result=ToolOutput,
    handler=execute,
    repeat="once",
    needs="use_tools",
    mcp=True,
)
MODELS = Method(
    name="models.list", params=NoParams, result=ModelsListed, handler=list_models, repeat="safe"
)
MODES = Method(
    name="modes.list", params=NoParams, result=ModesListed, handler=list_modes, repeat="safe"
)
