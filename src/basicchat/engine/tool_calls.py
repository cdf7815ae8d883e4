"""Runs tools for modes and clients alike."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from basicchat.domain.chat import ToolResult
from basicchat.domain.ports import Tool, ToolContext
from basicchat.domain.values import Actor


async def call_tool(
    tools: Mapping[str, Tool], name: str, arguments: dict[str, Any], actor: Actor
) -> ToolResult:
    """Run a tool with checked arguments. Whatever is wrong with the call is a result too."""
    tool = tools.get(name)
    if tool is None:
        offered = ", ".join(sorted(tools))
        return ToolResult(content=f"There is no tool {name}. There are: {offered}.", is_error=True)
    check = _checker(msgspec.json.encode(tool.spec.parameters))
    if check is None:
        return ToolResult(content=f"The tool {name} describes itself wrongly.", is_error=True)
    wrong = next(iter(check.iter_errors(arguments)), None)
    if wrong is not None:
        where = wrong.json_path.removeprefix("$").removeprefix(".") or "arguments"
        return ToolResult(content=f"{where}: {wrong.message}", is_error=True)
    return await tool.run(arguments, ToolContext(actor=actor))


# To check the schema itself takes a millisecond, far longer than to check by it.
@lru_cache(maxsize=256)
def _checker(schema: bytes) -> Any:
    """What checks arguments by an encoded schema; None if that is none itself."""
    # Importing it takes a tenth of a second, which starting need not pay.
    import jsonschema  # noqa: PLC0415

    told = msgspec.json.decode(schema)
    kind = jsonschema.validators.validator_for(told)
    try:
        kind.check_schema(told)
    except jsonschema.SchemaError:
        return None
    return kind(told)
