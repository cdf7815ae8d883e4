"""The ASGI application: all endpoints of the single port."""

from collections.abc import Mapping, Set

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from basicchat.api.oauth_resource import MCP
from basicchat.domain.errors import RateLimited
from basicchat.transports import metrics, openai
from basicchat.transports.http import HttpApi
from basicchat.transports.login import LoginApi
from basicchat.transports.mcp import McpEndpoint, McpSockets
from basicchat.transports.oauth import allows_any_origin
from basicchat.transports.oauth_routes import oauth_routes
from basicchat.transports.requests import Handler, error_response, guarded
from basicchat.transports.reserve import RESERVED, require_reserve
from basicchat.transports.security import HEADERS, cross_origin_headers
from basicchat.transports.server_context import Message, Receive, Send, ServerContext
from basicchat.transports.single_sign_on import SingleSignOnApi
from basicchat.transports.static import StaticFiles
from basicchat.transports.websocket import Chat, WebSocketEndpoint


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


SECURITY_HEADERS = _encoded(HEADERS)
# Browsers obey these headers on documents only, so scripts and styles omit them.
PAGE_HEADER_NAMES = {
    b"content-security-policy",
    b"cross-origin-opener-policy",
    b"permissions-policy",
}
SUBRESOURCE_TYPES = {b"text/javascript; charset=utf-8", b"text/css; charset=utf-8"}
HOST_REFUSED = "This server does not serve this host name. Add it to public_origins."
ORIGIN_REFUSED = "This server refuses requests from this origin. Add it to public_origins."


class Application:
    """Routes each connection to its transport after checking its Host and Origin headers."""

    def __init__(self, context: ServerContext) -> None:
        self._origins = context.origins
        self._services = context.router.services
        self._sockets = {
            "/ws": WebSocketEndpoint(context, Chat(context)),
            MCP: WebSocketEndpoint(context, McpSockets(context)),
        }
        self._mcp = McpEndpoint(context)
        self._http = Router(routes(context))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one connection or request."""
        if RESERVED in scope.get("state", ()):
            try:
                await require_reserve(self._services, scope)
            except RateLimited as error:
                await _refuse(error, scope, receive, send)
                return
        if scope["type"] == "http":
            await self._serve_http(scope, receive, send)
        elif scope["type"] == "websocket" and _path(scope) in self._sockets:
            await self._sockets[_path(scope)](scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})

    async def _serve_http(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host, origin = headers.get(b"host"), headers.get(b"origin")
        common = list(SECURITY_HEADERS)
        by_bearer = origin is not None and _path(scope) == MCP and _by_bearer(scope, headers)
        if origin is not None and (by_bearer or self._origins.readable_by(origin)):
            common += _encoded(cross_origin_headers(origin))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A response's own headers take precedence; its Vary headers accumulate.
                skipped = {name for name, _ in message["headers"]} - {b"vary"}
                if dict(message["headers"]).get(b"content-type") in SUBRESOURCE_TYPES:
                    skipped |= PAGE_HEADER_NAMES
                added = [(name, value) for name, value in common if name not in skipped]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        if not self._origins.host_allowed(host):
            refusal = Response(HOST_REFUSED, 421, media_type="text/plain")
            await refusal(scope, receive, send_with_headers)
        elif allows_any_origin(scope["path"]):
            await self._http(scope, receive, send_with_headers)
        elif not by_bearer and not self._origins.origin_allowed(origin, host):
            refusal = Response(ORIGIN_REFUSED, 403, media_type="text/plain")
            await refusal(scope, receive, send_with_headers)
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            # A CORS preflight: the cross-origin headers above, if any, are the answer.
            await Response(status_code=204)(scope, receive, send_with_headers)
        elif _path(scope) == MCP:
            await self._mcp(scope, receive, send_with_headers)
        else:
            await self._http(scope, receive, send_with_headers)


def _path(scope: Message) -> str:
    """The path of a request; some clients put a slash behind that of MCP."""
    path: str = scope["path"]
    return MCP if path == f"{MCP}/" else path


def _by_bearer(scope: Message, headers: Mapping[bytes, str]) -> bool:
    """Whether a page of any origin may make this request to MCP: it sends a token of its own.

    A preflight request announces the header. Without a token, the browser could have been made to
    send the request by any page, so its origin is checked.
    """
    if scope["method"] == "OPTIONS":
        return "authorization" in headers.get(b"access-control-request-headers", "").lower()
    return headers.get(b"authorization", "").lower().startswith("bearer ")


async def _refuse(error: RateLimited, scope: Message, receive: Receive, send: Send) -> None:
    """Answer a request or an upgrade with status 503, and close the connection."""
    if scope["type"] == "websocket":
        await receive()
    response = error_response(error)
    response.status_code = 503
    response.headers["connection"] = "close"
    await response(scope, receive, send)


def routes(context: ServerContext) -> list[Route]:
    """All HTTP endpoints."""
    api, static = HttpApi(context), StaticFiles(context.static)
    login, sso = LoginApi(context), SingleSignOnApi(context)

    async def index(request: Request) -> Response:
        return await static.respond(request, "index.html")

    async def file(request: Request) -> Response:
        return _wrong_method(request.url.path, post_paths) or await static.respond(
            request, request.path_params["name"]
        )

    endpoints = [
        Route("/", index),
        Route("/login", guarded(login.link)),
        *_post_routes(
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
        Route("/api/oidc/login", guarded(sso.depart)),
        Route("/api/oidc/callback", guarded(sso.arrive)),
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
    post_paths = {route.path for route in endpoints if route.methods == {"POST"}}
    return [*endpoints, Route("/{name:path}", file)]


def _wrong_method(path: str, post_paths: Set[str]) -> Response | None:
    """The response for an endpoint that exists but takes another method or protocol."""
    if path == "/ws":
        headers = {"upgrade": "websocket", "connection": "upgrade"}
        return Response("Use WebSocket on this endpoint.", 426, headers, "text/plain")
    if path in post_paths:
        return Response("Use POST on this endpoint.", 405, {"allow": "POST"}, "text/plain")
    return None


def _post_routes(handlers: dict[str, Handler]) -> list[Route]:
    return [Route(path, guarded(run), methods=["POST"]) for path, run in handlers.items()]
