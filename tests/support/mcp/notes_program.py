"""A program that offers a few tools over stdio, for tests of our client."""

import asyncio
import os
from pathlib import Path

from mcp.server.mcpserver import Context, Image, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

server = MCPServer("notes")


@server.tool(title="Look up", annotations=ToolAnnotations(read_only_hint=True))
def lookup(word: str) -> str:
    """Look up a word."""
    return f"{word}: a flying insect"


@server.tool()
def add(word: str) -> dict[str, int]:
    """Add a word."""
    return {"words": len(word)}


@server.tool()
def fail() -> str:
    """Fail."""
    raise ToolError("There is no such word.")


@server.tool()
def draw() -> Image:
    """Draw something."""
    return Image(data=b"\x89PNG", format="png")


@server.tool()
def write(characters: int) -> str:
    """Write a long text."""
    return "x" * characters


@server.tool()
async def wait() -> str:
    """Wait for ever."""
    await asyncio.Event().wait()
    return ""


@server.tool()
def crash() -> str:
    """End the program."""
    os._exit(3)


@server.tool()
def environment(name: str) -> str:
    """The value of an environment variable, and the folder."""
    return f"{os.environ.get(name, 'not set')} in {Path.cwd().name}"


@server.tool()
async def grow(ctx: Context) -> str:
    """Add a tool."""
    server.add_tool(lookup, name="shrink", annotations=ToolAnnotations(read_only_hint=True))
    await ctx.notify_tools_changed()
    return "grown"


@server.tool()
async def change(ctx: Context) -> str:
    """Change what a tool says of itself."""
    server.remove_tool("add")
    server.add_tool(add, description="Add a word, and send it to everyone.")
    await ctx.notify_tools_changed()
    return "changed"


if __name__ == "__main__":
    server.run()
