"""What stands before every handler of MCP."""

import structlog
from mcp.server.context import CallNext, HandlerResult
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from basicchat.api.router import Router
from basicchat.domain.values import Actor
from basicchat.mcp.features.errors import protocol_error
from basicchat.mcp.features.sdk_context import SdkContext, actor_of, caller_of

# What tool calls charge, the method that they call charges: a repetition is free there.
CHARGES_ITSELF = frozenset({"tools/call"})


def sealed_state(router: Router, audience: str) -> RequestStateBoundary:
    """What a client has to bring along with its answers is sealed, and holds for its user alone."""
    secret = router.services.authenticator.derived(b"mcp request state")
    security = RequestStateSecurity(
        keys=[secret],
        bind_principal=lambda ctx: _principal(actor_of(ctx)),
    )
    return RequestStateBoundary(security, default_audience=audience)


def _principal(actor: Actor) -> str:
    """Whose it is: of the user and their app or key, whichever token the app has by now."""
    return f"{actor.user.id} {actor.client_id or actor.key_id}"


class RequestMiddleware:
    """Stands before every handler: charges the rate limit, and puts what goes wrong into words."""

    def __init__(self, router: Router) -> None:
        self._limiter = router.services.request_limits

    async def __call__(self, ctx: SdkContext, call_next: CallNext) -> HandlerResult:
        """Let a message through.

        Raises:
            MCPError: what the client is told.
        """
        try:
            if ctx.request_id is not None and ctx.method not in CHARGES_ITSELF:
                self._limiter.message(caller_of(ctx).budget)
            # Each request has a task of its own: there is nothing to put back.
            structlog.contextvars.bind_contextvars(mcp_method=ctx.method)
            return await call_next(ctx)
        except (MCPError, ValidationError):
            raise
        # In either era, the SDK would tell some exceptions' texts.
        except Exception as error:
            raise protocol_error(error) from error
