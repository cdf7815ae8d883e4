"""Login and logout over plain HTTP: login link, password, invitations."""

from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from basicchat.api import access, memberships
from basicchat.api.calls import Services
from basicchat.api.router import decode_as
from basicchat.domain.addresses import network_of
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.values import User
from basicchat.protocol.account_types import InvitationAccept, InvitationCode, Login, PasswordChange
from basicchat.protocol.types import Params
from basicchat.transports.login_cookies import (
    forget_cookie,
    remember_device,
    set_login_cookie,
)
from basicchat.transports.requests import (
    UNAUTHENTICATED_BODY_BYTES,
    actor_of,
    body_of,
    credentials_of,
    json_response,
)
from basicchat.transports.server_context import ServerContext

P = TypeVar("P", bound=Params)
NO_STORE = {"cache-control": "no-store"}


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
        user = await log_in(self._services, request, params.name, params.password)
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
        set_login_cookie(
            self._services, request, response, self._services.authenticator.log_in(user)
        )
        return response

    def _logged_in(self, request: Request, user: User, **more: Any) -> Response:
        """The response to a login: the cookie for a page, the token for a program."""
        authenticator = self._services.authenticator
        token = authenticator.log_in(user)
        body = {"user": user, "token": token, "expires_in": authenticator.token_seconds}
        response = json_response(body | more)
        set_login_cookie(self._services, request, response, token)
        remember_device(self._services, request, response, user)
        return response

    async def renew(self, request: Request) -> Response:
        """Exchange a valid token for a new one; pages do this regularly."""
        actor = await actor_of(self._services, request)
        # An API key that could be exchanged for a token would survive its own revocation.
        access.on_own_account(actor, "secure")
        authenticator = self._services.authenticator
        token = authenticator.issue(actor.user, actor.session_id)
        body = {"user": actor.user, "expires_in": authenticator.token_seconds}
        by_cookie = credentials_of(self._services, request)[1]
        # The page's scripts never see its token.
        response = json_response(body if by_cookie else body | {"token": token})
        set_login_cookie(self._services, request, response, token)
        return response

    async def logout(self, request: Request) -> Response:
        """Revoke the token and those renewed from the same login, and delete the cookie."""
        actor = await actor_of(self._services, request)
        token, _ = credentials_of(self._services, request)
        await self._services.authenticator.log_out(token or "", actor)
        self._services.access_revocation.nudge()
        return forget_cookie(self._services, request, json_response({}))

    async def logout_everywhere(self, request: Request) -> Response:
        """Revoke all tokens and sessions of the user, and delete the cookie."""
        actor = await actor_of(self._services, request)
        await self._services.users.log_out(actor, actor.user.id)
        self._services.access_revocation.nudge()
        return forget_cookie(self._services, request, json_response({}))

    async def password(self, request: Request) -> Response:
        """Change the user's own password, which revokes every other login."""
        actor = await actor_of(self._services, request)
        params = await _json(request, PasswordChange)
        name, address = actor.user.name, address_of(request)
        async with self._services.request_limits.logins.attempt(name, address):
            await self._services.users.change_password(actor, params.current, params.password)
        self._services.access_revocation.nudge()
        return self._logged_in(request, actor.user)

    async def invitation(self, request: Request) -> Response:
        """Show what an invitation is for."""
        params = await _json(request, InvitationCode)
        async with code_attempt(self._services, request):
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
        return json_response(preview)

    async def accept(self, request: Request) -> Response:
        """Accept an invitation, as the user who is logged in or as a new user."""
        params = await _json(request, InvitationAccept)
        async with code_attempt(self._services, request):
            await self._services.invitations.look(params.code)
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


async def log_in(services: Services, request: Request, name: str, password: str) -> User:
    """Log in by name and password, within the limits on failed attempts."""
    address, account = address_of(request), await services.store.account(login=name)
    value = request.cookies.get(services.known_devices.cookie)
    device = services.known_devices.verified(value, account.user.id if account else None)
    async with services.request_limits.logins.attempt(name, address, device):
        return await services.users.log_in(name, password, network_of(address))


def code_attempt(services: Services, request: Request) -> AbstractAsyncContextManager[None]:
    """Limits the guessing of codes, which belong to no account."""
    address = address_of(request)
    return services.request_limits.logins.attempt(f"code {address}", address)


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
