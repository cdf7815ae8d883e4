"""Serves `/mcp`, and loads the MCP SDK with the first request.

The SDK takes 0.8 s and 55 MB to import, which a server that no MCP client uses should not pay.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio import to_thread

from basicchat.api.calls import Caller
from basicchat.api.router import Router
from basicchat.domain.ports import Job, Report, Spawn
from basicchat.domain.values import Task

if TYPE_CHECKING:
    from basicchat.mcp.http.app import StreamableHttp
    from basicchat.mcp.http.response import Message, Receive, Send
    from basicchat.mcp.wire.frame_session import FrameSession, Shell


class LazyMcpServer:
    """Serves authenticated requests to `/mcp`, as an ASGI application and over WebSocket.

    Args:
        spawn: starts a task that the server owns.
    """

    def __init__(self, router: Router, spawn: Spawn) -> None:
        self._router = router
        self._spawn = spawn
        self._opening = asyncio.Lock()
        self._loaded: _LoadedServer | None = None

    async def __call__(
        self, caller: Caller, scope: "Message", receive: "Receive", send: "Send"
    ) -> None:
        """Serve one request; the first ones wait until the SDK is loaded."""
        loaded = self._loaded or await self._opened()
        await loaded.http(caller, scope, receive, send)

    async def speak(self) -> "Callable[[Shell], FrameSession]":
        """How MCP is spoken over a connection's shell."""
        loaded = self._loaded or await self._opened()
        return loaded.speak

    async def work(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        """Call a tool in the background: the job that runs tasks of kind `tool`."""
        loaded = self._loaded or await self._opened()
        return await loaded.work(task, payload, report)

    async def _opened(self) -> "_LoadedServer":
        async with self._opening:
            if self._loaded is None:
                self._loaded = await self._open()
            return self._loaded

    async def _open(self) -> "_LoadedServer":
        build, make, speak = await to_thread.run_sync(_load)
        limits = self._router.services.limits
        server = build(self._router, spawn=self._spawn)
        http = make(
            server,
            self._router.services,
            self._spawn,
            max_body_bytes=limits.mcp_body_bytes,
            caps=(
                limits.mcp_sessions,
                limits.mcp_sessions_per_user,
                limits.mcp_session_seconds,
            ),
            max_in_flight=limits.requests_in_flight,
            scopes=server.tool_scopes,
        )
        return _LoadedServer(http, partial(speak, server), server.tasks.work)


class _LoadedServer(NamedTuple):
    """What is loaded with the first request."""

    http: "StreamableHttp"
    speak: "Callable[[Shell], FrameSession]"
    work: Job


def _load() -> "tuple[Any, type[StreamableHttp], type[FrameSession]]":
    from basicchat.mcp.http.app import StreamableHttp  # noqa: PLC0415
    from basicchat.mcp.server import build  # noqa: PLC0415
    from basicchat.mcp.wire.frame_session import FrameSession  # noqa: PLC0415

    return build, StreamableHttp, FrameSession
