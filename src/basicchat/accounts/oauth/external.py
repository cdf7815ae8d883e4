"""Access tokens that an external authorisation server issued (RFC 9068, RFC 8707)."""

from collections.abc import Mapping
from typing import Any

import jwt

from basicchat.accounts.issuers import Issuer
from basicchat.accounts.oauth import scopes
from basicchat.domain.accounts import Account
from basicchat.domain.errors import Forbidden, Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, Value

LEEWAY_SECONDS = 60
# The `typ` header of access tokens; many issuers omit it.
TYPES = ("at+jwt", "application/at+jwt", "jwt", "")
# Claims that only ID tokens have (OpenID Connect Core, 2).
ID_TOKEN_CLAIMS = ("nonce", "at_hash", "c_hash")
RECONNECT_HINT = "Connect the app again."


class Trust(Value, frozen=True, kw_only=True):
    """What an issuer's tokens must contain.

    Attributes:
        issuer: the URL of the issuer.
        audience: the audience that tokens must be issued for.
        user_claim: the claim that identifies the user; `sub` finds users who have logged in by
            single sign-on of the same issuer, any other claim is compared with user names.
    """

    issuer: str
    audience: str
    user_claim: str


class ExternalTokens:
    """Validates an issuer's tokens and maps them to actors."""

    def __init__(self, trust: Trust, store: Store, clock: Clock) -> None:
        self._trust = trust
        self._store = store
        self._clock = clock
        self.issuer = Issuer(trust.issuer, trust.issuer, "oauth.issuer", clock)

    @staticmethod
    def may_be(token: str) -> bool:
        """Whether a token may be an issuer's: a JWT that is not signed with a shared secret."""
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
        except (jwt.InvalidTokenError, UnicodeError):
            return False
        return isinstance(algorithm, str) and not algorithm.startswith("HS")

    async def actor(self, token: str) -> tuple[Account, Actor]:
        """The actor of a token; the caller checks that the account is not suspended.

        Raises:
            Unauthenticated: the token is invalid, or its user has no account here.
            Forbidden: the token has none of this server's scopes.
            UpstreamUnavailable: the issuer does not answer.
        """
        try:
            claims = await self.issuer.verified(token, self._check)
        except ValueError as error:
            raise Unauthenticated(
                "The app's token is invalid, has expired or is for another resource",
                hint=RECONNECT_HINT,
                reason="token_invalid",
            ) from error
        account = await self._account(claims)
        if account is None:
            raise Unauthenticated(
                "The user of this token has no account here",
                hint="Log in to BasicChat itself once, or ask an administrator.",
                reason="no_account",
            )
        issued = claims.get("iat")
        after = account.tokens_after
        if after is not None and (issued is None or issued < after.timestamp()):
            raise Unauthenticated(
                "The token was revoked", hint=RECONNECT_HINT, reason="token_revoked"
            )
        granted = scopes.parse(_scope(claims))
        if not granted:
            raise Forbidden(
                "The token has none of this server's scopes",
                hint=RECONNECT_HINT,
                scope="read",
                reason="app_scope_missing",
                params={"scope": "read"},
            )
        client_id = str(claims.get("client_id") or claims.get("azp") or self._trust.issuer)
        session_id = "x_" + hashed(f"{account.user.id} {client_id}")[:24]
        return account, Actor(
            user=account.user, session_id=session_id, client_id=client_id, scopes=granted
        )

    def _check(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
        """Check the claims of a token (RFC 9068, 4).

        Raises:
            ValueError: they are invalid.
        """
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        valid = (
            str(header.get("typ", "")).lower() in TYPES
            and claims.get("iss") == self._trust.issuer
            and self._trust.audience in audiences
            and not any(name in claims for name in ID_TOKEN_CLAIMS)
            and _timestamp(claims, "exp", 0.0) > now - LEEWAY_SECONDS
            and _timestamp(claims, "nbf", now) <= now + LEEWAY_SECONDS
            and _timestamp(claims, "iat", now) <= now + LEEWAY_SECONDS
        )
        if not valid:
            raise ValueError("the claims are invalid")
        return dict(claims)

    async def _account(self, claims: Mapping[str, Any]) -> Account | None:
        claim = self._trust.user_claim
        value = claims.get(claim)
        if not isinstance(value, str) or not value:
            return None
        if claim == "sub":
            user_id = await self._store.identity(self._trust.issuer, value)
            return await self._store.account(user_id=user_id) if user_id else None
        # Anybody can claim an address that has not been verified.
        if claim == "email" and claims.get("email_verified") is not True:
            return None
        return await self._store.account(login=value)


def _timestamp(claims: Mapping[str, Any], name: str, missing: float) -> float:
    value = claims.get(name, missing)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is not a time")
    return float(value)


def _scope(claims: Mapping[str, Any]) -> str:
    """The scopes of a token; issuers write them as `scope` or `scp`, as text or list."""
    value = claims.get("scope", claims.get("scp", ""))
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
