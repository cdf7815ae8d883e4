"""The ASGI application: all endpoints of the one port."""

from collections.abc import Mapping, Set

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from basicchat.transports import metrics, openai
from basicchat.transports.http import HttpApi
from basicchat.transports.login import LoginApi
from basicchat.transports.mcp import McpEndpoint, McpSockets
from basicchat.transports.oauth import open_to_all
from basicchat.transports.oauth_routes import oauth_routes
from basicchat.transports.requests import Handler, guarded
from basicchat.transports.security import HEADERS, cross_origin_headers
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.static import StaticFiles
from basicchat.transports.websocket import Chat, WebSocketEndpoint


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


SECURITY_HEADERS = _encoded(HEADERS)
# What browsers heed on pages alone is not sent with each of the many scripts and styles of one.
OF_PAGES = {b"content-security-policy", b"cross-origin-opener-policy", b"permissions-policy"}
PARTS_OF_PAGES = {b"text/javascript; charset=utf-8", b"text/css; charset=utf-8"}


class Application:
    """Sends each connection to its transport, after looking at where it comes from."""

    def __init__(self, context: ServerContext) -> None:
        self._doors = context.doors
        self._sockets = {
            "/ws": WebSocketEndpoint(context, Chat(context)),
            "/mcp": WebSocketEndpoint(context, McpSockets(context)),
        }
        self._mcp = McpEndpoint(context)
        self._http = Router(routes(context))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if scope["type"] == "http":
            await self._serve_http(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] in self._sockets:
            await self._sockets[scope["path"]](scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})

    async def _serve_http(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host"), headers.get(b"origin")
        more = list(SECURITY_HEADERS)
        if origin is not None and self._doors.readable_by(origin):
            more += _encoded(cross_origin_headers(origin))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # What a page says for itself counts; what it varies with adds up.
                told = {name for name, _ in message["headers"]} - {b"vary"}
                if dict(message["headers"]).get(b"content-type") in PARTS_OF_PAGES:
                    told |= OF_PAGES
                rest = [(name, value) for name, value in more if name not in told]
                message["headers"] = [*message["headers"], *rest]
            await send(message)

        if not self._doors.host_allowed(host):
            refused = Response("This host name is not served here.", 421, media_type="text/plain")
            await refused(scope, receive, send_with_headers)
        elif open_to_all(scope["path"]):
            await self._http(scope, receive, send_with_headers)
        elif not self._doors.origin_allowed(origin, host):
            refused = Response("Not from this origin.", 403, media_type="text/plain")
            await refused(scope, receive, send_with_headers)
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            # A browser asks what it may ask; the headers above are the answer, if there are any.
            await Response(status_code=204)(scope, receive, send_with_headers)
        elif scope["path"] == "/mcp":
            await self._mcp(scope, receive, send_with_headers)
        else:
            await self._http(scope, receive, send_with_headers)


def routes(context: ServerContext) -> list[Route]:
    """All HTTP endpoints."""
    api, static = HttpApi(context), StaticFiles(context.static)
    login = LoginApi(context)

    async def index(request: Request) -> Response:
        return await static.respond(request, "index.html")

    async def file(request: Request) -> Response:
        return _asked_otherwise(request.url.path, posted) or await static.respond(
            request, request.path_params["name"]
        )

    found = [
        Route("/", index),
        Route("/login", guarded(login.link)),
        *_posts(
            {
                "/api/login": login.login,
                "/api/logout": login.logout,
                "/logout": login.logout,
                "/api/logout-everywhere": login.logout_everywhere,
                "/api/refresh": login.renew,
                "/api/renew": login.renew,
                "/api/password": login.password,
                "/api/invitations/look": login.invitation,
                "/api/invitations/accept": login.accept,
            }
        ),
        Route("/api/login-options", guarded(login.options)),
        Route("/api/oidc/login", guarded(login.oidc_login)),
        Route("/api/oidc/callback", guarded(login.oidc_callback)),
        *oauth_routes(context),
        Route("/api/rpc", guarded(api.rpc), methods=["POST"]),
        Route("/api/events", guarded(api.events)),
        Route("/api/documents", guarded(api.upload), methods=["POST"]),
        Route("/api/documents/{document_id}/content", guarded(api.content)),
        Route("/health/live", api.live),
        Route("/health/ready", guarded(api.ready)),
        *openai.routes(context),
        metrics.route(context),
    ]
    posted = {route.path for route in found if route.methods == {"POST"}}
    return [*found, Route("/{name:path}", file)]


def _asked_otherwise(path: str, posted: Set[str]) -> Response | None:
    """Say how something is to be asked that is there, but was asked in another way."""
    if path == "/ws":
        headers = {"upgrade": "websocket", "connection": "upgrade"}
        return Response("This is for WebSocket.", 426, headers, "text/plain")
    if path in posted:
        return Response("This takes POST.", 405, {"allow": "POST"}, "text/plain")
    return None


def _posts(handlers: dict[str, Handler]) -> list[Route]:
    return [Route(path, guarded(run), methods=["POST"]) for path, run in handlers.items()]
