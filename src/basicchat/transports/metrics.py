"""`/metrics`, for Prometheus, and who may read it."""

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
    """The endpoint."""

    async def metrics(request: Request) -> Response:
        await _may_read(context, request)
        accept = request.headers.get("accept", "")
        content, media_type = await to_thread.run_sync(context.metrics_exporter.render, accept)
        return Response(content, 200, {"cache-control": "no-store", "content-type": media_type})

    return Route("/metrics", guarded(metrics))


async def _may_read(context: ServerContext, request: Request) -> None:
    """Let pass who has the token for it, whoever administers the server, and, on a server for
    this machine alone, this machine."""
    token, _ = credentials(request.headers)
    wanted = context.metrics_token
    if token and wanted and hmac.compare_digest(token.encode(), wanted.encode()):
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
