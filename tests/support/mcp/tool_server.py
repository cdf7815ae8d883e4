"""A small MCP server whose tools do what a test of transports needs."""

import asyncio
from functools import partial
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.message import ServerMessageMetadata

from basicchat.app import App
from basicchat.mcp.features.sdk_context import actor_of
from basicchat.mcp.http.app import StreamableHttp
from basicchat.mcp.wire.frame_session import FrameSession
from basicchat.mcp.wire.request_server import RequestServer
from support.servers import RunningServer

SdkContext = ServerRequestContext[Any, Any]
SECRET = "the password is swordfish"


class ToolServer:
    """Tools that wait, tell, ask and fail; `working` and `stopped` tell what happened to them."""

    def __init__(self) -> None:
        self.working = asyncio.Event()
        self.stopped = asyncio.Event()
        self.go = asyncio.Event()
        self.server: Server[Any] = Server("workshop", on_call_tool=self.call, on_list_tools=_list)
        self.server.middleware.clear()

    async def call(
        self, ctx: SdkContext, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Call a tool by its name."""
        return _text(await getattr(self, params.name)(ctx, params.arguments or {}))

    async def echo(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        return str(arguments["text"])

    async def who(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        return actor_of(ctx).user.name

    async def wait(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        self.working.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()
        return "never"

    async def stubborn(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        try:
            await self.wait(ctx, arguments)
        except asyncio.CancelledError:
            return "too late"
        return "never"

    async def count(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        for number in range(int(arguments["to"])):
            await ctx.session.report_progress(number, None, arguments.get("text"))
        return "counted"

    async def flood(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        self.working.set()
        try:
            while True:
                await ctx.session.report_progress(1, None, "x" * 10_000)
        finally:
            self.stopped.set()

    async def pause(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        await ctx.session.report_progress(1)
        self.working.set()
        await self.go.wait()
        await ctx.session.report_progress(2)
        return "went on"

    async def ask(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        roots = await ctx.session.list_roots()
        return " ".join(str(root.uri) for root in roots.roots)

    async def ask_along(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        along = ServerMessageMetadata(related_request_id=ctx.request_id)
        asked = types.ListRootsRequest()
        found = await ctx.session.send_request(asked, types.ListRootsResult, metadata=along)
        return " ".join(str(root.uri) for root in found.roots)

    async def crash(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        raise RuntimeError(SECRET)

    async def long(self, ctx: SdkContext, arguments: dict[str, Any]) -> str:
        return "x" * int(arguments["length"])

    def serve(self, server: RunningServer) -> None:
        """Let a running server serve these, instead of what it has."""
        for app in server.apps:
            app.server_context.mcp = _Instead(self.server, app)


class _Instead:
    def __init__(self, server: Server[Any], app: App) -> None:
        requests = RequestServer(server)
        limits = app.services.limits.model_copy(
            update={
                "mcp_body_bytes": 1 << 20,
                "mcp_sessions": 10,
                "mcp_sessions_per_user": 10,
                "mcp_session_seconds": 60.0,
                "requests_in_flight": 4,
            }
        )
        self.frame_session = partial(FrameSession, requests)
        self.http = StreamableHttp(requests, app.services, app.server_context.spawn, limits, {})

    async def load(self) -> "_Instead":
        return self


async def _list(ctx: SdkContext, params: Any) -> types.ListToolsResult:
    names = ("echo", "who", "wait", "count", "ask", "crash", "long")
    anything = {"type": "object"}
    return types.ListToolsResult(tools=[types.Tool(name=n, input_schema=anything) for n in names])


def _text(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)])
