"""OAuth clients: those that register themselves, and those identified by a metadata document.

Sources: RFC 7591, draft-ietf-oauth-client-id-metadata-document-00.
"""

import re
import secrets
import unicodedata
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from basicchat.accounts.oauth import redirects
from basicchat.domain.cache import Cache
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.oauth import ClientAuth, OAuthClient
from basicchat.domain.ports import Clock, Egress
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store

GRANT_TYPES = ("authorization_code", "refresh_token")
AUTH_METHODS: tuple[ClientAuth, ...] = ("none", "client_secret_basic", "client_secret_post")
MAX_ID_LENGTH = 500
MAX_NAME_LENGTH = 80
# Bounds of how long a metadata document is cached; its server may choose within them.
MIN_CACHE_SECONDS, DEFAULT_CACHE_SECONDS, MAX_CACHE_SECONDS = 60.0, 3600.0, 86400.0
_DOCUMENT_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?/[!-~]+")
_DOT_SEGMENTS = re.compile(r"/\.{1,2}(/|$|\?)|%2e", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of a client (RFC 7591, 2); unknown members are ignored."""

    redirect_uris: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    client_id: str | None = None
    client_name: str | None = None
    token_endpoint_auth_method: str | None = None
    grant_types: tuple[str, ...] | None = None
    response_types: tuple[str, ...] | None = None


class Clients:
    """Finds and registers clients.

    Args:
        cache: keeps the clients of metadata documents that were fetched lately.
        most: how many registered clients are stored at a time.
    """

    def __init__(
        self, store: Store, clock: Clock, egress: Egress, cache: Cache, *, most: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._egress = egress
        self._most = most
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

    async def at_token_endpoint(self, client_id: str) -> OAuthClient | None:
        """A client for authentication at the token endpoint; fetches nothing.

        A client that is identified by a document has no secret and needs none: codes and refresh
        tokens are valid only with the client id that they were issued to.
        """
        if not is_document(client_id):
            return await self._store.oauth_client(client_id[:MAX_ID_LENGTH])
        return OAuthClient(
            client_id=client_id,
            name=client_id,
            redirect_uris=(),
            auth="none",
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
            )
        metadata = decode(response.body)
        if metadata.client_id != url:
            raise InvalidInput(
                "The app's metadata document names another client_id", field="client_id"
            )
        if metadata.token_endpoint_auth_method not in (None, "none"):
            raise InvalidInput(
                "The app's metadata document requires a token_endpoint_auth_method other than none",
                field="client_id",
            )
        client = self._build(metadata, url, "none", None)
        seconds = _cache_seconds(response.cache_control)
        await self._cache.set(_cache_key(url), msgspec.json.encode(client), seconds)
        return client

    async def register(self, metadata: Metadata) -> tuple[OAuthClient, str | None]:
        """Register a client.

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
            )
        secret = None if auth == "none" else secrets.token_urlsafe(32)
        client = self._build(metadata, f"app_{secrets.token_hex(12)}", auth, secret)
        async with self._store.transaction() as change:
            added = await change.add_oauth_client(client, self._most)
        if not added:
            raise BasicChatError(
                "Too many apps are registered", hint="Ask an administrator of this server."
            )
        return client, secret

    def _build(
        self, metadata: Metadata, client_id: str, auth: ClientAuth, secret: str | None
    ) -> OAuthClient:
        for uri in metadata.redirect_uris:
            if not redirects.acceptable(uri):
                raise InvalidInput(
                    "redirect_uris: must be https URLs, http URLs of the local device, or URIs of "
                    "a private scheme such as com.example.app:/",
                    field="redirect_uris",
                )
        grant_types = metadata.grant_types or GRANT_TYPES
        response_types = metadata.response_types or ("code",)
        if "authorization_code" not in grant_types or "code" not in response_types:
            raise InvalidInput(
                "grant_types: must include authorization_code, and response_types code",
                field="grant_types",
            )
        return OAuthClient(
            client_id=client_id,
            name=shown_name(metadata.client_name or ""),
            redirect_uris=metadata.redirect_uris,
            auth=auth,
            grant_types=tuple(each for each in GRANT_TYPES if each in grant_types),
            created_at=self._clock.now(),
            secret_hash=None if secret is None else hashed(secret),
            registered=not is_document(client_id),
        )


def is_document(client_id: str) -> bool:
    """Whether a client id is the URL of a metadata document (section 3 of the draft)."""
    return (
        len(client_id) <= MAX_ID_LENGTH
        and _DOCUMENT_URL.fullmatch(client_id) is not None
        and "#" not in client_id
        and _DOT_SEGMENTS.search(client_id) is None
    )


def decode(raw: bytes) -> Metadata:
    """Decode the metadata of a client.

    Raises:
        InvalidInput: it is not valid client metadata.
    """
    try:
        # Some clients send null for members that they omit.
        members: Any = msgspec.json.decode(raw)
        present = {name: value for name, value in members.items() if value is not None}
        return msgspec.convert(present, Metadata)
    except msgspec.ValidationError as error:
        field = "redirect_uris" if "redirect_uris" in str(error) else "client_metadata"
        raise InvalidInput(f"{field}: is missing or invalid", field=field) from error
    except (msgspec.DecodeError, AttributeError, UnicodeError, RecursionError) as error:
        raise InvalidInput("The client's metadata is not a JSON object", field="body") from error


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
