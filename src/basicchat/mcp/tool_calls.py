"""Listing tools and calling them: `tools/list` and `tools/call`."""

from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from basicchat.api import access, oauth_resource
from basicchat.api.router import Router
from basicchat.domain.errors import Forbidden, InvalidInput
from basicchat.domain.plugins import discover
from basicchat.mcp.clients import InputNeeded, declares, is_modern
from basicchat.mcp.context import Context
from basicchat.mcp.errors import outcome
from basicchat.mcp.offers import Offer, ToolOffer
from basicchat.mcp.results import plain
from basicchat.mcp.tasks import EXTENSION, Tasks, require
from basicchat.mcp.visits import Visit, visit_of


def tool_table() -> dict[str, Offer]:
    """The tools of this package and of third parties, by name."""
    found: list[ToolOffer] = discover("basicchat.mcp.tools", "basicchat.mcp_tools", ToolOffer)
    return {tool.name: tool for tool in sorted(found, key=lambda tool: tool.name)}


class Tools:
    """All tools of the server.

    Args:
        offers: the tools, by name.
        tasks: where calls that take long are made in the background.
    """

    def __init__(self, router: Router, offers: Mapping[str, Offer], tasks: Tasks) -> None:
        self._router = router
        self._offers = offers
        self._tasks = tasks
        self._described = {name: offer.described() for name, offer in offers.items()}

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """The input schema of a tool."""
        found = self._described.get(name)
        return found.input_schema if found else None

    def scopes(self) -> dict[str, str]:
        """The scope that each tool needs: that of its method, and `write` if it changes things."""
        found = {}
        for name, offer in self._offers.items():
            hints = self._described[name].annotations
            changes = hints is not None and hints.read_only_hint is False
            scope = oauth_resource.scope_of(self._router.methods[offer.method].needs)
            found[name] = "write" if scope == "read" and changes else scope or ""
        return found

    def _may(self, visit: Visit, offer: Offer) -> bool:
        try:
            access.on_server(visit.actor, self._router.methods[offer.method].needs)
        except Forbidden as error:
            # What an app's token lacks its user may allow, once the app has a reason to ask.
            return error.scope is not None and visit.actor.client_id is not None
        return True

    async def list(
        self, ctx: Context, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """The tools that the caller may use, all at once."""
        if params is not None and params.cursor is not None:
            raise InvalidInput("cursor: it does not hold", field="cursor")
        visit = visit_of(self._router, ctx)
        shown = [
            self._described[name] for name, each in self._offers.items() if self._may(visit, each)
        ]
        return types.ListToolsResult(tools=shown)

    async def call(self, ctx: Context, params: types.CallToolRequestParams) -> Any:
        """Call a tool; what goes wrong in it is its result.

        Raises:
            MCPError: there is no such tool.
        """
        offer = self._offers.get(params.name)
        if offer is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name[:100]}")
        visit = visit_of(self._router, ctx, params, charged=False)
        given = params.arguments or {}
        if is_modern(ctx.protocol_version) and declares(ctx, EXTENSION):
            visit.tasks = self._tasks
        elif offer.tasks == "must":
            require(ctx)
        try:
            if visit.tasks is not None and offer.tasks != "never":
                return await self._tasks.begin(visit, offer.name, given)
            return plain(await offer.call(visit, given))
        except InputNeeded as needed:
            return needed.result
        except Exception as error:  # noqa: BLE001
            return plain(outcome(error))
