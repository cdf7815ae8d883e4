"""Tokens for our resources from an authorisation server elsewhere (RFC 9068, RFC 8707)."""

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

LEEWAY = 60
# What a token for a resource says it is, where it says so; many issuers do not.
TYPES = ("at+jwt", "application/at+jwt", "jwt", "")
# What only a token for logging in has (OpenID Connect Core, 2).
FOREIGN = ("nonce", "at_hash", "c_hash")
HINT = "Connect the app again."


class Trust(Value, frozen=True, kw_only=True):
    """What is asked of an issuer's tokens: whom they are for, and the claim that names the user.

    `user_claim` is `sub` for who has logged in with single sign-on of the same issuer before; any
    other claim is compared with users' names.
    """

    issuer: str
    audience: str
    user_claim: str


class ExternalTokens:
    """Makes actors of an issuer's tokens."""

    def __init__(self, trust: Trust, store: Store, clock: Clock) -> None:
        self._trust = trust
        self._store = store
        self._clock = clock
        self.issuer = Issuer(trust.issuer, trust.issuer, "oauth.issuer", clock)

    @staticmethod
    def may_be(token: str) -> bool:
        """Whether a token could be one of these: a JWT that is not signed with a shared secret."""
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
        except (jwt.InvalidTokenError, UnicodeError):
            return False
        return isinstance(algorithm, str) and not algorithm.startswith("HS")

    async def actor(self, token: str) -> tuple[Account, Actor]:
        """Who a token stands for; whoever calls sees to it that they may still come.

        Raises:
            Unauthenticated: it does not hold, or is for nobody who is known here.
            Forbidden: it lets nobody do anything here.
            UpstreamUnavailable: the issuer does not answer.
        """
        try:
            claims = await self.issuer.verified(token, self._checked)
        except ValueError as wrong:
            raise Unauthenticated("The token does not hold here", hint=HINT) from wrong
        account = await self._account(claims)
        if account is None:
            raise Unauthenticated(
                "The token is for nobody who is known here",
                hint="Log in to BasicChat itself once, or ask an administrator.",
            )
        issued = claims.get("iat")
        after = account.tokens_after
        if after is not None and (issued is None or issued < after.timestamp()):
            raise Unauthenticated("The token was voided", hint=HINT)
        granted = scopes.parse(_scope(claims))
        if not granted:
            raise Forbidden("The token has none of the scopes here", hint=HINT, scope="read")
        client_id = str(claims.get("client_id") or claims.get("azp") or self._trust.issuer)
        session_id = "x_" + hashed(f"{account.user.id} {client_id}")[:24]
        return account, Actor(
            user=account.user, session_id=session_id, client_id=client_id, scopes=granted
        )

    def _checked(self, claims: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
        """A token's claims (RFC 9068, 4).

        Raises:
            ValueError: they do not hold.
        """
        now = self._clock.now().timestamp()
        named = claims.get("aud")
        audiences = named if isinstance(named, list) else [named]
        holds = (
            str(header.get("typ", "")).lower() in TYPES
            and claims.get("iss") == self._trust.issuer
            and self._trust.audience in audiences
            and not any(name in claims for name in FOREIGN)
            and _moment(claims, "exp", 0.0) > now - LEEWAY
            and _moment(claims, "nbf", now) <= now + LEEWAY
            and _moment(claims, "iat", now) <= now + LEEWAY
        )
        if not holds:
            raise ValueError("the claims do not hold")
        return dict(claims)

    async def _account(self, claims: Mapping[str, Any]) -> Account | None:
        claim = self._trust.user_claim
        value = claims.get(claim)
        if not isinstance(value, str) or not value:
            return None
        if claim == "sub":
            user_id = await self._store.identity(self._trust.issuer, value)
            return await self._store.account(user_id=user_id) if user_id else None
        # Anybody may claim an address that nobody has checked.
        if claim == "email" and claims.get("email_verified") is not True:
            return None
        return await self._store.account(login=value)


def _moment(claims: Mapping[str, Any], name: str, missing: float) -> float:
    value = claims.get(name, missing)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} is no time")
    return float(value)


def _scope(claims: Mapping[str, Any]) -> str:
    """The scopes of a token, in whichever form issuers write them."""
    value = claims.get("scope", claims.get("scp", ""))
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
