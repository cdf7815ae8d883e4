"""The tokens of sessions and scripts: JSON Web Tokens (RFC 7519), signed by this server."""

import math
from collections import OrderedDict
from typing import Any

import jwt
import msgspec

from basicchat.domain.errors import Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.values import User

ALGORITHM = "HS256"
CLAIMS = ["sub", "user_id", "session_id", "role", "iat", "exp"]
LOGIN_HINT = "Log in again: open the link that `basicchat login` prints."


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid token says; times are seconds since 1970."""

    user_id: str
    session_id: str
    issued_at: float
    expires_at: float


class SessionTokens:
    """Issues and verifies tokens.

    Args:
        secret: signs tokens.
        previous: the secret before `secret`; tokens that it signed stay valid.
        hours: how long a token is valid.
        remembered: how many verified signatures to cache.
    """

    def __init__(
        self, clock: Clock, secret: str, *, previous: str | None, hours: float, remembered: int
    ) -> None:
        self._clock = clock
        self._secret = secret
        self._previous = previous
        self._hours = hours
        self._remembered = remembered
        self._verified_claims: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def issue(self, user: User, session_id: str, hours: float | None = None) -> str:
        """Issue a token for a user."""
        # With fractions of a second, so that a login right after "log out everywhere" is valid.
        now = self._clock.now().timestamp()
        claims = {
            "sub": user.id,
            "user_id": user.id,
            "session_id": session_id,
            "role": user.role,
            "iat": now,
            "exp": now + (hours or self._hours) * 3600,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def claims(self, token: str) -> Claims:
        """The claims of a token.

        Raises:
            Unauthenticated: it is invalid or has expired.
        """
        claims = self._signed_claims(token)
        issued, expires, user_id = claims["iat"], claims["exp"], claims["user_id"]
        if not _is_timestamp(expires) or expires <= self._clock.now().timestamp():
            raise Unauthenticated("The token has expired", hint=LOGIN_HINT, reason="token_expired")
        if claims["sub"] != user_id or not _is_timestamp(issued):
            raise Unauthenticated("The token is invalid", hint=LOGIN_HINT, reason="token_invalid")
        return Claims(
            user_id=str(user_id),
            session_id=str(claims["session_id"]),
            issued_at=issued,
            expires_at=expires,
        )

    def _signed_claims(self, token: str) -> dict[str, Any]:
        """The claims of a token with a valid signature; its times are checked each time."""
        claims = self._verified_claims.get(token)
        if claims is None:
            claims = self._verified_claims[token] = self._verify(token)
            if len(self._verified_claims) > self._remembered:
                self._verified_claims.popitem(last=False)
        else:
            self._verified_claims.move_to_end(token)
        return claims

    def _verify(self, token: str) -> dict[str, Any]:
        first_error: Exception | None = None
        for secret in filter(None, (self._secret, self._previous)):
            try:
                return jwt.decode(
                    token,
                    secret,
                    algorithms=[ALGORITHM],
                    options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
                )
            except (jwt.InvalidTokenError, UnicodeError) as error:
                first_error = first_error or error
        raise Unauthenticated(
            "The token is invalid", hint=LOGIN_HINT, reason="token_invalid"
        ) from first_error


def _is_timestamp(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
