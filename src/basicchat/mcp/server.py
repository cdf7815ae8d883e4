"""The MCP server: one object for all clients, whatever transport they come by."""

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
from basicchat.mcp.catalogue import Catalogue
from basicchat.mcp.features.built_in_tools import built_in_tools
from basicchat.mcp.features.changes import ChangeBroadcaster
from basicchat.mcp.features.completions import Completions
from basicchat.mcp.features.middleware import RequestMiddleware, sealed_state
from basicchat.mcp.features.prompts import Prompts, prompt_list
from basicchat.mcp.features.resources import Resources, resource_kinds
from basicchat.mcp.features.session_handlers import SessionHandlers
from basicchat.mcp.features.subscriptions import Subscriptions
from basicchat.mcp.features.tasks import EXTENSION, TaskParams, Tasks, UpdateParams
from basicchat.mcp.features.tools import Tools, tool_table
from basicchat.mcp.wire.envelopes import EnvelopeServer
from basicchat.mcp.wire.fast_tool_calls import FastToolCalls

NAME = "basicchat"
# What the conformance suite wants to find is there if this variable of the environment is 1.
FIXTURES = "BASICCHAT_MCP_FIXTURES"
TITLE = "BasicChat"
INSTRUCTIONS = (
    "The user's private documents and conversations. To answer a question from them, call `ask`: "
    "its answer cites the documents. To look for evidence yourself, call `search_documents` and "
    "`read_document`. Everything is what this user may see, and nothing else."
)
# How long a list or a text may be kept by a client that is told of changes, in milliseconds. All
# of it is the user's own.
FRESH = CacheHint(ttl_ms=60_000, scope="private")
STALE_SOON = CacheHint(ttl_ms=5_000, scope="private")


class McpServer(Server[Any]):
    """The SDK's server, which also says to clients with sessions that it tells of changes.

    Attributes:
        tool_scopes: the scope that each tool needs, by its name.
        tasks: where tools are called in the background.
        fast_tool_calls: the short way of calls that have nothing special about them.
        envelopes: what serves requests of the newer era.
    """

    tool_scopes: Mapping[str, str] = {}
    tasks: Tasks
    fast_tool_calls: FastToolCalls
    envelopes: EnvelopeServer

    @property
    def server_info_stamp(self) -> dict[str, Any]:
        """What each result of the newer era says of the server; flat, so that a copy is cheap."""
        return {"name": self.name, "title": self.title, "version": self.version}

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """What `initialize` answers with."""
        changes = notification_options or NotificationOptions(resources_changed=True)
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
    """Make the server.

    Args:
        router: the way to all that the server has; it also knows the services.
        spawn: starts a task that the server owns.
    """
    audience = ChangeBroadcaster()
    catalogue = _catalogue(router, audience)
    tasks = Tasks(router, catalogue.tools, audience.note_task)
    tools, resources = Tools(router, catalogue.tools, tasks), Resources(router, catalogue.resources)
    sessions = SessionHandlers(router, resources, audience, spawn)
    server = McpServer(
        NAME,
        title=TITLE,
        version=router.services.version,
        instructions=INSTRUCTIONS,
        cache_hints=HINTS,
        get_tool_input_schema=tools.schema,
        on_list_tools=tools.list,
        on_list_resources=resources.list,
        on_list_resource_templates=resources.templates,
        on_read_resource=resources.read,
        on_subscribe_resource=sessions.subscribe,
        on_unsubscribe_resource=sessions.unsubscribe,
        on_subscriptions_listen=Subscriptions(router, resources, tasks, audience).listen,
        **_prompting(router, catalogue, resources),
    )
    # Deprecated in the newest revision, which cannot call it; the older ones still do.
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, sessions.set_level)
    server.add_notification_handler(
        "notifications/initialized", types.NotificationParams, sessions.begin
    )
    _give_tools(server, router, catalogue, tools, tasks)
    server.middleware[:] = [RequestMiddleware(router), sealed_state(router, NAME)]
    return server


def _prompting(router: Router, catalogue: Catalogue, resources: Resources) -> dict[str, Any]:
    """What serves prompts, and completes the arguments of prompts and resources."""
    prompts = Prompts(router, catalogue.prompts)
    return {
        "on_list_prompts": prompts.list,
        "on_get_prompt": prompts.get,
        "on_completion": Completions(router, prompts, resources).complete,
    }


def _give_tools(
    server: McpServer, router: Router, catalogue: Catalogue, tools: Tools, tasks: Tasks
) -> None:
    """Have tools called, now or as tasks."""
    server.add_request_handler("tools/call", types.CallToolRequestParams, tools.call)
    server.add_request_handler("tasks/get", TaskParams, tasks.get)
    server.add_request_handler("tasks/update", UpdateParams, tasks.update)
    server.add_request_handler("tasks/cancel", TaskParams, tasks.cancel)
    server.extensions[EXTENSION] = {}
    server.tool_scopes, server.tasks = tools.scopes(), tasks
    stamp = {types.SERVER_INFO_META_KEY: server.server_info_stamp}
    server.fast_tool_calls = FastToolCalls(router, catalogue.tools, stamp)
    server.envelopes = EnvelopeServer(server, {})


def _catalogue(router: Router, audience: ChangeBroadcaster) -> Catalogue:
    """All that is offered."""
    built_in = {tool.name: tool for tool in built_in_tools(router.services.tools)}
    catalogue = Catalogue(
        tools={**built_in, **tool_table()}, resources=resource_kinds(), prompts=prompt_list()
    )
    if os.environ.get(FIXTURES) == "1":
        from basicchat.mcp.fixtures.catalogue import add_fixtures  # noqa: PLC0415

        add_fixtures(catalogue, audience.announce)
    return catalogue
