"""Listing and calling tools: `tools/list` and `tools/call`."""

from collections.abc import Mapping, Sequence
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from basicchat.api import access, oauth_resource
from basicchat.api.router import Router
from basicchat.domain.errors import Forbidden
from basicchat.domain.plugins import discover
from basicchat.mcp.features.catalog_tools import METHOD, CatalogTool, catalog_tools
from basicchat.mcp.features.client_input import InputRequired, request_context
from basicchat.mcp.features.errors import invalid_cursor, outcome
from basicchat.mcp.features.request_context import RequestContext
from basicchat.mcp.features.results import sdk_result
from basicchat.mcp.features.sdk_context import SdkContext, declares, is_modern
from basicchat.mcp.features.tasks import Tasks, require
from basicchat.mcp.features.tool_types import McpTool, ToolDefinition
from basicchat.mcp.identity import TASKS_EXTENSION


def tool_table() -> dict[str, McpTool]:
    """The tools of this package and of third parties, by name."""
    found: list[ToolDefinition] = discover(
        "basicchat.mcp.tools", "basicchat.mcp_tools", ToolDefinition
    )
    return {tool.name: tool for tool in sorted(found, key=lambda tool: tool.name)}


class Tools:
    """All tools of the server.

    Args:
        tools: the tools that all users have, by name.
        tasks: runs long calls in the background.
    """

    def __init__(self, router: Router, tools: Mapping[str, McpTool], tasks: Tasks) -> None:
        self._router = router
        self._tools = tools
        self._tasks = tasks
        self._described = {name: tool.described() for name, tool in tools.items()}

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """The input schema of a tool."""
        found = self._described.get(name)
        return found.input_schema if found else None

    def scopes(self) -> dict[str, str]:
        """The scope that each tool needs: its method's, but `write` if the tool changes data."""
        found = {}
        for name, tool in self._tools.items():
            hints = self._described[name].annotations
            changes = hints is not None and hints.read_only_hint is False
            scope = oauth_resource.scope_of(self._router.methods[tool.method].needs)
            found[name] = "write" if scope == "read" and changes else scope or ""
        return found

    def _may(self, context: RequestContext, tool: McpTool) -> bool:
        return self._may_use(context, tool.method)

    def _may_use(self, context: RequestContext, method: str) -> bool:
        try:
            access.on_server(context.actor, self._router.methods[method].needs)
        except Forbidden as error:
            # An app can request the missing scope from its user when it calls the tool.
            return error.scope is not None and context.actor.client_id is not None
        return True

    async def list(
        self, ctx: SdkContext, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """The tools that the caller may use, all at once."""
        if params is not None and params.cursor is not None:
            raise invalid_cursor()
        context = request_context(self._router, ctx)
        listed = [
            self._described[name] for name, each in self._tools.items() if self._may(context, each)
        ]
        of_sources = await self._from_sources(context)
        return types.ListToolsResult(tools=[*listed, *(each.described() for each in of_sources)])

    async def _from_sources(self, context: RequestContext) -> Sequence[McpTool]:
        """The tools that only this user has; one with the name of a server's tool is left out."""
        catalog = context.services.tools
        if not catalog.can_change or not self._may_use(context, METHOD):
            return ()
        found = await catalog.tools(context.actor)
        tools = {name: tool for name, tool in found.items() if name not in self._tools}
        return tuple(catalog_tools(tools).values())

    async def _find(self, context: RequestContext, name: str) -> McpTool | None:
        tool = self._tools.get(name)
        catalog = context.services.tools
        if tool is not None or not catalog.can_change or not self._may_use(context, METHOD):
            return tool
        found = await catalog.find(context.actor, name)
        return None if found is None else CatalogTool(found.spec)

    async def call(self, ctx: SdkContext, params: types.CallToolRequestParams) -> Any:
        """Call a tool; its errors become results.

        Raises:
            MCPError: the tool does not exist.
        """
        context = request_context(self._router, ctx, params, charged=False)
        tool = await self._find(context, params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name[:100]}")
        given = params.arguments or {}
        if is_modern(ctx.protocol_version) and declares(ctx, TASKS_EXTENSION):
            context.tasks = self._tasks
        elif tool.tasks == "must":
            require(ctx)
        try:
            if context.tasks is not None and tool.tasks != "never":
                return await self._tasks.begin(context, tool.name, given)
            return sdk_result(await tool.call(context, given))
        except InputRequired as needed:
            return needed.result
        # Whatever a tool raises is its result, so that the model can react to it.
        except Exception as error:  # noqa: BLE001
            return sdk_result(outcome(error))
