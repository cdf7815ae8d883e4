"""The way to `/mcp`, which loads what is behind it only when somebody comes.

The SDK takes 0.8 s and 55 MB to import, which a server that no MCP client uses should not pay.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio import to_thread

from basicchat.api.calls import Caller
from basicchat.api.router import Router
from basicchat.domain.ports import Job, Report
from basicchat.domain.values import Task

if TYPE_CHECKING:
    from basicchat.mcp.framed import FramedSession, Shell
    from basicchat.mcp.http import StreamableHttp
    from basicchat.mcp.responses import Message, Receive, Send

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Door:
    """Serves authenticated requests to `/mcp`, as an ASGI application and over WebSocket.

    Args:
        spawn: starts a task that the server owns.
        limits: `mcp_body_bytes`, `requests_in_flight`, and those of sessions.
    """

    def __init__(self, router: Router, spawn: Spawn, limits: dict[str, Any]) -> None:
        self._router = router
        self._spawn = spawn
        self._limits = limits
        self._opening = asyncio.Lock()
        self._behind: _Behind | None = None

    async def __call__(
        self, caller: Caller, scope: "Message", receive: "Receive", send: "Send"
    ) -> None:
        """Serve one request; the first ones wait until the SDK is loaded."""
        behind = self._behind or await self._opened()
        await behind.http(caller, scope, receive, send)

    async def speak(self) -> "Callable[[Shell], FramedSession]":
        """How MCP is spoken over a connection's shell."""
        behind = self._behind or await self._opened()
        return behind.speak

    async def work(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        """Call a tool in the background: the job behind tasks of kind `tool`."""
        behind = self._behind or await self._opened()
        return await behind.work(task, payload, report)

    async def _opened(self) -> "_Behind":
        async with self._opening:
            if self._behind is None:
                self._behind = await self._open()
            return self._behind

    async def _open(self) -> "_Behind":
        build, make, speak = await to_thread.run_sync(_load)
        limits = self._limits
        server = build(self._router, spawn=self._spawn)
        http = make(
            server,
            self._router.services,
            self._spawn,
            max_body_bytes=limits["mcp_body_bytes"],
            caps=(
                limits["mcp_sessions"],
                limits["mcp_sessions_per_user"],
                limits["mcp_session_seconds"],
            ),
            max_in_flight=limits["requests_in_flight"],
            scopes=server.tool_scopes,
        )
        return _Behind(http, partial(speak, server), server.tasks.work)


class _Behind(NamedTuple):
    """What the door leads to."""

    http: "StreamableHttp"
    speak: "Callable[[Shell], FramedSession]"
    work: Job


def _load() -> "tuple[Any, type[StreamableHttp], type[FramedSession]]":
    from basicchat.mcp.framed import FramedSession  # noqa: PLC0415
    from basicchat.mcp.http import StreamableHttp  # noqa: PLC0415
    from basicchat.mcp.server import build  # noqa: PLC0415

    return build, StreamableHttp, FramedSession
