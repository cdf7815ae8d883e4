"""Ways in and out over plain HTTP: login link, password, single sign-on, invitations, logout."""

from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from basicchat.api import access, memberships
from basicchat.api.calls import Services, single_sign_on
from basicchat.api.router import decode_as
from basicchat.domain.errors import BasicChatError, Forbidden, InvalidInput
from basicchat.domain.values import User
from basicchat.protocol.account_types import InvitationAccept, InvitationCode, Login, PasswordChange
from basicchat.protocol.types import Params
from basicchat.transports.requests import UNKNOWN_BODY, actor_of, body_of, json_response
from basicchat.transports.security import COOKIE, credentials
from basicchat.transports.server_context import ServerContext

P = TypeVar("P", bound=Params)
JOURNEY_COOKIE = "basicchat_sso"
FRESH = {"cache-control": "no-store"}
# It is kept in a cookie meanwhile, of which browsers take 4096 bytes.
LONGEST_THEN = 2000


class LoginApi:
    """The handlers of the endpoints that give and take credentials."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def options(self, request: Request) -> Response:
        """What a login page may offer."""
        sso = None
        if self._services.sso is not None:
            sso = {"name": self._services.sso.provider.name, "path": "/api/oidc/login"}
        return json_response({"password": True, "oidc": sso})

    async def login(self, request: Request) -> Response:
        """Log in by name and password."""
        params = await _json(request, Login)
        address = address_of(request)
        self._services.limiter.login(params.name, address)
        user = await self._services.users.log_in(params.name, params.password)
        self._services.limiter.logged_in(params.name, address)
        return self._logged_in(request, user)

    async def link(self, request: Request) -> Response:
        """Exchange a one-time code for the cookie, and show the page."""
        if request.method == "HEAD":
            # A program that only looks at the link must not use it up.
            return RedirectResponse("/", 303, FRESH)
        try:
            code = request.query_params.get("code", "")
            user = await self._services.authenticator.redeem(code)
        except BasicChatError:
            return RedirectResponse("/#login-lapsed", 303, FRESH)
        response = RedirectResponse("/", 303, FRESH)
        set_cookie(self._services, request, response, self._services.authenticator.log_in(user))
        return response

    def _logged_in(self, request: Request, user: User, **more: Any) -> Response:
        """The cookie for a page, and the token for a program."""
        authenticator = self._services.authenticator
        token = authenticator.log_in(user)
        body = {"user": user, "token": token, "expires_in": authenticator.token_seconds}
        response = json_response(body | more)
        set_cookie(self._services, request, response, token)
        return response

    async def renew(self, request: Request) -> Response:
        """Exchange a valid token for a fresh one; a page does so now and then."""
        actor = await actor_of(self._services, request)
        # A key that could be exchanged for a token would outlive its own revocation.
        access.on_own_account(actor, "secure")
        authenticator = self._services.authenticator
        token = authenticator.issue(actor.user, actor.session_id)
        body = {"user": actor.user, "expires_in": authenticator.token_seconds}
        by_cookie = credentials(request.headers)[1]
        # Scripts of the page never see its token.
        response = json_response(body if by_cookie else body | {"token": token})
        set_cookie(self._services, request, response, token)
        return response

    async def logout(self, request: Request) -> Response:
        """Void the token and those renewed from the same login, and forget the cookie."""
        actor = await actor_of(self._services, request)
        await self._services.authenticator.log_out(credentials(request.headers)[0] or "", actor)
        self._services.watch.nudge()
        return _forget_cookie(json_response({}))

    async def logout_everywhere(self, request: Request) -> Response:
        """Void all tokens and sessions of the user, and forget the cookie."""
        actor = await actor_of(self._services, request)
        await self._services.users.log_out(actor, actor.user.id)
        self._services.watch.nudge()
        return _forget_cookie(json_response({}))

    async def password(self, request: Request) -> Response:
        """Change one's own password; every other login is void then."""
        actor = await actor_of(self._services, request)
        params = await _json(request, PasswordChange)
        name, address = actor.user.name, address_of(request)
        self._services.limiter.login(name, address)
        await self._services.users.change_password(actor, params.current, params.password)
        self._services.limiter.logged_in(name, address)
        self._services.watch.nudge()
        return self._logged_in(request, actor.user)

    async def invitation(self, request: Request) -> Response:
        """Show what an invitation is for."""
        params = await _json(request, InvitationCode)
        self._guess(request)
        found = await self._services.invitations.look(params.code)
        store = self._services.store
        inviter = await store.account(user_id=found.inviter_id)
        room = await store.room(found.room_id, found.inviter_id) if found.room_id else None
        shown = {
            "role": found.role,
            "expires_at": found.expires_at,
            "inviter": inviter.user.name if inviter else None,
            "room": {"room_id": room.room_id, "name": room.name} if room else None,
        }
        self._guessed_right(request)
        return json_response(shown)

    def _guess(self, request: Request) -> None:
        self._services.limiter.login(f"code {address_of(request)}", address_of(request))

    def _guessed_right(self, request: Request) -> None:
        self._services.limiter.logged_in(f"code {address_of(request)}", address_of(request))

    async def accept(self, request: Request) -> Response:
        """Accept an invitation: as who is logged in, or as a new user."""
        params = await _json(request, InvitationAccept)
        self._guess(request)
        await self._services.invitations.look(params.code)
        self._guessed_right(request)
        if params.name is not None and params.password is not None:
            user, room_id = await memberships.accept_as_new(
                self._services, params.code, params.name, params.password
            )
            return self._logged_in(request, user, room_id=room_id)
        if params.name is not None or params.password is not None:
            missing = "password" if params.password is None else "name"
            raise InvalidInput(f"{missing}: is missing", field=missing)
        actor = await actor_of(self._services, request)
        access.on_own_account(actor, "secure")
        room_id = await memberships.accept(self._services, params.code, actor.user)
        return json_response({"user": actor.user, "room_id": room_id})

    async def oidc_login(self, request: Request) -> Response:
        """Go to the provider of single sign-on."""
        sso = single_sign_on(self._services)
        redirect_uri = str(request.url.replace(path="/api/oidc/callback", query="", fragment=""))
        # Only ever back to the question that an app had asked, never to an address as such.
        asked = request.query_params.get("then", "")[:LONGEST_THEN]
        url, journey = await sso.depart(redirect_uri, f"/oauth/authorize?{asked}" if asked else "/")
        response = RedirectResponse(url, 303, FRESH)
        # Lax: the way back begins at the provider's site, and a strict cookie would stay away.
        response.set_cookie(
            JOURNEY_COOKIE,
            journey,
            max_age=sso.journey_seconds,
            path="/api/oidc",
            httponly=True,
            secure=request.url.scheme == "https",
            samesite="lax",
        )
        return response

    async def oidc_callback(self, request: Request) -> Response:
        """Come back from the provider of single sign-on."""
        sso = single_sign_on(self._services)
        try:
            kept = request.cookies.get(JOURNEY_COOKIE)
            user, then = await sso.arrive(dict(request.query_params), kept)
        except BasicChatError as error:
            reason = "refused" if isinstance(error, Forbidden) else "failed"
            response = RedirectResponse(f"/#sso-{reason}", 303, FRESH)
        else:
            response = RedirectResponse(then, 303, FRESH)
            set_cookie(self._services, request, response, self._services.authenticator.log_in(user))
        response.delete_cookie(JOURNEY_COOKIE, path="/api/oidc", httponly=True, samesite="lax")
        return response


def set_cookie(services: Services, request: Request, response: Response, token: str) -> None:
    """Log the browser in."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=services.authenticator.token_seconds,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )


def address_of(request: Request) -> str:
    """The address that a request comes from; that of a proxy, unless it is trusted."""
    return request.client.host if request.client else ""


async def _json(request: Request, kind: type[P]) -> P:
    """A small JSON body; forms of other sites' pages cannot send this media type."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise InvalidInput("Send application/json", field="content-type")
    raw = await body_of(request, UNKNOWN_BODY)
    decoded: P = decode_as(kind, raw)
    return decoded


def _forget_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
