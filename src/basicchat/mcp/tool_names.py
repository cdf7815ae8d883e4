"""Refuses tools of the catalog that have the name of an MCP tool, when the server starts.

MCP clients see both kinds in one list, in which one of the two would hide the other. The names of
the tools in `mcp/tools` are those of their modules, so that this check need not import the SDK,
unless third parties have installed MCP tools.
"""

from collections.abc import Mapping
from pkgutil import iter_modules

import basicchat.mcp.tools as package
from basicchat.domain.plugins import discover_with_origins, has_entry_points, name_clash

PACKAGE, GROUP = "basicchat.mcp.tools", "basicchat.mcp_tools"
# Origins of this program's own tools begin like this; see `discover_with_origins`.
OWN = "the module basicchat."


def check_names(catalog: Mapping[str, str]) -> None:
    """Check the tools of the catalog.

    Args:
        catalog: the origin of each tool, by the tool's name.

    Raises:
        Conflict: an MCP tool has the same name, or two MCP tools have.
    """
    for name, origin in _mcp_tools().items():
        # MCP's own `search_documents` deliberately replaces that of the catalog.
        own = all(each.startswith(OWN) for each in (origin, catalog.get(name, "")))
        if name in catalog and not own:
            raise name_clash("tools", name, origin, catalog[name])


def _mcp_tools() -> dict[str, str]:
    """The origin of each MCP tool, by the tool's name."""
    if not has_entry_points(GROUP):
        modules = (info.name for info in iter_modules(package.__path__))
        return {name: f"the module {PACKAGE}.{name}" for name in modules}
    from basicchat.mcp.features.tool_types import ToolDefinition  # noqa: PLC0415

    found = discover_with_origins(PACKAGE, GROUP, ToolDefinition)
    return {tool.name: origin for origin, tool in found}
