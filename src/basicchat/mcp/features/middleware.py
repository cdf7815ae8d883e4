"""Middleware around every MCP handler: rate limit, mapping of errors, and the server's icons."""

import structlog
from mcp.server.context import CallNext, HandlerResult
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from basicchat.api.router import Router
from basicchat.domain.values import Actor
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.features.sdk_context import SdkContext, actor_of, caller_of
from basicchat.mcp.identity import ICONS_SINCE, SERVER_INFO_KEY, with_icons

# The method that a tool calls charges the call, because repeating it may be free.
CHARGES_ITSELF = frozenset({"tools/call"})
# All other requests only read, or change nothing but the client's own subscriptions.
WRITES = frozenset({"tasks/update", "tasks/cancel"})


def sealed_state(router: Router, audience: str) -> RequestStateBoundary:
    """Seals the request state that clients send back, for the user it was issued to."""
    secret = router.services.authenticator.derived(b"mcp request state")
    security = RequestStateSecurity(
        keys=[secret],
        bind_principal=lambda ctx: _principal(actor_of(ctx)),
    )
    return RequestStateBoundary(security, default_audience=audience)


def _principal(actor: Actor) -> str:
    """The user with their app or key; independent of the token, which the app may have renewed."""
    return f"{actor.user.id} {actor.client_id or actor.key_id}"


class RequestMiddleware:
    """Charges the rate limit, and maps exceptions to protocol errors."""

    def __init__(self, router: Router) -> None:
        self._limiter = router.services.request_limits

    async def __call__(self, ctx: SdkContext, call_next: CallNext) -> HandlerResult:
        """Handle a message.

        Raises:
            MCPError: the error for the client.
        """
        try:
            if ctx.request_id is not None and ctx.method not in CHARGES_ITSELF:
                caller = caller_of(ctx)
                if ctx.method in WRITES:
                    self._limiter.message(caller.budget)
                else:
                    self._limiter.read(caller.require_actor().session_id)
            # Each request has its own task, so the binding needs no reset.
            structlog.contextvars.bind_contextvars(mcp_method=ctx.method)
            return await call_next(ctx)
        except (MCPError, ValidationError):
            raise
        # In both eras the SDK would reveal the texts of some exceptions.
        except Exception as error:
            raise protocol_error(error) from error


async def add_icons(ctx: SdkContext, call_next: CallNext) -> HandlerResult:
    """Add the server's icons where clients ask who it is, in the revisions that have icons."""
    result = await call_next(ctx)
    if not isinstance(result, dict):
        return result
    if ctx.method == "initialize" and result["protocolVersion"] >= ICONS_SINCE:
        return {**result, "serverInfo": with_icons(result["serverInfo"])}
    if ctx.method == "server/discover":
        meta = result["_meta"]
        return {**result, "_meta": {**meta, SERVER_INFO_KEY: with_icons(meta[SERVER_INFO_KEY])}}
    return result
