"""Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce.

Sources: OpenID Connect Core 1.0, 3.1; RFC 7636 (PKCE). The state between the redirect to the
provider and the way back is in a signed cookie of the browser, so nobody can fill the server's
memory.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

import jwt

from basicchat.accounts.issuers import Issuer
from basicchat.accounts.tokens import admitted
from basicchat.accounts.users import Users, checked_name
from basicchat.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    Unauthenticated,
)
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store
from basicchat.domain.values import ServerRole, User, Value

JOURNEY = "oidc-journey"
JOURNEY_CLAIMS = ("aud", "exp", "state", "nonce", "verifier", "redirect_uri", "then")
JOURNEY_SECONDS = 600
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
SCOPE = "openid profile email"
RETRY_HINT = "Start again from the login page."


class Provider(Value, frozen=True, kw_only=True):
    """A provider of single sign-on.

    `role` is the role of users who log in for the first time; None admits only known users.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    name: str
    role: ServerRole | None


class SingleSignOn:
    """Sends browsers to the provider, and identifies the users who come back.

    Args:
        secret: signs the cookie that the browser keeps meanwhile.
    """

    def __init__(
        self, provider: Provider, store: Store, clock: Clock, users: Users, secret: str
    ) -> None:
        self.provider = provider
        self._store = store
        self._clock = clock
        self._users = users
        self._secret = secret
        self.journey_seconds = JOURNEY_SECONDS
        self.issuer = Issuer(provider.issuer, provider.name, "oidc.issuer", clock)

    async def depart(self, redirect_uri: str, then: str) -> tuple[str, str]:
        """Start a login.

        Args:
            then: the path to open after the login.

        Returns:
            the provider's URL for the browser, and the value of the cookie until it comes back.

        Raises:
            UpstreamUnavailable: the provider does not answer.
        """
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415

        metadata = await self.issuer.metadata(NEEDED)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = prepare_grant_uri(
            metadata["authorization_endpoint"],
            self.provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        journey = {
            "aud": JOURNEY,
            "exp": int(self._clock.now().timestamp()) + JOURNEY_SECONDS,
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "redirect_uri": redirect_uri,
            "then": then,
        }
        return str(url), jwt.encode(journey, self._secret, algorithm="HS256")

    async def arrive(self, answer: Mapping[str, str], cookie: str | None) -> tuple[User, str]:
        """Finish a login: the user, and the path to open.

        Args:
            answer: the parameters with which the provider sent the browser back.
            cookie: the value that `depart` returned.

        Raises:
            Unauthenticated: the answer does not match the cookie, or the provider refused.
            Forbidden: the user has no account here, or is suspended.
            UpstreamUnavailable: the provider does not answer.
        """
        journey = self._journey(cookie)
        if not hmac.compare_digest(journey["state"], answer.get("state", "")):
            raise Unauthenticated(
                "This login was started in another browser",
                hint=RETRY_HINT,
                reason="login_elsewhere",
            )
        if "error" in answer or not answer.get("code"):
            raise Unauthenticated(
                f"{self.provider.name} did not log you in",
                hint=RETRY_HINT,
                reason="single_sign_on_refused",
                params={"provider": self.provider.name},
            )
        tokens = await self._exchange(answer["code"], journey)
        return await self._user(await self._claims(tokens, journey["nonce"])), journey["then"]

    def _journey(self, cookie: str | None) -> dict[str, Any]:
        options: Any = {"require": [*JOURNEY_CLAIMS]}
        try:
            journey: dict[str, Any] = jwt.decode(
                cookie or "", self._secret, algorithms=["HS256"], audience=JOURNEY, options=options
            )
        except (jwt.InvalidTokenError, UnicodeError) as wrong:
            raise Unauthenticated(
                "This login took too long", hint=RETRY_HINT, reason="login_expired"
            ) from wrong
        return journey

    async def _exchange(self, code: str, journey: Mapping[str, str]) -> dict[str, Any]:
        metadata = await self.issuer.metadata(NEEDED)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": journey["redirect_uri"],
            "code_verifier": journey["verifier"],
        }
        secret, auth = self.provider.client_secret, None
        if secret is None:
            form["client_id"] = self.provider.client_id
        elif "client_secret_basic" in metadata.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            auth = (self.provider.client_id, secret)
        else:
            form |= {"client_id": self.provider.client_id, "client_secret": secret}
        tokens = await self.issuer.request_json(
            "POST", metadata["token_endpoint"], data=form, auth=auth
        )
        if not isinstance(tokens.get("id_token"), str):
            raise Unauthenticated(
                f"{self.provider.name} did not log you in",
                hint=RETRY_HINT,
                reason="single_sign_on_refused",
                params={"provider": self.provider.name},
            )
        return tokens

    async def _claims(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Check an ID token (OpenID Connect Core, 3.1.3.7)."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415

        now = int(self._clock.now().timestamp())

        def check(claims: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
            checked = CodeIDToken(
                claims,
                header,
                {
                    "iss": {"essential": True, "value": self.issuer.url},
                    "aud": {"essential": True, "value": self.provider.client_id},
                },
                {
                    "nonce": nonce,
                    "client_id": self.provider.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            checked.validate(now=now, leeway=60)
            return dict(checked)

        try:
            return await self.issuer.verified(tokens["id_token"], check)
        except ValueError as wrong:
            raise Unauthenticated(
                f"The ID token of {self.provider.name} is invalid",
                hint=RETRY_HINT,
                reason="single_sign_on_refused",
                params={"provider": self.provider.name},
            ) from wrong

    async def _user(self, claims: Mapping[str, Any]) -> User:
        issuer, subject = str(claims["iss"]), str(claims["sub"])
        if not subject or len(subject) > 255:
            raise Unauthenticated(
                "The ID token does not name a user",
                hint=RETRY_HINT,
                reason="single_sign_on_refused",
                params={"provider": self.provider.name},
            )
        user_id = await self._store.identity(issuer, subject)
        account = await self._store.account(user_id=user_id) if user_id else None
        if account is not None:
            return admitted(account.user)
        if self.provider.role is None:
            raise Forbidden(
                "You have no account here", hint="Ask for an invitation.", reason="no_account"
            )
        return await self._add(issuer, subject, _name(claims), self.provider.role)

    async def _add(self, issuer: str, subject: str, name: str, role: ServerRole) -> User:
        """Add a user who logs in for the first time; a name that is taken gets a number.

        The new user never gets an existing account, because equal names prove nothing.
        """
        for number in range(1, 100):
            free_name = name if number == 1 else f"{name} {number}"
            try:
                async with self._store.transaction() as change:
                    user = await self._users.add(change, free_name, role, None)
                    await change.put_identity(issuer, subject, user.id)
            except Conflict:
                continue
            return user
        raise Conflict(f"Too many users are named {name}", hint="Ask an administrator.")


def _name(claims: Mapping[str, Any]) -> str:
    """The name of a new user: the first claim that is a valid name."""
    for claim in ("preferred_username", "name", "email"):
        try:
            return checked_name(str(claims.get(claim) or ""))
        except InvalidInput:
            continue
    return "User"
