"""Builds the MCP server: one object for all clients and transports."""

import os
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.lowlevel import Server
from mcp.server.lowlevel.server import NotificationOptions
from mcp.server.models import InitializationOptions

from basicchat.api.router import Router
from basicchat.domain.ports import Spawn
from basicchat.mcp.features.catalog_tools import catalog_tools
from basicchat.mcp.features.changes import TOOLS, ChangeBroadcaster
from basicchat.mcp.features.completions import Completions
from basicchat.mcp.features.middleware import RequestMiddleware, add_icons, sealed_state
from basicchat.mcp.features.prompt_types import PromptDefinition
from basicchat.mcp.features.prompts import Prompts, prompt_definitions
from basicchat.mcp.features.resource_types import ResourceTable
from basicchat.mcp.features.resources import Resources, resource_definitions
from basicchat.mcp.features.session_handlers import SessionHandlers
from basicchat.mcp.features.subscriptions import Subscriptions
from basicchat.mcp.features.tasks import TaskParams, Tasks, UpdateParams
from basicchat.mcp.features.tool_types import McpTool
from basicchat.mcp.features.tools import Tools, tool_table
from basicchat.mcp.identity import FRESH_MS, INSTRUCTIONS, NAME, TASKS_EXTENSION, TITLE
from basicchat.mcp.wire.fast_tool_calls import FastToolCalls
from basicchat.mcp.wire.request_server import RequestServer

# If this environment variable is 1, the fixtures of the conformance suite are added.
FIXTURES = "BASICCHAT_MCP_FIXTURES"

# How long clients, which are notified of changes, may cache results, which depend on the user.
FRESH = CacheHint(ttl_ms=FRESH_MS, scope="private")
STALE_SOON = CacheHint(ttl_ms=5_000, scope="private")


class McpServer(Server[Any]):
    """The SDK's server, which also declares to clients with sessions that it notifies of changes.

    Attributes:
        tool_scopes: the OAuth scope that each tool needs, by its name.
        tasks: calls tools in the background.
        requests: serves the requests of all transports.
    """

    tool_scopes: Mapping[str, str]
    tasks: Tasks
    requests: RequestServer

    @property
    def server_info_stamp(self) -> dict[str, Any]:
        """The server's identity in results since 2026-07-28, without its icons; copied cheaply."""
        return {"name": self.name, "title": self.title, "version": self.version}

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """The result of `initialize`."""
        changes = notification_options or NotificationOptions(
            resources_changed=True, tools_changed=True
        )
        return super().create_initialization_options(changes, experimental_capabilities, extensions)


HINTS: dict[CacheableMethod, CacheHint] = {
    "tools/list": FRESH,
    "prompts/list": FRESH,
    "resources/templates/list": FRESH,
    "resources/list": STALE_SOON,
    "resources/read": STALE_SOON,
    "server/discover": FRESH,
}


def build(router: Router, *, spawn: Spawn) -> McpServer:
    """Build the server.

    Args:
        router: routes all calls to the method table; it also holds the services.
        spawn: starts a task that the server owns.
    """
    broadcaster = ChangeBroadcaster(router.services.bus)
    tools, resources, prompts = _definitions(router, broadcaster)
    tasks = Tasks(router, tools, broadcaster.note_task)
    tool_handlers = Tools(router, tools, tasks)
    sessions = SessionHandlers(router, resources, broadcaster, spawn)
    server = McpServer(
        NAME,
        title=TITLE,
        version=router.services.version,
        instructions=INSTRUCTIONS,
        cache_hints=HINTS,
        get_tool_input_schema=tool_handlers.schema,
        on_list_tools=tool_handlers.list,
        on_subscribe_resource=sessions.subscribe,
        on_unsubscribe_resource=sessions.unsubscribe,
        on_subscriptions_listen=Subscriptions(router, resources, tasks, broadcaster).listen,
        **_resource_handlers(router, resources, prompts),
    )
    _add_session_handlers(server, sessions)
    catalog = router.services.tools
    catalog.watch(lambda user_id: broadcaster.announce(TOOLS, user_id))
    _add_tool_handlers(server, tool_handlers, tasks)
    fast_path = FastToolCalls(router, tools, {types.SERVER_INFO_META_KEY: server.server_info_stamp})
    server.requests = RequestServer(server, fast_path)
    server.middleware[:] = [RequestMiddleware(router), sealed_state(router, NAME), add_icons]
    return server


def _resource_handlers(
    router: Router, table: ResourceTable, definitions: list[PromptDefinition]
) -> dict[str, Any]:
    """The handlers of resources and prompts, and of completing their arguments."""
    resources, prompts = Resources(router, table), Prompts(router, definitions)
    return {
        "on_list_resources": resources.list,
        "on_list_resource_templates": resources.templates,
        "on_read_resource": resources.read,
        "on_list_prompts": prompts.list,
        "on_get_prompt": prompts.get,
        "on_completion": Completions(router, prompts, table).complete,
    }


def _add_session_handlers(server: McpServer, sessions: SessionHandlers) -> None:
    """Add the handlers that only revisions with sessions have."""
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, sessions.set_level)
    server.add_notification_handler(
        "notifications/initialized", types.NotificationParams, sessions.begin
    )


def _add_tool_handlers(server: McpServer, tools: Tools, tasks: Tasks) -> None:
    """Add the handlers that call tools, directly or as tasks."""
    server.add_request_handler("tools/call", types.CallToolRequestParams, tools.call)
    server.add_request_handler("tasks/get", TaskParams, tasks.get)
    server.add_request_handler("tasks/update", UpdateParams, tasks.update)
    server.add_request_handler("tasks/cancel", TaskParams, tasks.cancel)
    server.extensions[TASKS_EXTENSION] = {}
    server.tool_scopes, server.tasks = tools.scopes(), tasks


def _definitions(
    router: Router, broadcaster: ChangeBroadcaster
) -> tuple[dict[str, McpTool], ResourceTable, list[PromptDefinition]]:
    """All tools by name, resources and prompts."""
    tools: dict[str, McpTool] = {**catalog_tools(router.services.tools.built_in), **tool_table()}
    resources, prompts = resource_definitions(), prompt_definitions()
    if os.environ.get(FIXTURES) == "1":
        from basicchat.mcp.fixtures.catalogue import add_fixtures  # noqa: PLC0415

        add_fixtures(tools, resources, prompts, broadcaster.announce)
    return tools, ResourceTable(resources), prompts
