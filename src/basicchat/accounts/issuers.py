"""External token issuers: their metadata and keys, and the verification of their tokens.

Sources: OpenID Connect Discovery 1.0 (4), RFC 8414 (3.1), RFC 7517. The operator configures the
issuers, so their URLs are trusted.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from basicchat.accounts.shared_fetch import SharedFetch
from basicchat.domain.errors import Unauthenticated, UpstreamUnavailable
from basicchat.domain.ports import Clock

T = TypeVar("T")
Check = Callable[[Mapping[str, Any], Mapping[str, Any]], T]
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"]
METADATA_CACHE_SECONDS = 3600.0
# An unknown key refetches the key set, at most this often.
MIN_KEYS_AGE_SECONDS = 30.0
# For the whole request. Metadata and keys are limited further (`shared_fetch.py`).
REQUEST_SECONDS = 10.0
MAX_RESPONSE_BYTES = 1 << 20


class Issuer:
    """One issuer.

    Args:
        url: its exact identifier.
        name: its name in messages.
        setting: the setting that an administrator should check if it does not work.
    """

    def __init__(self, url: str, name: str, setting: str, clock: Clock) -> None:
        self.url = url
        self._name = name
        self._setting = setting
        self._clock = clock
        self.keys_seconds = MIN_KEYS_AGE_SECONDS
        silent = partial(self.unavailable, "it does not answer")
        self._metadata = SharedFetch(clock, self._fetch_metadata, silent)
        self._keys = SharedFetch(clock, self._fetch_keys, silent)

    async def metadata(self, needed: Sequence[str]) -> dict[str, Any]:
        """The issuer's metadata.

        Args:
            needed: members that must be present and be URLs.

        Raises:
            UpstreamUnavailable: it does not answer, or its metadata names another issuer.
        """
        metadata = await self._metadata.get(METADATA_CACHE_SECONDS)
        if metadata.get("issuer") != self.url or not all(
            _is_http_url(metadata.get(name)) for name in needed
        ):
            raise self.unavailable(f"its metadata does not match the setting {self._setting}")
        return metadata

    async def _fetch_metadata(self) -> dict[str, Any]:
        first, second = self._metadata_urls()
        try:
            return await self.request_json("GET", first)
        except UpstreamUnavailable:
            return await self.request_json("GET", second)

    def _metadata_urls(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        path = parts.path.rstrip("/")
        return (
            self.url.rstrip("/") + "/.well-known/openid-configuration",
            f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{path}",
        )

    async def verified(self, token: str, check: Check[T]) -> T:
        """Verify a token's signature, then check its claims and header.

        Args:
            check: validates claims and header; may raise any error of the JOSE library.

        Returns:
            the result of `check`.

        Raises:
            ValueError: the signature or the claims are invalid.
            UpstreamUnavailable: the issuer's keys could not be fetched.
        """
        from joserfc import jwt as jose  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        for refetch in (False, True):
            keys: Any = await self._keys.get(
                self.keys_seconds if refetch else METADATA_CACHE_SECONDS
            )
            try:
                decoded = jose.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
                return check(decoded.claims, decoded.header)
            # The issuer may have rotated its keys since they were fetched.
            except (JoseError, ValueError, KeyError, TypeError) as error:
                if refetch:
                    raise ValueError("the token is invalid") from error
        raise AssertionError("the second pass returns or raises")

    async def _fetch_keys(self) -> dict[str, Any]:
        metadata = await self.metadata(["jwks_uri"])
        return await self.request_json("GET", metadata["jwks_uri"])

    async def request_json(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        """Send a request to the issuer and return its JSON object.

        Raises:
            Unauthenticated: the issuer refused the posted credentials.
            UpstreamUnavailable: the issuer did not answer, or not with a JSON object.
        """
        import httpx2  # noqa: PLC0415

        try:
            async with (
                asyncio.timeout(REQUEST_SECONDS),
                httpx2.AsyncClient(timeout=REQUEST_SECONDS, follow_redirects=False) as client,
            ):
                response = await client.request(method, url, **options)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise self.unavailable("it does not answer") from error
        if method == "POST" and response.status_code in (400, 401):
            raise Unauthenticated(
                f"{self._name} did not log you in",
                hint="Start again.",
                reason="single_sign_on_refused",
                params={"provider": self._name},
            )
        if response.status_code != 200:
            raise self.unavailable(f"it answered with status {response.status_code}")
        if len(response.content) > MAX_RESPONSE_BYTES:
            raise self.unavailable(f"its answer is larger than {MAX_RESPONSE_BYTES} bytes")
        try:
            value = json.loads(response.content)
        except ValueError as error:
            raise self.unavailable("its answer is not JSON") from error
        if not isinstance(value, dict):
            raise self.unavailable("its answer is not a JSON object")
        return value

    def unavailable(self, reason: str) -> UpstreamUnavailable:
        """The error that says why single sign-on with this issuer does not work."""
        return UpstreamUnavailable(
            f"Single sign-on with {self._name} does not work: {reason}",
            provider="oidc",
            hint="Log in with a password meanwhile. An administrator should check the setting "
            f"{self._setting}.",
            reason="single_sign_on_unavailable",
            params={"provider": self._name},
        )


def _is_http_url(url: Any) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in ("https", "http")
