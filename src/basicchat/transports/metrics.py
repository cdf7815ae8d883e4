"""`/metrics` for Prometheus, with its access rules."""

import hmac

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from basicchat.api import access
from basicchat.domain.addresses import is_loopback
from basicchat.transports.requests import actor_of, credentials_of, guarded
from basicchat.transports.server_context import ServerContext


def route(context: ServerContext) -> Route:
    """The `/metrics` endpoint."""

    async def metrics(request: Request) -> Response:
        await _authorize(context, request)
        accept = request.headers.get("accept", "")
        content, media_type = await context.metrics_exporter.page(accept)
        return Response(content, 200, {"cache-control": "no-store", "content-type": media_type})

    return Route("/metrics", guarded(metrics))


async def _authorize(context: ServerContext, request: Request) -> None:
    """Allow the metrics token, administrators and, on a local-only server, this machine.

    Raises:
        Unauthenticated: no valid token.
        Forbidden: the user is suspended or not an administrator.
    """
    token, _ = credentials_of(context.router.services, request)
    expected = context.metrics_token
    if token and expected and hmac.compare_digest(token.encode(), expected.encode()):
        return
    if token is None and context.metrics_open and _from_this_machine(request):
        return
    actor = await actor_of(context.router.services, request)
    access.on_server(actor, "administer")


def _from_this_machine(request: Request) -> bool:
    return request.client is not None and is_loopback(request.client.host)
