"""Client authentication by `private_key_jwt` (RFC 7523, 2.2 and 3; OpenID Connect Core, 9).

A client proves its identity with a JWT that it has signed with a key of its own. The server finds
the public key in the client's metadata (`jwks`), or at the URL that these name (`jwks_uri`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jwt
import msgspec

from basicchat.domain.cache import Cache
from basicchat.domain.errors import BasicChatError
from basicchat.domain.oauth import OAuthClient
from basicchat.domain.ports import Clock, Egress
from basicchat.domain.secrets import hashed

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
MAX_ASSERTION_LENGTH = 16 * 1024
LEEWAY_SECONDS = 60
# An assertion is for one request, so it need not be valid for long.
MAX_LIFETIME_SECONDS = 3600
KEYS_SECONDS = 3600.0
# An unknown key refetches the key set, at most this often.
MIN_KEYS_AGE_SECONDS = 60.0
MAX_KEYS = 50


class Assertions:
    """Verifies assertions.

    Args:
        egress: fetches the keys of clients.
        cache: keeps keys, and the ids of used assertions.
    """

    def __init__(self, clock: Clock, egress: Egress, cache: Cache) -> None:
        self._clock = clock
        self._egress = egress
        self._cache = cache

    async def is_valid(self, client: OAuthClient, assertion: str, audiences: Sequence[str]) -> bool:
        """Whether an assertion proves that a request is the client's.

        An assertion is accepted once.

        Args:
            audiences: the URLs by which an assertion may name this server.
        """
        if len(assertion) > MAX_ASSERTION_LENGTH:
            return False
        for refetch in (False, True):
            key = _key_for(await self._keys(client, refetch=refetch), assertion)
            claims = None if key is None else self._claims(client, assertion, key, audiences)
            if claims is not None:
                return await self._is_first_use(client, claims)
        return False

    def _claims(
        self, client: OAuthClient, assertion: str, key: jwt.PyJWK, audiences: Sequence[str]
    ) -> dict[str, Any] | None:
        """The claims of a valid assertion (RFC 7523, 3)."""
        now = self._clock.now().timestamp()
        options: Any = {"require": ["iss", "sub", "aud", "exp"]}
        # Times are checked by the server's clock.
        options |= dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False)
        try:
            claims: dict[str, Any] = jwt.decode(
                assertion,
                key,
                algorithms=ALGORITHMS,
                audience=list(audiences),
                issuer=client.client_id,
                options=options,
            )
            expires = float(claims["exp"])
            starts = max(float(claims.get("nbf", now)), float(claims.get("iat", now)))
        except (jwt.InvalidTokenError, ValueError, TypeError, UnicodeError):
            return None
        in_time = now - LEEWAY_SECONDS < expires <= now + MAX_LIFETIME_SECONDS + LEEWAY_SECONDS
        valid = in_time and starts <= now + LEEWAY_SECONDS and claims["sub"] == client.client_id
        return claims if valid else None

    async def _is_first_use(self, client: OAuthClient, claims: Mapping[str, Any]) -> bool:
        identity = hashed(f"{client.client_id} {claims.get('jti')!r} {claims['exp']}")
        used = f"oauth:assertion:{identity}"
        left = float(claims["exp"]) - self._clock.now().timestamp() + LEEWAY_SECONDS
        return await self._cache.add(used, b"1", max(left, 1.0))

    async def _keys(self, client: OAuthClient, *, refetch: bool) -> list[dict[str, Any]]:
        """The client's public keys; none if they cannot be fetched."""
        if client.jwks is not None or client.jwks_uri is None:
            return list((client.jwks or {}).get("keys", ()))
        cached, recent = (f"oauth:{kind}:{hashed(client.jwks_uri)}" for kind in ("keys", "fetched"))
        known = await self._cache.get(cached)
        if known is not None and (not refetch or await self._cache.get(recent) is not None):
            return list(msgspec.json.decode(known))
        await self._cache.set(recent, b"1", MIN_KEYS_AGE_SECONDS)
        try:
            response = await self._egress.fetch(client.jwks_uri, accept="application/json")
            keys = msgspec.json.decode(response.body)["keys"] if response.status == 200 else []
        except (BasicChatError, msgspec.MsgspecError, UnicodeError, TypeError, KeyError):
            return []
        keys = [each for each in keys if isinstance(each, dict)][:MAX_KEYS]
        await self._cache.set(cached, msgspec.json.encode(keys), KEYS_SECONDS)
        return keys


def _key_for(keys: Sequence[Mapping[str, Any]], assertion: str) -> jwt.PyJWK | None:
    """The public key that an assertion names, or the only one of the right type."""
    try:
        header = jwt.get_unverified_header(assertion)
    except (jwt.InvalidTokenError, UnicodeError):
        return None
    algorithm, name = header.get("alg"), header.get("kid")
    # The algorithm is checked before a key is made for it: no shared secrets, no "none".
    if algorithm not in ALGORITHMS or "crit" in header:
        return None
    usable = [
        each
        for each in keys
        if each.get("kty") in ("RSA", "EC", "OKP")
        and each.get("use", "sig") == "sig"
        and each.get("alg", algorithm) == algorithm
        and (name is None or each.get("kid") == name)
    ]
    if len(usable) != 1:
        return None
    try:
        return jwt.PyJWK(dict(usable[0]), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


def subject_of(assertion: str) -> str | None:
    """The client that an assertion claims to be of, unverified."""
    try:
        options: Any = {"verify_signature": False}
        subject = jwt.decode(assertion[:MAX_ASSERTION_LENGTH], options=options).get("sub")
    except (jwt.InvalidTokenError, UnicodeError):
        return None
    return subject if isinstance(subject, str) else None
