"""The parts of the server that every transport needs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from basicchat.api.calls import Caller
from basicchat.api.router import Router
from basicchat.config.limits import Limits
from basicchat.domain.ports import Spawn
from basicchat.domain.values import Actor
from basicchat.protocol.errors import Close
from basicchat.transports.chat import ChatSession
from basicchat.transports.connection import Connection, Socket, Speak
from basicchat.transports.draining import close_reason
from basicchat.transports.security import OriginPolicy

Health = Callable[[], Awaitable[tuple[bool, dict[str, Any]]]]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class LoadedMcp(Protocol):
    """The MCP server."""

    @property
    def http(self) -> Callable[[Caller, Message, Receive, Send], Awaitable[None]]:
        """Serves an authenticated HTTP request (ASGI)."""
        ...

    @property
    def frame_session(self) -> Speak:
        """Opens an MCP session over a connection."""
        ...


class Mcp(Protocol):
    """The MCP server, which is loaded on first use."""

    async def load(self) -> LoadedMcp:
        """The server itself."""
        ...


class MetricsExporter(Protocol):
    """Renders the server's metrics."""

    async def page(self, accept: str) -> tuple[bytes, str]:
        """The page for Prometheus and its media type."""
        ...


@dataclass(kw_only=True)
class ServerContext:
    """The server as its transports see it.

    Args:
        origins: which hosts and origins are allowed.
        health: readiness, and the state of each dependency by name.
        uploads: the folder of unfinished uploads.
        heartbeat_seconds: how often an idle stream must show the peer that it is alive.
        mcp: serves authenticated MCP requests.
        mcp_guest: the user of requests from this machine to `/mcp` without a token; None in
            production.
        metrics_token: grants access to `/metrics`, in addition to administrators' tokens.
        metrics_open: this machine may read `/metrics` without a token.
        open: the open connections.
        feeds: callbacks that end the open HTTP streams, with whether each is still of use.
        draining: the server is shutting down and refuses new connections.
    """

    router: Router
    spawn: Spawn
    origins: OriginPolicy
    health: Health
    uploads: Path
    static: Path
    mcp: Mcp
    metrics_exporter: MetricsExporter
    mcp_guest: Actor | None = None
    metrics_token: str | None = None
    metrics_open: bool = False
    open: set[Connection] = field(default_factory=set)
    feeds: dict[Callable[[], None], Callable[[], bool]] = field(default_factory=dict)
    draining: bool = False

    @property
    def limits(self) -> Limits:
        """What one client may use."""
        return self.router.services.limits

    @property
    def connections(self) -> Mapping[str, int]:
        """How many connections each address has open."""
        return self.router.services.request_limits.connections

    @property
    def by_transport(self) -> Mapping[str, int]:
        """How many connections each transport has open."""
        chats = sum(shell.speaks(ChatSession) for shell in self.open)
        return {"websocket": chats, "mcp": len(self.open) - chats, "events": len(self.feeds)}

    def connect(
        self,
        socket: Socket,
        credentials: str | None,
        speak: Speak | None = None,
        actor: Actor | None = None,
        audience: str | None = None,
    ) -> Connection:
        """Create the shell of a new connection, which speaks basicchat.v1 by default."""
        return Connection(
            self.router.services,
            socket,
            self.spawn,
            speak or self.chat,
            credentials=credentials,
            actor=actor,
            audience=audience,
            max_queue_bytes=self.limits.max_queue_bytes,
            requests_in_flight=self.limits.requests_in_flight,
            auth_seconds=self.limits.auth_seconds,
        )

    def chat(self, shell: Connection) -> ChatSession:
        """Speak basicchat.v1 over a connection."""
        return ChatSession(self.router, shell)

    def end_idle(self) -> None:
        """End the connections and streams on which no answer is awaited."""
        for end, is_busy in tuple(self.feeds.items()):
            if not is_busy():
                end()
        for connection in tuple(self.open):
            if connection.speaks(ChatSession) and not connection.busy:
                connection.close(Close.DRAINING, close_reason())

    async def end_all(self) -> None:
        """End all streams and connections; their clients reconnect later."""
        for end in tuple(self.feeds):
            end()
        lasting = [each.caller for each in self.open if each.caller.open_long_requests is not None]
        await asyncio.gather(*(caller.end_long_requests() for caller in lasting))
        for connection in tuple(self.open):
            connection.close(Close.DRAINING, close_reason())
