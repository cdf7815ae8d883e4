"""OAuth clients: those that register themselves, and those identified by a metadata document.

Sources: RFC 7591, draft-ietf-oauth-client-id-metadata-document-00.
"""

import re
import secrets
import unicodedata

import msgspec

from basicchat.accounts.oauth import redirects
from basicchat.accounts.oauth.client_metadata import (
    AUTH_METHODS,
    MAX_ID_LENGTH,
    SECRET_METHODS,
    Metadata,
    check_keys,
    decode,
    document_methods,
    is_document,
)
from basicchat.domain.cache import Cache
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.oauth import AuthorizationCode, ClientAuth, Grant, OAuthClient
from basicchat.domain.ports import Clock, Egress
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store

GRANT_TYPES = ("authorization_code", "refresh_token")
MAX_NAME_LENGTH = 80
# Bounds of how long a metadata document is cached; its server may choose within them.
MIN_CACHE_SECONDS, DEFAULT_CACHE_SECONDS, MAX_CACHE_SECONDS = 60.0, 3600.0, 86400.0
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")


class Clients:
    """Finds and registers clients.

    Args:
        cache: keeps the clients of metadata documents that were fetched lately.
        limit: how many registered clients are stored at a time.
    """

    def __init__(
        self, store: Store, clock: Clock, egress: Egress, cache: Cache, *, limit: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._egress = egress
        self._limit = limit
        self._cache = cache

    async def find(self, client_id: str) -> OAuthClient | None:
        """A client by its id; if the id is a URL, its metadata document is fetched.

        Call it only for users who are logged in, as it makes the server fetch a URL.

        Raises:
            InvalidInput: the document is invalid.
            UpstreamUnavailable: the document could not be fetched.
        """
        if not is_document(client_id):
            return await self._store.oauth_client(client_id[:MAX_ID_LENGTH])
        cached = await self._cache.get(_cache_key(client_id))
        if cached is not None:
            return msgspec.json.decode(cached, type=OAuthClient)
        return await self._fetch(client_id)

    async def at_token_endpoint(
        self, client_id: str, issued: AuthorizationCode | Grant | None, *, asserts: bool
    ) -> OAuthClient | None:
        """A client for authentication at the token endpoint.

        Args:
            issued: the code or grant in the request.
            asserts: the request has an assertion, for which the client's keys are needed. A
                metadata document is fetched only for a client that `issued` was issued to, so
                that strangers cannot make the server fetch URLs.
        """
        if not is_document(client_id):
            return await self._store.oauth_client(client_id[:MAX_ID_LENGTH])
        own = issued if issued is not None and issued.client_id == client_id else None
        if asserts:
            try:
                return await self.find(client_id) if own is not None else None
            except BasicChatError:
                return None
        return OAuthClient(
            client_id=client_id,
            name=client_id,
            redirect_uris=(),
            auth="none" if own is None or own.public else "private_key_jwt",
            grant_types=GRANT_TYPES,
            created_at=self._clock.now(),
            registered=False,
        )

    async def _fetch(self, url: str) -> OAuthClient:
        response = await self._egress.fetch(url, accept="application/json")
        kind = response.media_type
        if response.status != 200 or not (kind == "application/json" or kind.endswith("+json")):
            raise InvalidInput(
                "The app's metadata document could not be fetched as JSON "
                f"(status {response.status})",
                field="client_id",
                reason="client_metadata_unavailable",
                params={"status": response.status},
            )
        metadata = decode(response.body)
        if metadata.client_id != url:
            raise InvalidInput(
                "The app's metadata document names another client_id",
                field="client_id",
                reason="client_metadata_invalid",
                params={"field": "client_id"},
            )
        auth, *alternatives = document_methods(metadata)
        client = msgspec.structs.replace(
            self._build(metadata, url, auth, None), alternatives=tuple(alternatives)
        )
        seconds = _cache_seconds(response.cache_control)
        await self._cache.set(_cache_key(url), msgspec.json.encode(client), seconds)
        return client

    async def register(self, metadata: Metadata) -> tuple[OAuthClient, str | None]:
        """Register a client. A public client that registers again gets the same id.

        Returns:
            the client and its secret, if it wants one, of which only a hash is stored.

        Raises:
            InvalidInput: the metadata is invalid.
            BasicChatError: too many clients are registered.
        """
        auth = metadata.token_endpoint_auth_method or "client_secret_basic"
        if auth not in AUTH_METHODS:
            raise InvalidInput(
                f"token_endpoint_auth_method: must be one of {', '.join(AUTH_METHODS)}",
                field="token_endpoint_auth_method",
                reason="client_metadata_invalid",
                params={"field": "token_endpoint_auth_method"},
            )
        if auth not in SECRET_METHODS:
            return await self._register_without_secret(metadata, auth), None
        secret = secrets.token_urlsafe(32)
        client = self._build(metadata, f"app_{secrets.token_hex(12)}", auth, secret)
        await self._add(client)
        return client, secret

    async def _register_without_secret(self, metadata: Metadata, auth: ClientAuth) -> OAuthClient:
        """Register a client without a secret, under an id that is derived from its metadata."""
        client = self._build(metadata, "", auth, None)
        client = msgspec.structs.replace(client, client_id=_derived_id(client))
        known = await self._store.oauth_client(client.client_id)
        if known is not None:
            # The ports of a device's own addresses may differ from those at the first time.
            return msgspec.structs.replace(known, redirect_uris=client.redirect_uris)
        await self._add(client)
        return client

    async def is_known(self, metadata: Metadata) -> bool:
        """Whether a client with this metadata is registered already."""
        auth = metadata.token_endpoint_auth_method
        if auth not in AUTH_METHODS or auth in SECRET_METHODS:
            return False
        client = self._build(metadata, "", auth, None)
        return await self._store.oauth_client(_derived_id(client)) is not None

    async def _add(self, client: OAuthClient) -> None:
        async with self._store.transaction() as change:
            added = await change.add_oauth_client(client, self._limit)
        if not added:
            raise BasicChatError(
                "Too many apps are registered",
                hint="Ask an administrator of this server.",
                reason="too_many_apps",
            )

    def _build(
        self, metadata: Metadata, client_id: str, auth: ClientAuth, secret: str | None
    ) -> OAuthClient:
        for uri in metadata.redirect_uris:
            if not redirects.acceptable(uri):
                raise InvalidInput(
                    "redirect_uris: must be https URLs, http URLs of the local device, or URIs of "
                    "a private scheme such as com.example.app:/",
                    field="redirect_uris",
                    reason="client_metadata_invalid",
                    params={"field": "redirect_uris"},
                )
        grant_types = metadata.grant_types or GRANT_TYPES
        response_types = metadata.response_types or ("code",)
        if "authorization_code" not in grant_types or "code" not in response_types:
            raise InvalidInput(
                "grant_types: must include authorization_code, and response_types code",
                field="grant_types",
                reason="client_metadata_invalid",
                params={"field": "grant_types"},
            )
        if auth == "private_key_jwt":
            check_keys(metadata)
        return OAuthClient(
            client_id=client_id,
            name=shown_name(metadata.client_name or ""),
            redirect_uris=metadata.redirect_uris,
            auth=auth,
            grant_types=tuple(each for each in GRANT_TYPES if each in grant_types),
            created_at=self._clock.now(),
            secret_hash=None if secret is None else hashed(secret),
            registered=not is_document(client_id),
            jwks=metadata.jwks if auth == "private_key_jwt" else None,
            jwks_uri=metadata.jwks_uri if auth == "private_key_jwt" else None,
        )


def _derived_id(client: OAuthClient) -> str:
    """The id of a client without a secret: the same for the same metadata and keys.

    The port on which it listens does not matter.
    """
    uris = sorted(redirects.without_port(uri) for uri in client.redirect_uris)
    keys = () if client.auth == "none" else (client.auth, client.jwks, client.jwks_uri)
    identity = msgspec.json.encode((client.name, uris, client.grant_types, *keys), order="sorted")
    return f"app_{hashed(identity.decode())[:24]}"


def shown_name(name: str) -> str:
    """A client's name for display, without invisible characters and bidirectional marks."""
    normalized = " ".join(unicodedata.normalize("NFC", name).split())
    visible = "".join(
        character
        for character in normalized
        if not unicodedata.category(character).startswith(("C", "Z")) or character == " "
    )
    return visible[:MAX_NAME_LENGTH].strip() or "Unnamed app"


def _cache_key(url: str) -> str:
    return f"oauth:client:{hashed(url)}"


def _cache_seconds(cache_control: str) -> float:
    """How many seconds a document may be cached (RFC 9111, 5.2.2), within bounds."""
    directives = cache_control.lower()
    age = _MAX_AGE.search(directives)
    if "no-store" in directives or "no-cache" in directives:
        return MIN_CACHE_SECONDS
    return (
        min(max(float(age[1]), MIN_CACHE_SECONDS), MAX_CACHE_SECONDS)
        if age
        else DEFAULT_CACHE_SECONDS
    )
