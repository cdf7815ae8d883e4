"""The way to `/mcp`, which loads what is behind it only when somebody comes.

The SDK takes 0.8 s and 55 MB to import, which a server that no MCP client uses should not pay.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from basicchat.api.calls import Caller
from basicchat.api.router import Router

if TYPE_CHECKING:
    from basicchat.mcp.http import Message, Receive, Send, StreamableHttp

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class Door:
    """An ASGI application that serves authenticated requests to `/mcp`.

    Args:
        spawn: starts a task that the server owns.
        uploads: a folder for documents that are still coming in.
        limits: `mcp_body_bytes`, `mcp_sessions`, `mcp_session_seconds`.
    """

    def __init__(self, router: Router, spawn: Spawn, uploads: Path, limits: dict[str, Any]) -> None:
        self._router = router
        self._spawn = spawn
        self._uploads = uploads
        self._limits = limits
        self._opening = asyncio.Lock()
        self._http: StreamableHttp | None = None

    async def __call__(
        self, caller: Caller, scope: "Message", receive: "Receive", send: "Send"
    ) -> None:
        """Serve one request; the first ones wait until the SDK is loaded."""
        http = self._http
        if http is None:
            async with self._opening:
                http = self._http = self._http or await self._open()
        await http(caller, scope, receive, send)

    async def _open(self) -> "StreamableHttp":
        build, make = await to_thread.run_sync(_load)
        http = make(
            build(self._router, spawn=self._spawn, uploads=self._uploads),
            max_body_bytes=self._limits["mcp_body_bytes"],
            max_sessions=self._limits["mcp_sessions"],
            session_seconds=self._limits["mcp_session_seconds"],
        )
        self._spawn(http.run())
        return http


def _load() -> "tuple[Any, type[StreamableHttp]]":
    from basicchat.mcp.http import StreamableHttp  # noqa: PLC0415
    from basicchat.mcp.server import build  # noqa: PLC0415

    return build, StreamableHttp
