"""MCP servers with a tool that adds: BasicChat, the official library's own app, and FastMCP."""

from pathlib import Path
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server

NUMBER = {"type": "integer"}
TWO = {"type": "object", "properties": {"a": NUMBER, "b": NUMBER}, "required": ["a", "b"]}
SUM = {"type": "object", "properties": {"result": NUMBER}, "required": ["result"]}
ADD = types.Tool(name="add", description="Add two numbers.", input_schema=TWO, output_schema=SUM)


async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
    """The one tool."""
    return types.ListToolsResult(tools=[ADD])


async def add(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    """Add two numbers."""
    arguments = params.arguments or {}
    total = arguments["a"] + arguments["b"]
    content: list[types.ContentBlock] = [types.TextContent(type="text", text=str(total))]
    return types.CallToolResult(content=content, structured_content={"result": total})


def stock_app() -> Any:
    """The library's low-level server in its own Streamable HTTP app, without authentication."""
    server: Server[Any] = Server("stock", on_list_tools=list_tools, on_call_tool=add)
    return server.streamable_http_app()


def fastmcp_app() -> Any:
    """FastMCP's app, without authentication."""
    from fastmcp import FastMCP  # noqa: PLC0415 - installed for the benchmark alone

    server: Any = FastMCP("fast")

    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    server.tool(add)
    return server.http_app(path="/mcp")


def with_bench_tools() -> None:
    """Add the tools of the benchmark to BasicChat's own."""
    from basicchat.mcp import tools  # noqa: PLC0415 - the other servers do without

    tools.__path__.append(str(Path(__file__).parent / "mcp_tools"))
