"""Loads the MCP server on first use.

The SDK takes 0.8 s and 55 MB to import, which a server without MCP clients should not pay.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from anyio import to_thread

from basicchat.api.router import Router
from basicchat.domain.ports import Job, Report, Spawn
from basicchat.domain.values import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from basicchat.mcp.http.app import StreamableHttp
    from basicchat.mcp.wire.frame_session import FrameSession, Shell


class LoadedServer(NamedTuple):
    """The server, as transports use it.

    Attributes:
        http: serves an authenticated HTTP request.
        frame_session: opens a session over the shell of a connection.
        work: calls a tool in the background.
    """

    http: "StreamableHttp"
    frame_session: "Callable[[Shell], FrameSession]"
    work: Job


class LazyMcpServer:
    """The server, which is built on first use.

    Args:
        spawn: starts a task that the server owns.
    """

    def __init__(self, router: Router, spawn: Spawn) -> None:
        self._router = router
        self._spawn = spawn
        self._loading = asyncio.Lock()
        self._loaded: LoadedServer | None = None

    async def load(self) -> LoadedServer:
        """The server; the first callers wait for the SDK's import."""
        if self._loaded is None:
            async with self._loading:
                if self._loaded is None:
                    self._loaded = await self._build()
        return self._loaded

    async def work(
        self, task: Task, payload: dict[str, Any], report: Report
    ) -> dict[str, Any] | None:
        """Call a tool in the background: the job of tasks of kind `tool`."""
        return await (await self.load()).work(task, payload, report)

    async def _build(self) -> LoadedServer:
        build, make_http, make_session = await to_thread.run_sync(_import)
        server = build(self._router, spawn=self._spawn)
        services = self._router.services
        http = make_http(
            server.requests, services, self._spawn, services.limits, server.tool_scopes
        )
        return LoadedServer(http, partial(make_session, server.requests), server.tasks.work)


def _import() -> "tuple[Any, type[StreamableHttp], type[FrameSession]]":
    from basicchat.mcp.http.app import StreamableHttp  # noqa: PLC0415
    from basicchat.mcp.server import build  # noqa: PLC0415
    from basicchat.mcp.wire.frame_session import FrameSession  # noqa: PLC0415

    return build, StreamableHttp, FrameSession
