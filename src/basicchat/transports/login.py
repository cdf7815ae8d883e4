"""Login and logout over plain HTTP: login link, password, single sign-on, invitations."""

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
from basicchat.transports.requests import (
    UNAUTHENTICATED_BODY_BYTES,
    actor_of,
    body_of,
    json_response,
)
from basicchat.transports.security import COOKIE, credentials
from basicchat.transports.server_context import ServerContext

P = TypeVar("P", bound=Params)
JOURNEY_COOKIE = "basicchat_sso"
NO_STORE = {"cache-control": "no-store"}
# Kept in a cookie during single sign-on; browsers accept cookies of up to 4096 bytes.
MAX_THEN_LENGTH = 2000


class LoginApi:
    """The handlers of the endpoints that issue and revoke credentials."""

    def __init__(self, context: ServerContext) -> None:
        self._services = context.router.services

    async def options(self, request: Request) -> Response:
        """The ways to log in that a login page can offer."""
        sso = None
        if self._services.sso is not None:
            sso = {"name": self._services.sso.provider.name, "path": "/api/oidc/login"}
        return json_response({"password": True, "oidc": sso})

    async def login(self, request: Request) -> Response:
        """Log in by name and password."""
        params = await _json(request, Login)
        address = address_of(request)
        await self._services.request_limits.login(params.name, address)
        user = await self._services.users.log_in(params.name, params.password)
        await self._services.request_limits.refund_login(params.name, address)
        return self._logged_in(request, user)

    async def link(self, request: Request) -> Response:
        """Exchange a one-time code for the cookie, and show the page."""
        if request.method == "HEAD":
            # A program that only previews the link must not use it up.
            return RedirectResponse("/", 303, NO_STORE)
        try:
            code = request.query_params.get("code", "")
            user = await self._services.authenticator.redeem(code)
        except BasicChatError:
            return RedirectResponse("/#login-lapsed", 303, NO_STORE)
        response = RedirectResponse("/", 303, NO_STORE)
        set_cookie(self._services, request, response, self._services.authenticator.log_in(user))
        return response

    def _logged_in(self, request: Request, user: User, **more: Any) -> Response:
        """The response to a login: the cookie for a page, the token for a program."""
        authenticator = self._services.authenticator
        token = authenticator.log_in(user)
        body = {"user": user, "token": token, "expires_in": authenticator.token_seconds}
        response = json_response(body | more)
        set_cookie(self._services, request, response, token)
        return response

    async def renew(self, request: Request) -> Response:
        """Exchange a valid token for a new one; pages do this regularly."""
        actor = await actor_of(self._services, request)
        # An API key that could be exchanged for a token would survive its own revocation.
        access.on_own_account(actor, "secure")
        authenticator = self._services.authenticator
        token = authenticator.issue(actor.user, actor.session_id)
        body = {"user": actor.user, "expires_in": authenticator.token_seconds}
        by_cookie = credentials(request.headers)[1]
        # The page's scripts never see its token.
        response = json_response(body if by_cookie else body | {"token": token})
        set_cookie(self._services, request, response, token)
        return response

    async def logout(self, request: Request) -> Response:
        """Revoke the token and those renewed from the same login, and delete the cookie."""
        actor = await actor_of(self._services, request)
        await self._services.authenticator.log_out(credentials(request.headers)[0] or "", actor)
        self._services.watch.nudge()
        return _forget_cookie(json_response({}))

    async def logout_everywhere(self, request: Request) -> Response:
        """Revoke all tokens and sessions of the user, and delete the cookie."""
        actor = await actor_of(self._services, request)
        await self._services.users.log_out(actor, actor.user.id)
        self._services.watch.nudge()
        return _forget_cookie(json_response({}))

    async def password(self, request: Request) -> Response:
        """Change the user's own password, which revokes every other login."""
        actor = await actor_of(self._services, request)
        params = await _json(request, PasswordChange)
        name, address = actor.user.name, address_of(request)
        await self._services.request_limits.login(name, address)
        await self._services.users.change_password(actor, params.current, params.password)
        await self._services.request_limits.refund_login(name, address)
        self._services.watch.nudge()
        return self._logged_in(request, actor.user)

    async def invitation(self, request: Request) -> Response:
        """Show what an invitation is for."""
        params = await _json(request, InvitationCode)
        await self._count_guess(request)
        invitation = await self._services.invitations.look(params.code)
        store, room_id = self._services.store, invitation.room_id
        inviter = await store.account(user_id=invitation.inviter_id)
        room = await store.room(room_id, invitation.inviter_id) if room_id else None
        preview = {
            "role": invitation.role,
            "expires_at": invitation.expires_at,
            "inviter": inviter.user.name if inviter else None,
            "room": {"room_id": room.room_id, "name": room.name} if room else None,
        }
        await self._forgive_guess(request)
        return json_response(preview)

    async def _count_guess(self, request: Request) -> None:
        await self._services.request_limits.login(
            f"code {address_of(request)}", address_of(request)
        )

    async def _forgive_guess(self, request: Request) -> None:
        await self._services.request_limits.refund_login(
            f"code {address_of(request)}", address_of(request)
        )

    async def accept(self, request: Request) -> Response:
        """Accept an invitation, as the user who is logged in or as a new user."""
        params = await _json(request, InvitationAccept)
        await self._count_guess(request)
        await self._services.invitations.look(params.code)
        await self._forgive_guess(request)
        if params.name is not None and params.password is not None:
            user, room_id = await memberships.accept_as_new(
                self._services, params.code, params.name, params.password
            )
            return self._logged_in(request, user, room_id=room_id)
        if params.name is not None or params.password is not None:
            missing = "password" if params.password is None else "name"
            raise InvalidInput(
                f"{missing}: is missing",
                field=missing,
                hint="A new user needs name and password.",
                reason="field_missing",
                params={"field": missing},
            )
        actor = await actor_of(self._services, request)
        access.on_own_account(actor, "secure")
        room_id = await memberships.accept(self._services, params.code, actor.user)
        return json_response({"user": actor.user, "room_id": room_id})

    async def oidc_login(self, request: Request) -> Response:
        """Redirect to the provider of single sign-on."""
        sso = single_sign_on(self._services)
        redirect_uri = str(request.url.replace(path="/api/oidc/callback", query="", fragment=""))
        # Leads back to the consent page of an app or to the start page, never to an arbitrary URL.
        query = request.query_params.get("then", "")[:MAX_THEN_LENGTH]
        url, journey = await sso.depart(redirect_uri, f"/oauth/authorize?{query}" if query else "/")
        response = RedirectResponse(url, 303, NO_STORE)
        # Lax: the way back starts at the provider's site, so a strict cookie would be withheld.
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
        """Handle the redirect back from the provider of single sign-on."""
        sso = single_sign_on(self._services)
        try:
            journey = request.cookies.get(JOURNEY_COOKIE)
            user, then = await sso.arrive(dict(request.query_params), journey)
        except BasicChatError as error:
            reason = "refused" if isinstance(error, Forbidden) else "failed"
            response = RedirectResponse(f"/#sso-{reason}", 303, NO_STORE)
        else:
            response = RedirectResponse(then, 303, NO_STORE)
            set_cookie(self._services, request, response, self._services.authenticator.log_in(user))
        response.delete_cookie(JOURNEY_COOKIE, path="/api/oidc", httponly=True, samesite="lax")
        return response


def set_cookie(services: Services, request: Request, response: Response, token: str) -> None:
    """Log the browser in by setting its cookie."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=services.authenticator.token_seconds,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )


def address_of(request: Request) -> str:
    """The client's address; behind an untrusted proxy, the address of the proxy."""
    return request.client.host if request.client else ""


async def _json(request: Request, kind: type[P]) -> P:
    """Decode a small JSON body; forms of other sites' pages cannot send this media type."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise InvalidInput("Content-Type must be application/json", field="content-type")
    raw = await body_of(request, UNAUTHENTICATED_BODY_BYTES)
    decoded: P = decode_as(kind, raw)
    return decoded


def _forget_cookie(response: Response) -> Response:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
