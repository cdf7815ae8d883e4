"""Where the endpoints of the authorisation server are."""

from starlette.routing import Route

from basicchat.api import protected
from basicchat.transports.consent import AUTHORIZE, LOGIN, ConsentPages
from basicchat.transports.gateway import Gateway
from basicchat.transports.oauth import OAuthApi, preflight
from basicchat.transports.requests import guarded


def oauth_routes(gateway: Gateway) -> list[Route]:
    """All of them."""
    api, pages = OAuthApi(gateway), ConsentPages(gateway)
    open_to_all = {
        f"{protected.WELL_KNOWN}/mcp": ("GET", api.resource_metadata),
        protected.WELL_KNOWN: ("GET", api.resource_metadata),
        "/.well-known/oauth-authorization-server": ("GET", api.server_metadata),
        # Where clients look next, who have not found the one before (RFC 8414, 5).
        "/.well-known/openid-configuration": ("GET", api.server_metadata),
        "/oauth/token": ("POST", api.token),
        "/oauth/register": ("POST", api.register),
        "/oauth/revoke": ("POST", api.revoke),
    }
    return [
        *(
            Route(path, guarded(preflight(run)), methods=[method, "OPTIONS"])
            for path, (method, run) in open_to_all.items()
        ),
        Route(AUTHORIZE, guarded(pages.ask), methods=["GET"]),
        Route(AUTHORIZE, guarded(pages.decide), methods=["POST"]),
        Route(LOGIN, guarded(pages.login), methods=["POST"]),
    ]
