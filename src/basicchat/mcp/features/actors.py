"""Who is behind a request of an MCP client: the seam between transports and handlers.

A transport authenticates, and hands the `api.calls.Caller` over with each message as the SDK's
`ServerMessageMetadata.request_context`. Handlers ask `caller_of`, whatever the transport.
"""

from basicchat.api.calls import Caller
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor
from basicchat.mcp.features.sdk_context import SdkContext


def caller_of(ctx: SdkContext) -> Caller:
    """The authenticated caller of a request.

    HTTP makes one for each request; a WebSocket has one, which changes of access keep up to
    date; over stdio it is the owner.

    Raises:
        Unauthenticated: the transport let nobody in.
    """
    return known_caller(ctx.request)


def known_caller(found: object) -> Caller:
    """The caller that a transport handed over with a request.

    Raises:
        Unauthenticated: it let nobody in.
    """
    if not isinstance(found, Caller) or found.actor is None:
        raise Unauthenticated("This connection is not logged in", hint="Send a bearer token.")
    return found


def actor_of(ctx: SdkContext) -> Actor:
    """The authenticated actor of a request. Raises Unauthenticated."""
    return caller_of(ctx).known()
