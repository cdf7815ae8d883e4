"""The endpoints of single sign-on: the way to the provider, and back."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from basicchat.api.calls import single_sign_on
from basicchat.domain.errors import BasicChatError, Forbidden
from basicchat.transports.login_cookies import set_login_cookie
from basicchat.transports.security import COOKIE_PREFIX, is_secure
from basicchat.transports.server_context import ServerContext

NO_STORE = {"cache-control": "no-store"}
# Kept in a cookie during single sign-on; browsers accept cookies of up to 4096 bytes.
MAX_THEN_LENGTH = 2000


class SingleSignOnApi:
    """Sends browsers to the provider of single sign-on, and logs them in when they come back."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def depart(self, request: Request) -> Response:
        """Redirect to the provider of single sign-on."""
        sso = single_sign_on(self._services)
        redirect_uri = str(request.url.replace(path="/api/oidc/callback", query="", fragment=""))
        # Leads back to the consent page of an app or to the start page, never to an arbitrary URL.
        query = request.query_params.get("then", "")[:MAX_THEN_LENGTH]
        url, journey = await sso.depart(redirect_uri, f"/oauth/authorize?{query}" if query else "/")
        response = RedirectResponse(url, 303, NO_STORE)
        # Lax: the way back starts at the provider's site, so a strict cookie would be withheld.
        response.set_cookie(
            self._journey_cookie(request),
            journey,
            max_age=sso.journey_seconds,
            path="/api/oidc",
            httponly=True,
            secure=is_secure(request.url.scheme),
            samesite="lax",
        )
        return response

    def _journey_cookie(self, request: Request) -> str:
        """The cookie during single sign-on; it has a path of its own, which `__Host-` forbids."""
        name = f"{COOKIE_PREFIX}{self._services.instance_id}_sso"
        return f"__Secure-{name}" if is_secure(request.url.scheme) else name

    async def arrive(self, request: Request) -> Response:
        """Handle the redirect back from the provider of single sign-on."""
        sso = single_sign_on(self._services)
        try:
            journey = request.cookies.get(self._journey_cookie(request))
            user, then = await sso.arrive(dict(request.query_params), journey)
        except BasicChatError as error:
            reason = "refused" if isinstance(error, Forbidden) else "failed"
            response = RedirectResponse(f"/#sso-{reason}", 303, NO_STORE)
        else:
            response = RedirectResponse(then, 303, NO_STORE)
            token = self._services.authenticator.log_in(user)
            set_login_cookie(self._services, request, response, token)
        response.delete_cookie(
            self._journey_cookie(request),
            path="/api/oidc",
            httponly=True,
            secure=is_secure(request.url.scheme),
            samesite="lax",
        )
        return response
