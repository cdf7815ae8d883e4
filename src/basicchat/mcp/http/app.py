"""Streamable HTTP at `/mcp` for both protocol eras, on our own dispatcher.

The SDK's HTTP app moves each message through memory streams and task groups, and twice through
pydantic; docs/architecture.md says what that costs.
"""

from collections.abc import Mapping

from mcp.shared.inbound import MCP_PROTOCOL_VERSION_HEADER
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from basicchat.api.calls import Caller, Services
from basicchat.config.limits import Limits
from basicchat.domain.ports import Spawn
from basicchat.mcp.http.request import HttpRequest
from basicchat.mcp.http.response import Message, Receive, Refusal, Response, Send
from basicchat.mcp.http.scope_challenge import ScopeChallenge
from basicchat.mcp.http.stateful import StatefulHttp
from basicchat.mcp.http.stateless import StatelessHttp
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.request_server import RequestServer


class StreamableHttp:
    """Serves authenticated requests to `/mcp`.

    Args:
        spawn: starts a task that the server owns.
        limits: those of MCP sessions and request bodies apply.
        scopes: the OAuth scope that each tool needs, by its name.
    """

    def __init__(
        self,
        requests: RequestServer,
        services: Services,
        spawn: Spawn,
        limits: Limits,
        scopes: Mapping[str, str],
    ) -> None:
        self._spawn = spawn
        self._max_body_bytes = limits.mcp_body_bytes
        self._scope_challenge = ScopeChallenge(scopes)
        self._stateless = StatelessHttp(requests, spawn)
        self._stateful = StatefulHttp(requests, services, spawn, limits)

    async def __call__(self, caller: Caller, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request of an authenticated caller.

        Raises:
            Forbidden: an app's token lacks a scope, which the app can request.
            TooLarge: the body is too large.
        """
        request = HttpRequest(scope)
        response = Response(receive, send, self._spawn)
        if request.method == "POST":
            await request.read(receive, self._max_body_bytes)
            if not frames.is_too_complex(request.body):
                self._scope_challenge.check(caller.require_actor(), request.body)
        # Clients older than the header send none.
        version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
        era = self._stateful if version in (None, *HANDSHAKE_PROTOCOL_VERSIONS) else self._stateless
        try:
            await era.serve(caller, request, response)
        except Refusal as refusal:
            await response.refuse(refusal)
