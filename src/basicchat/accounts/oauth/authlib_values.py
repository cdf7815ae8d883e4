"""Input and output of Authlib's authorisation server, in the interfaces that Authlib expects.

Importing this takes about 0.1 s, so only modules that import Authlib anyway do.
"""

import hmac
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Payload

from basicchat.accounts.oauth import redirects, scopes
from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient
from basicchat.domain.secrets import hashed
from basicchat.domain.values import User, Value


class Facts(Value, frozen=True, kw_only=True):
    """Everything that Authlib may ask for during a request, fetched beforehand.

    Attributes:
        issuer: this server's origin.
        resources: the URLs of the resources that tokens may be issued for.
        client: the client that the request names.
        code: the authorization code in the request, if it has not expired.
        grant: the grant of the token in the request, if it has not expired.
        token_valid: whether that token is the grant's current one.
        asserted: the client has proven its identity by an assertion.
        user: the user of the code or grant, if they may still log in.
    """

    issuer: str
    resources: tuple[str, ...] = ()
    client: OAuthClient | None = None
    code: AuthorizationCode | None = None
    grant: Grant | None = None
    token_valid: bool = False
    asserted: bool = False
    user: User | None = None


class Answer:
    """Authlib's decision: an HTTP response, and the changes to commit before sending it.

    Attributes:
        location: the redirect target of the browser.
        code: a new authorization code, in plain text.
        granted: the scopes of the tokens to issue; None if no tokens are due.
        revoked: whether the client revoked its grant.
        client_authenticated: whether the client has proven its identity.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body: dict[str, Any] = {}
        self.headers: dict[str, str] = {}
        self.location: str | None = None
        self.code: str | None = None
        self.granted: tuple[Any, ...] | None = None
        self.revoked = False
        self.client_authenticated = False


class Payload(OAuth2Payload):  # type: ignore[misc]
    """The parameters of a request, including repeated ones."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._lists: dict[str, list[str]] = defaultdict(list)
        for name, value in pairs:
            self._lists[name].append(value)

    @property
    def data(self) -> dict[str, str]:
        return {name: values[0] for name, values in self._lists.items()}

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class Client(ClientMixin):  # type: ignore[misc]
    """A client, in Authlib's interface."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> str | None:
        # With several URIs, the request must name one (OAuth 2.1, 4.1.1).
        uris = self.client.redirect_uris
        return uris[0] if len(uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        if scope and not scopes.is_well_formed(scope):
            return None
        # Unknown scopes are ignored, also if there are no others.
        return scopes.text_of(scopes.parse(scope or "") or scopes.DEFAULT)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirects.matches(self.client.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        secret_hash = self.client.secret_hash
        return secret_hash is not None and hmac.compare_digest(secret_hash, hashed(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.client.methods

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types


class Code:
    """An authorization code, in Authlib's interface."""

    code_challenge_method = "S256"

    def __init__(self, code: AuthorizationCode) -> None:
        self._code = code
        self.code_challenge = code.challenge

    def get_redirect_uri(self) -> str:
        return self._code.redirect_uri

    def get_scope(self) -> str:
        return scopes.text_of(self._code.scopes)


class Token:
    """A refresh token, in Authlib's interface."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def check_client(self, client: Client) -> bool:
        return self._grant.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return scopes.text_of(self._grant.scopes)
