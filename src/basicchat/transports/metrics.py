"""`/metrics` for Prometheus, with its access rules."""

import hmac
import ipaddress

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from basicchat.api import access
from basicchat.transports.requests import actor_of, guarded
from basicchat.transports.security import credentials
from basicchat.transports.server_context import ServerContext


def route(context: ServerContext) -> Route:
    """The `/metrics` endpoint."""

    async def metrics(request: Request) -> Response:
        await _authorize(context, request)
        accept = request.headers.get("accept", "")
        content, media_type = await to_thread.run_sync(context.metrics_exporter.render, accept)
        return Response(content, 200, {"cache-control": "no-store", "content-type": media_type})

    return Route("/metrics", guarded(metrics))


async def _authorize(context: ServerContext, request: Request) -> None:
    """Allow the metrics token, administrators and, on a local-only server, this machine.

    Raises:
        Unauthenticated: no valid token.
        Forbidden: the user is suspended or not an administrator.
    """
    token, _ = credentials(request.headers)
    expected = context.metrics_token
    if token and expected and hmac.compare_digest(token.encode(), expected.encode()):
        return
    if token is None and context.metrics_open and _from_this_machine(request):
        return
    actor = await actor_of(context.router.services, request)
    access.on_server(actor, "administer")


def _from_this_machine(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
