"""Streamable HTTP at `/mcp`, both eras, by our own dispatcher.

The SDK's own way moves each message through memory streams and task groups, and twice through
pydantic; see docs/architecture.md for what that costs.
"""

from collections.abc import Mapping
from typing import Any

from mcp.server.lowlevel import Server
from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from basicchat.api.calls import Caller, Services
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import Message, Receive, Refusal, Response, Send
from basicchat.mcp.http.scope_challenge import ScopeChallenge
from basicchat.mcp.http.session_registry import SessionLimits
from basicchat.mcp.http.stateful import StatefulHttp
from basicchat.mcp.http.stateless import StatelessHttp


class StreamableHttp:
    """Serves authenticated requests to `/mcp`.

    Args:
        spawn: starts a task that the server owns.
        max_body_bytes: of a request.
        caps: of the era with sessions; see `SessionLimits`.
        max_in_flight: unanswered requests of one session.
        scopes: the scope that each tool needs, by its name.
    """

    def __init__(
        self,
        server: "Server[Any]",
        services: Services,
        spawn: Spawn,
        *,
        max_body_bytes: int,
        caps: tuple[int, int, float],
        max_in_flight: int,
        scopes: Mapping[str, str],
    ) -> None:
        self._spawn = spawn
        self._max_body_bytes = max_body_bytes
        self._scope_challenge = ScopeChallenge(scopes)
        self._stateless = StatelessHttp(server, spawn)
        self._stateful = StatefulHttp(
            server,
            services,
            spawn,
            SessionLimits(*caps),
            max_in_flight=max_in_flight,
        )

    async def __call__(self, caller: Caller, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request of an authenticated caller.

        Raises:
            Forbidden: an app's token lacks a scope that it could ask for.
            TooLarge: the body is.
        """
        request = HttpRequest(scope)
        response = Response(receive, send, self._spawn)
        if request.method == "POST":
            await request.read(receive, self._max_body_bytes)
            self._scope_challenge.check(caller.known(), request.body)
        # Without a version it is of a time before there were any.
        version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
        era = self._stateful if version in (None, *HANDSHAKE_PROTOCOL_VERSIONS) else self._stateless
        try:
            await era.serve(caller, request, response)
        except Refusal as refusal:
            await response.refuse(refusal)
