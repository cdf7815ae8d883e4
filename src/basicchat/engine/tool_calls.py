"""Runs tools for modes and clients alike."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

import msgspec

from basicchat.domain.chat import ToolResult
from basicchat.domain.ports import ToolContext
from basicchat.domain.values import Actor, Scope
from basicchat.engine.tool_catalog import ToolCatalog


async def call_tool(
    catalog: ToolCatalog,
    name: str,
    arguments: dict[str, Any],
    actor: Actor,
    scope: Callable[[], Awaitable[Scope]],
) -> ToolResult:
    """Run a tool with validated arguments. An invalid call is a result with `is_error`.

    Args:
        scope: tells which documents the tool may search; called only if it searches.
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
    return await tool.run(arguments, ToolContext(actor=actor, scope=scope))


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
