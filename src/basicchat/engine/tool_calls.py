"""Runs tools for modes and clients alike."""

from collections.abc import Mapping
from typing import Any

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
    # Importing it takes a tenth of a second, which starting need not pay.
    import jsonschema  # noqa: PLC0415

    try:
        jsonschema.validate(arguments, tool.spec.parameters)
    except jsonschema.ValidationError as wrong:
        where = wrong.json_path.removeprefix("$").removeprefix(".") or "arguments"
        return ToolResult(content=f"{where}: {wrong.message}", is_error=True)
    except jsonschema.SchemaError:
        return ToolResult(content=f"The tool {name} describes itself wrongly.", is_error=True)
    return await tool.run(arguments, ToolContext(actor=actor))
