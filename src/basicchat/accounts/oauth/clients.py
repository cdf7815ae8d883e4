"""Clients: those that register themselves, and those known by a metadata document.

RFC 7591, and draft-ietf-oauth-client-id-metadata-document-00.
"""

import re
import secrets
import unicodedata
from collections import OrderedDict
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from basicchat.accounts.oauth import redirects
from basicchat.domain.errors import BasicChatError, InvalidInput
from basicchat.domain.oauth import ClientAuth, OAuthClient
from basicchat.domain.ports import Clock, Egress
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store

GRANT_TYPES = ("authorization_code", "refresh_token")
AUTH_METHODS: tuple[ClientAuth, ...] = ("none", "client_secret_basic", "client_secret_post")
LONGEST_ID = 500
LONGEST_NAME = 80
# How long a metadata document is believed, in seconds, whatever its server says.
SHORTEST_CACHE, USUAL_CACHE, LONGEST_CACHE = 60.0, 3600.0, 86400.0
MAX_CACHED = 256
_DOCUMENT = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?/[!-~]+")
_DOTS = re.compile(r"/\.{1,2}(/|$|\?)|%2e", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says of itself (RFC 7591, 2); what is not understood is left out."""

    redirect_uris: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    client_id: str | None = None
    client_name: str | None = None
    token_endpoint_auth_method: str | None = None
    grant_types: tuple[str, ...] | None = None
    response_types: tuple[str, ...] | None = None


class Clients:
    """Finds and registers clients.

    Args:
        most: registered clients that are kept at a time.
    """

    def __init__(self, store: Store, clock: Clock, egress: Egress, *, most: int) -> None:
        self._store = store
        self._clock = clock
        self._egress = egress
        self._most = most
        self._documents: OrderedDict[str, tuple[float, OAuthClient]] = OrderedDict()

    async def find(self, client_id: str) -> OAuthClient | None:
        """A client by its id, whose metadata document is read if the id is its URL.

        Only for who is logged in: it is they who have something fetched.

        Raises:
            InvalidInput: the document is none, or says what cannot be.
            UpstreamUnavailable: it cannot be read.
        """
        if not is_document(client_id):
            return await self._store.oauth_client(client_id[:LONGEST_ID])
        until, known = self._documents.get(client_id, (0.0, None))
        if known is None or until < self._clock.monotonic():
            known = await self._read(client_id)
        return known

    async def at_token_endpoint(self, client_id: str) -> OAuthClient | None:
        """A client as it has to prove itself for tokens. Nothing is fetched.

        Whoever names the URL of a document can prove nothing, and needs not: a code and a refresh
        token hold only together with the client id that they were given to.
        """
        if not is_document(client_id):
            return await self._store.oauth_client(client_id[:LONGEST_ID])
        return OAuthClient(
            client_id=client_id,
            name=client_id,
            redirect_uris=(),
            auth="none",
            grant_types=GRANT_TYPES,
            created_at=self._clock.now(),
            registered=False,
        )

    async def _read(self, url: str) -> OAuthClient:
        found = await self._egress.fetch(url, accept="application/json")
        kind = found.media_type
        if found.status != 200 or not (kind == "application/json" or kind.endswith("+json")):
            raise InvalidInput("The app's metadata document is not to be had", field="client_id")
        told = decode(found.body)
        if told.client_id != url:
            raise InvalidInput("The app's metadata document names another", field="client_id")
        if told.token_endpoint_auth_method not in (None, "none"):
            raise InvalidInput(
                "The app wants to prove itself in a way that is not supported", field="client_id"
            )
        client = self._made(told, url, "none", None)
        seconds = _believed(found.cache_control)
        self._documents[url] = (self._clock.monotonic() + seconds, client)
        self._documents.move_to_end(url)
        if len(self._documents) > MAX_CACHED:
            self._documents.popitem(last=False)
        return client

    async def register(self, told: Metadata) -> tuple[OAuthClient, str | None]:
        """Register a client; with it comes its secret, if it wants one, which is kept nowhere.

        Raises:
            InvalidInput: what it says of itself cannot be.
            BasicChatError: there are too many.
        """
        auth = told.token_endpoint_auth_method or "client_secret_basic"
        if auth not in AUTH_METHODS:
            raise InvalidInput(
                f"token_endpoint_auth_method is one of {', '.join(AUTH_METHODS)}",
                field="token_endpoint_auth_method",
            )
        secret = None if auth == "none" else secrets.token_urlsafe(32)
        client = self._made(told, f"app_{secrets.token_hex(12)}", auth, secret)
        async with self._store.transaction() as change:
            added = await change.add_oauth_client(client, self._most)
        if not added:
            raise BasicChatError("No more apps can register", hint="An administrator can help.")
        return client, secret

    def _made(
        self, told: Metadata, client_id: str, auth: ClientAuth, secret: str | None
    ) -> OAuthClient:
        for uri in told.redirect_uris:
            if not redirects.acceptable(uri):
                raise InvalidInput(
                    "redirect_uris are https URLs, http ones of this device, or of a private "
                    "scheme such as com.example.app:/",
                    field="redirect_uris",
                )
        asked = told.grant_types or GRANT_TYPES
        if "authorization_code" not in asked or "code" not in (told.response_types or ("code",)):
            raise InvalidInput("Only authorization codes are given", field="grant_types")
        return OAuthClient(
            client_id=client_id,
            name=shown_name(told.client_name or ""),
            redirect_uris=told.redirect_uris,
            auth=auth,
            grant_types=tuple(each for each in GRANT_TYPES if each in asked),
            created_at=self._clock.now(),
            secret_hash=None if secret is None else hashed(secret),
            registered=not is_document(client_id),
        )


def is_document(client_id: str) -> bool:
    """Whether a client id is the URL of a metadata document (3 of the draft)."""
    return (
        len(client_id) <= LONGEST_ID
        and _DOCUMENT.fullmatch(client_id) is not None
        and "#" not in client_id
        and _DOTS.search(client_id) is None
    )


def decode(raw: bytes) -> Metadata:
    """What a client says of itself.

    Raises:
        InvalidInput: it is not to be understood.
    """
    try:
        # Null is how some write what they leave out.
        plain: Any = msgspec.json.decode(raw)
        known = {name: value for name, value in plain.items() if value is not None}
        return msgspec.convert(known, Metadata)
    except msgspec.ValidationError as wrong:
        field = "redirect_uris" if "redirect_uris" in str(wrong) else "client_metadata"
        raise InvalidInput(
            f"{field}: is missing, or is not what it should be", field=field
        ) from wrong
    except (msgspec.DecodeError, AttributeError, UnicodeError, RecursionError) as wrong:
        raise InvalidInput("The client's metadata is no JSON object", field="body") from wrong


def shown_name(name: str) -> str:
    """A client's name for itself, without what could not be seen or would turn text around."""
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    seen = "".join(
        each
        for each in plain
        if not unicodedata.category(each).startswith(("C", "Z")) or each == " "
    )
    return seen[:LONGEST_NAME].strip() or "An app without a name"


def _believed(cache_control: str) -> float:
    """For how many seconds a document may be used (RFC 9111, 5.2.2), within bounds."""
    said = cache_control.lower()
    age = _MAX_AGE.search(said)
    if "no-store" in said or "no-cache" in said:
        return SHORTEST_CACHE
    return min(max(float(age[1]), SHORTEST_CACHE), LONGEST_CACHE) if age else USUAL_CACHE
