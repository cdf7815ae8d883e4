"""Runs tools for modes and clients alike."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import msgspec

from basicchat.domain.approvals import fingerprint
from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.domain.ports import ToolContext
from basicchat.domain.values import Actor, Scope
from basicchat.engine.tool_catalog import ToolCatalog


async def call_tool(
    catalog: ToolCatalog,
    name: str,
    arguments: dict[str, Any],
    actor: Actor,
    scope: Callable[[], Awaitable[Scope]],
    permit: Callable[[ToolSpec], Awaitable[str | None]] | None = None,
) -> ToolResult:
    """Run a tool with validated arguments. An invalid call is a result with `is_error`.

    Args:
        scope: tells which documents the tool may search; called only if it searches.
        permit: asked before a valid call is made; tells why it must not be, or returns None.
    """
    tool = await catalog.find(actor, name)
    if tool is None:
        offered = ", ".join(await catalog.tools(actor))
        return ToolResult(content=f"There is no tool {name}. There are: {offered}.", is_error=True)
    check = _checker(msgspec.json.encode(tool.spec.parameters))
    if check is None:
        return ToolResult(
            content=f"The tool {name} has an invalid parameter schema.", is_error=True
        )
    violation = next(iter(check.iter_errors(arguments)), None)
    if violation is not None:
        path = violation.json_path.removeprefix("$").removeprefix(".") or "arguments"
        return ToolResult(content=f"{path}: {violation.message}", is_error=True)
    if permit is not None:
        refusal = await permit(tool.spec)
        refusal = refusal or await _change(catalog, actor, tool.spec)
        if refusal is not None:
            return ToolResult(content=refusal, is_error=True)
    return await tool.run(arguments, ToolContext(actor=actor, scope=scope))


async def _change(catalog: ToolCatalog, actor: Actor, spec: ToolSpec) -> str | None:
    """What to say if a tool has changed while its call waited: not that one was approved."""
    current = await catalog.find(actor, spec.name)
    if current is not None and fingerprint(current.spec) == fingerprint(spec):
        return None
    return f"The tool {spec.name} has changed meanwhile, so the call was not made."


# Checking a schema takes a millisecond, far longer than validating arguments against it.
@lru_cache(maxsize=256)
def _checker(schema: bytes) -> Any:
    """A validator of an encoded schema; None if the schema is invalid."""
    # Imported here, because it takes a tenth of a second.
    import jsonschema  # noqa: PLC0415

    decoded = msgspec.json.decode(schema)
    kind = jsonschema.validators.validator_for(decoded)
    try:
        kind.check_schema(decoded)
    except jsonschema.SchemaError:
        return None
    return kind(decoded)
