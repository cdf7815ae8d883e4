"""Issuers of tokens elsewhere: what they say of themselves, and whether a token is theirs.

OpenID Connect Discovery 1.0 (4), RFC 8414 (3.1), RFC 7517. Their addresses are the operator's.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from basicchat.domain.errors import Unauthenticated, UpstreamUnavailable
from basicchat.domain.ports import Clock

T = TypeVar("T")
Check = Callable[[Mapping[str, Any], Mapping[str, Any]], T]
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA"]
METADATA_SECONDS = 3600.0
# Another key than those known is asked for at most this often.
KEYS_SECONDS = 30.0
MOST_BYTES = 1 << 20


class Issuer:
    """One issuer.

    Args:
        url: its identifier, to the letter.
        name: what people are told it is called.
        setting: where an administrator should look if it does not work.
    """

    def __init__(self, url: str, name: str, setting: str, clock: Clock) -> None:
        self.url = url
        self._name = name
        self._setting = setting
        self._clock = clock
        self.keys_seconds = KEYS_SECONDS
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def metadata(self, needed: Sequence[str]) -> dict[str, Any]:
        """What it says of itself.

        Args:
            needed: members that must be there, and be addresses.

        Raises:
            UpstreamUnavailable: it does not answer, or speaks for somebody else.
        """
        for place in self._places():
            try:
                metadata: dict[str, Any] = await self._document(place, METADATA_SECONDS)
            except UpstreamUnavailable as error:
                failed = error
            else:
                break
        else:
            raise failed
        if metadata.get("issuer") != self.url or not all(
            _is_web(metadata.get(name)) for name in needed
        ):
            raise self.unavailable(f"what it says of itself does not fit {self._setting}")
        return metadata

    def _places(self) -> tuple[str, str]:
        parts = urlsplit(self.url)
        path = parts.path.rstrip("/")
        return (
            self.url.rstrip("/") + "/.well-known/openid-configuration",
            f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{path}",
        )

    async def verified(self, token: str, check: Check[T]) -> T:
        """What a check makes of a token's claims and header, once its signature holds.

        Args:
            check: may raise what a library does for claims that do not hold.

        Raises:
            ValueError: the signature or the claims do not hold.
            UpstreamUnavailable: its keys are not to be had.
        """
        from joserfc import jwt as jose  # noqa: PLC0415
        from joserfc.errors import JoseError  # noqa: PLC0415
        from joserfc.jwk import KeySet  # noqa: PLC0415

        place = (await self.metadata(["jwks_uri"]))["jwks_uri"]
        for fresh in (False, True):
            keys = await self._document(place, 0.0 if fresh else METADATA_SECONDS)
            try:
                found = jose.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
                return check(found.claims, found.header)
            # It may have changed its keys since they were fetched.
            except (JoseError, ValueError, KeyError, TypeError) as wrong:
                if fresh:
                    raise ValueError("the token does not hold") from wrong
        raise AssertionError("the second pass returns or raises")

    async def _document(self, url: str, seconds: float) -> Any:
        fetched, known = self._known.get(url, (0.0, None))
        age = self._clock.monotonic() - fetched
        if known is not None and (age < seconds or age < self.keys_seconds):
            return known
        found = await self.ask("GET", url)
        self._known[url] = (self._clock.monotonic(), found)
        return found

    async def ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        """A JSON object that it answers with.

        Raises:
            Unauthenticated: it refuses what was posted.
            UpstreamUnavailable: it does not answer so.
        """
        import httpx2  # noqa: PLC0415

        try:
            async with httpx2.AsyncClient(timeout=10.0, follow_redirects=False) as client:
                answer = await client.request(method, url, **options)
        except httpx2.HTTPError as error:
            raise self.unavailable("it does not answer") from error
        if method == "POST" and answer.status_code in (400, 401):
            raise Unauthenticated(f"{self._name} did not log you in", hint="Start again.")
        if answer.status_code != 200 or len(answer.content) > MOST_BYTES:
            raise self.unavailable(f"it answers with status {answer.status_code}")
        try:
            value = json.loads(answer.content)
        except ValueError as wrong:
            raise self.unavailable("it does not speak JSON") from wrong
        if not isinstance(value, dict):
            raise self.unavailable("it does not answer as an issuer does")
        return value

    def unavailable(self, what: str) -> UpstreamUnavailable:
        """It does not work, and why."""
        return UpstreamUnavailable(
            f"Single sign-on with {self._name} does not work: {what}",
            provider="oidc",
            hint="Log in with a password meanwhile; an administrator should look at "
            f"{self._setting}.",
        )


def _is_web(url: Any) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in ("https", "http")
