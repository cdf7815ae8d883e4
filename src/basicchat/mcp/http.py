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
from basicchat.mcp.http_handshakes import Handshakes
from basicchat.mcp.http_requests import HttpRequest
from basicchat.mcp.http_session_table import Caps
from basicchat.mcp.http_single import Single
from basicchat.mcp.responses import Message, Receive, Refusal, Response, Send, Spawn
from basicchat.mcp.step_up import StepUp


class StreamableHttp:
    """Serves authenticated requests to `/mcp`.

    Args:
        spawn: starts a task that the server owns.
        max_body_bytes: of a request.
        caps: of the era with sessions; see `Caps`.
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
        self._step_up = StepUp(scopes)
        self._single = Single(server, spawn)
        self._handshakes = Handshakes(
            server,
            services,
            spawn,
            Caps(*caps),
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
            self._step_up.check(caller.known(), request.body)
        # Without a version it is of a time before there were any.
        version = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
        era = self._handshakes if version in (None, *HANDSHAKE_PROTOCOL_VERSIONS) else self._single
        try:
            await era.serve(caller, request, response)
        except Refusal as refusal:
            await response.refuse(refusal)
