"""A connection to an MCP server, which is kept open and opened again after it is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import mcp_types as types
import structlog
from mcp.client.streamable_http import streamable_http_client
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

from basicchat.domain.backoff import Backoff
from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.tool_servers.results import offered_tools, tool_result
from basicchat.tool_servers.server import ToolServer
from mcp import Client, MCPError, StdioServerParameters

log = structlog.get_logger(__name__)
CONNECT_SECONDS = 30.0
# How often the tools are listed again, in case the server announces no changes.
REFRESH_SECONDS = 300.0
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
MAX_PAGES = 20
MAX_MESSAGE = 500


class ConnectionLost(Exception):
    """The server has closed the connection, or does not answer."""


class ToolServerConnection:
    """Keeps one server connected.

    Args:
        server: what is known of it.
        changed: called when its tools have changed; never waits.
    """

    def __init__(self, server: ToolServer, changed: Callable[[], None]) -> None:
        self.server = server
        self.tools: dict[str, ToolSpec] = {}
        self._changed = changed
        self._client: Client | None = None
        self._wake = asyncio.Event()
        self._is_lost = False

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until cancelled."""
        backoff = Backoff(FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS)
        while True:
            try:
                async with self._connected() as client:
                    backoff.succeeded()
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._listen(client))
                        await self._serve(client)
            # Whatever a foreign program does must not end the attempts.
            except Exception as error:
                if backoff.failures == 0:
                    log.warning("tool_server_lost", server=self.server.name, exc_info=error)
            self._client = None
            await asyncio.sleep(backoff.failed())

    async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
        """Call a tool by the server's name for it. Failures are results."""
        client, server = self._client, self.server
        if client is None:
            return _failure(f"The tool server {server.name} cannot be reached now.")
        try:
            async with asyncio.timeout(server.call_seconds):
                return tool_result(await client.call_tool(name, arguments))
        except TimeoutError:
            return _failure(f"{name} did not end within {server.call_seconds:g} seconds.")
        except MCPError as error:
            if error.code != types.CONNECTION_CLOSED:
                return _failure(f"{name} failed: {error.message[:MAX_MESSAGE]}")
            cause: Exception = error
        # A foreign server may answer anything.
        except Exception as error:  # noqa: BLE001
            cause = error
        log.warning("tool_call_failed", server=server.name, tool=name, exc_info=cause)
        self._lose()
        return _failure(
            f"The connection to the tool server {server.name} was lost. "
            f"It is unknown whether {name} has taken effect."
        )

    def _lose(self) -> None:
        self._is_lost = True
        self._wake.set()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(CONNECT_SECONDS):
                transport = await self._transport(stack)
                client = Client(transport, message_handler=self._received)
                await stack.enter_async_context(client)
            yield client

    async def _transport(self, stack: AsyncExitStack) -> Any:
        server = self.server
        if server.url is None:
            program, *arguments = server.command
            return StdioServerParameters(
                command=program, args=arguments, env=dict(server.env), cwd=server.folder
            )
        headers = {"authorization": f"Bearer {server.token}"} if server.token else None
        # Responses to calls may be streams, which are silent until the result.
        timeout = httpx2.Timeout(CONNECT_SECONDS, read=server.call_seconds + CONNECT_SECONDS)
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=timeout))
        return streamable_http_client(server.url, http_client=http)

    async def _serve(self, client: Client) -> None:
        self._is_lost = False
        while not self._is_lost:
            self._wake.clear()
            await self._refresh(client)
            if self._client is None:
                self._client = client
                log.info("tool_server_connected", server=self.server.name, tools=len(self.tools))
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue
        raise ConnectionLost(self.server.name)

    async def _refresh(self, client: Client) -> None:
        found: list[types.Tool] = []
        cursor: str | None = None
        async with asyncio.timeout(CONNECT_SECONDS):
            for _ in range(MAX_PAGES):
                page = await client.list_tools(cursor=cursor, cache_mode="refresh")
                found.extend(page.tools)
                cursor = page.next_cursor
                if cursor is None:
                    break
        tools = offered_tools(self.server, found)
        if tools != self.tools:
            self.tools = tools
            self._changed()

    async def _listen(self, client: Client) -> None:
        """Hear of changed tools. Before revision 2026-07-28 servers tell of them unasked."""
        try:
            async with client.listen(tools_list_changed=True) as changes:
                async for _ in changes:
                    self._wake.set()
        except (ListenNotSupportedError, MCPError):
            return
        except SubscriptionLost:
            self._lose()

    async def _received(self, message: types.ServerNotification | Exception) -> None:
        if isinstance(message, Exception):
            self._lose()
        elif isinstance(message, types.ToolListChangedNotification):
            self._wake.set()


def _failure(text: str) -> ToolResult:
    return ToolResult(content=text, is_error=True)
