"""The metadata of OAuth clients: decoding, and the ways to authenticate that they name.

Sources: RFC 7591, draft-ietf-oauth-client-id-metadata-document-00.
"""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from basicchat.domain.errors import InvalidInput
from basicchat.domain.oauth import ClientAuth

SECRET_METHODS: tuple[ClientAuth, ...] = ("client_secret_basic", "client_secret_post")
AUTH_METHODS: tuple[ClientAuth, ...] = ("none", *SECRET_METHODS, "private_key_jwt")
# A client with a metadata document has no secret.
DOCUMENT_METHODS: tuple[ClientAuth, ...] = ("none", "private_key_jwt")
MAX_JWKS_BYTES = 16 * 1024
MAX_ID_LENGTH = 500
_DOCUMENT_URL = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?/[!-~]+")
_DOT_SEGMENTS = re.compile(r"/\.{1,2}(/|$|\?)|%2e", re.IGNORECASE)


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """The metadata of a client (RFC 7591, 2); unknown members are ignored."""

    redirect_uris: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    client_id: str | None = None
    client_name: str | None = None
    token_endpoint_auth_method: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ()
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    grant_types: tuple[str, ...] | None = None
    response_types: tuple[str, ...] | None = None


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
        raise InvalidInput(
            f"{field}: is missing or invalid",
            field=field,
            reason="client_metadata_invalid",
            params={"field": field},
        ) from error
    except (msgspec.DecodeError, AttributeError, UnicodeError, RecursionError) as error:
        raise InvalidInput(
            "The client's metadata is not a JSON object",
            field="body",
            reason="client_metadata_invalid",
            params={"field": "body"},
        ) from error


def document_methods(metadata: Metadata) -> tuple[ClientAuth, ...]:
    """The methods that both the app of a metadata document and this server support.

    The keys of `private_key_jwt` come first, as the stronger method.

    Raises:
        InvalidInput: there is none.
    """
    named = {
        metadata.token_endpoint_auth_method or "none",
        *metadata.token_endpoint_auth_methods_supported,
    }
    has_keys = metadata.jwks is not None or metadata.jwks_uri is not None
    methods = [each for each in reversed(DOCUMENT_METHODS) if each in named]
    if methods and methods[0] == "private_key_jwt" and not has_keys and len(methods) > 1:
        methods = methods[1:]
    if not methods:
        raise InvalidInput(
            "The app's metadata document names no token_endpoint_auth_method that is supported: "
            + " or ".join(DOCUMENT_METHODS),
            field="client_id",
            reason="client_metadata_invalid",
            params={"field": "token_endpoint_auth_method"},
        )
    return tuple(methods)


def check_keys(metadata: Metadata) -> None:
    """Check that a client names its public keys (RFC 7591, 2).

    Raises:
        InvalidInput: it names none, or in two ways, or too many, or not by HTTPS.
    """
    by_url = metadata.jwks_uri is not None and is_document(metadata.jwks_uri)
    keys = (metadata.jwks or {}).get("keys")
    by_value = isinstance(keys, list) and len(msgspec.json.encode(keys)) <= MAX_JWKS_BYTES
    named = (metadata.jwks is not None, metadata.jwks_uri is not None)
    if named not in ((True, False), (False, True)) or not (by_url or by_value):
        raise InvalidInput(
            "jwks_uri: private_key_jwt needs either jwks_uri, an https URL, or jwks",
            field="jwks_uri",
            reason="client_metadata_invalid",
            params={"field": "jwks_uri"},
        )
