"""Offers the tools of MCP servers to all users."""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.domain.ports import Tool, ToolContext
from basicchat.domain.tools import ToolsChanged
from basicchat.domain.values import Actor
from basicchat.tool_servers.connection import ToolServerConnection
from basicchat.tool_servers.server import ToolServer

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class ServerTool:
    """A tool of an MCP server."""

    def __init__(self, spec: ToolSpec, connection: ToolServerConnection, name: str) -> None:
        self.spec = spec
        self._connection = connection
        self._name = name

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Call the tool on its server."""
        return await self._connection.call(self._name, arguments)


class ToolServerSource:
    """The tools of one server; implements `domain.tools.ToolSource`."""

    def __init__(self, server: ToolServer, spawn: Spawn, changed: ToolsChanged) -> None:
        self.name = server.name
        self._connection = ToolServerConnection(server, partial(changed, None))
        spawn(self._connection.run())

    async def tools(self, actor: Actor) -> Sequence[Tool]:
        """The tools as the server listed them last."""
        connection = self._connection
        return [ServerTool(spec, connection, name) for name, spec in connection.tools.items()]
