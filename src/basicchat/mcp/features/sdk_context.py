"""The caller and the connection of a request, from the SDK's context.

A transport authenticates each message, and passes the `api.calls.Caller` along as the SDK's
`ServerMessageMetadata.request_context`. Handlers call `caller_of` for all transports.
"""

from typing import Any

from mcp.server.connection import Connection
from mcp.server.context import ServerRequestContext
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from basicchat.api.calls import Caller
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.values import Actor

SdkContext = ServerRequestContext[Any, Any]


def connection_of(ctx: SdkContext) -> Connection:
    """The connection of a request: one for each session, or since 2026-07-28 one for each request.

    Its state and its exit stack live as long as it does. The SDK has no public name for it.
    """
    return ctx.session._connection


def is_modern(version: str) -> bool:
    """Whether a protocol revision has neither a handshake nor sessions."""
    return version in MODERN_PROTOCOL_VERSIONS


def declares(ctx: SdkContext, extension: str) -> bool:
    """Whether the client declared an extension for this request."""
    declared = ctx.session.client_capabilities
    return declared is not None and extension in (declared.extensions or {})


def caller_of(ctx: SdkContext) -> Caller:
    """The authenticated caller of a request.

    HTTP creates one for each request. A WebSocket has one, which is updated when its access
    changes. Over stdio it is the owner.

    Raises:
        Unauthenticated: the connection is not logged in.
    """
    return authenticated(ctx.request)


def authenticated(request_context: object) -> Caller:
    """The caller that a transport has passed along with a request.

    Raises:
        Unauthenticated: the connection is not logged in.
    """
    if not isinstance(request_context, Caller) or request_context.actor is None:
        raise Unauthenticated(
            "This connection is not logged in", hint="Send a bearer token.", reason="not_logged_in"
        )
    return request_context


def actor_of(ctx: SdkContext) -> Actor:
    """The authenticated actor of a request. Raises Unauthenticated."""
    return caller_of(ctx).require_actor()
