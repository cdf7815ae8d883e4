"""Routes of the OAuth endpoints."""

from starlette.routing import Route

from basicchat.api import oauth_resource
from basicchat.transports.consent import AUTHORIZE, LOGIN, ConsentPages
from basicchat.transports.oauth import OAuthApi, preflight
from basicchat.transports.requests import Handler, guarded
from basicchat.transports.server_context import ServerContext


def oauth_routes(context: ServerContext) -> list[Route]:
    """All routes; if apps use an external issuer, only the metadata that points to it."""
    api = OAuthApi(context)
    resource = {
        f"{oauth_resource.WELL_KNOWN}{oauth_resource.MCP}": api.resource_metadata,
        oauth_resource.WELL_KNOWN: api.resource_metadata,
    }
    metadata = [_cors_route(path, "GET", run) for path, run in resource.items()]
    if context.router.services.app_issuer:
        return metadata
    return [*metadata, *_server_routes(context, api)]


def _server_routes(context: ServerContext, api: OAuthApi) -> list[Route]:
    pages = ConsentPages(context)
    return [
        _cors_route("/.well-known/oauth-authorization-server", "GET", api.server_metadata),
        # The fallback of clients that do not find the one above (RFC 8414, 5).
        _cors_route("/.well-known/openid-configuration", "GET", api.server_metadata),
        _cors_route("/oauth/token", "POST", api.token),
        _cors_route("/oauth/register", "POST", api.register),
        _cors_route("/oauth/revoke", "POST", api.revoke),
        Route(AUTHORIZE, guarded(pages.ask), methods=["GET"]),
        Route(AUTHORIZE, guarded(pages.decide), methods=["POST"]),
        Route(LOGIN, guarded(pages.login), methods=["POST"]),
    ]


def _cors_route(path: str, method: str, run: Handler) -> Route:
    return Route(path, guarded(preflight(run)), methods=[method, "OPTIONS"])
