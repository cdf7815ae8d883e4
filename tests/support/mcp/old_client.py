"""The client of the library's 1.x line over WebSocket, as a program of its own environment.

Usage: old_client.py URL. It knows nothing but the URL, so the token is the password in it.
"""

import asyncio
import json
import sys

from mcp.client.websocket import websocket_client

from mcp import ClientSession


async def main(url: str) -> None:
    heard: list[float] = []

    async def progress(now: float, total: float | None, message: str | None) -> None:
        heard.append(now)

    async with websocket_client(url) as (read, write), ClientSession(read, write) as session:
        opened = await session.initialize()
        tools = await session.list_tools()
        called = await session.call_tool("greet", {"name": "Ada"})
        await session.call_tool("test_tool_with_progress", {}, progress_callback=progress)
        resource = await session.read_resource("test://static-text")
        prompt = await session.get_prompt("test_simple_prompt")
        await session.send_ping()
    told = {
        "version": opened.protocolVersion,
        "server": opened.serverInfo.name,
        "tools": len(tools.tools),
        "text": called.content[0].text,
        "progress": heard,
        "resource": resource.contents[0].text,
        "prompt": len(prompt.messages),
    }
    print(json.dumps(told))


asyncio.run(main(sys.argv[1]))
