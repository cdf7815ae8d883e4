"""Where the endpoints of the authorisation server are."""

from starlette.routing import Route

from basicchat.api import oauth_resource
from basicchat.transports.consent import AUTHORIZE, LOGIN, ConsentPages
from basicchat.transports.oauth import OAuthApi, preflight
from basicchat.transports.requests import Handler, guarded
from basicchat.transports.server_context import ServerContext


def oauth_routes(context: ServerContext) -> list[Route]:
    """All of them; where apps get their tokens elsewhere, only what tells them so."""
    api = OAuthApi(context)
    resource = {
        f"{oauth_resource.WELL_KNOWN}{oauth_resource.MCP}": api.resource_metadata,
        oauth_resource.WELL_KNOWN: api.resource_metadata,
    }
    told = [_open(path, "GET", run) for path, run in resource.items()]
    return told if context.router.services.app_issuer else [*told, *_server_routes(context, api)]


def _server_routes(context: ServerContext, api: OAuthApi) -> list[Route]:
    pages = ConsentPages(context)
    return [
        _open("/.well-known/oauth-authorization-server", "GET", api.server_metadata),
        # Where clients look next, who have not found the one before (RFC 8414, 5).
        _open("/.well-known/openid-configuration", "GET", api.server_metadata),
        _open("/oauth/token", "POST", api.token),
        _open("/oauth/register", "POST", api.register),
        _open("/oauth/revoke", "POST", api.revoke),
        Route(AUTHORIZE, guarded(pages.ask), methods=["GET"]),
        Route(AUTHORIZE, guarded(pages.decide), methods=["POST"]),
        Route(LOGIN, guarded(pages.login), methods=["POST"]),
    ]


def _open(path: str, method: str, run: Handler) -> Route:
    return Route(path, guarded(preflight(run)), methods=[method, "OPTIONS"])
