"""What Authlib's authorisation server is told, in the forms it knows, and what it decides.

Only what imports Authlib anyhow imports this: it takes a tenth of a second.
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
    """What the library may ask for.

    `code` and `grant` are those that the request names, if they have not expired; `holds` says
    whether the refresh token in it is the grant's present one. `user` is whose they are, if they
    may still log in. `resources` are the URLs that tokens may be for.
    """

    issuer: str
    resources: tuple[str, ...] = ()
    client: OAuthClient | None = None
    code: AuthorizationCode | None = None
    grant: Grant | None = None
    holds: bool = False
    user: User | None = None


class Answer:
    """What the library decided: an HTTP answer, and what has to be done before it is given.

    Attributes:
        location: where the browser is sent.
        code: a new authorization code, in clear.
        granted: the scopes of tokens that are due.
        revoked: a grant that its client wants ended.
        passed: the client has proven itself to be who it says.
    """

    def __init__(self) -> None:
        self.status = 200
        self.body: dict[str, Any] = {}
        self.headers: dict[str, str] = {}
        self.location: str | None = None
        self.code: str | None = None
        self.granted: tuple[Any, ...] | None = None
        self.revoked = False
        self.passed = False


class Payload(OAuth2Payload):  # type: ignore[misc]
    """A request's parameters, each as often as it is there."""

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
    """A client as the library asks it."""

    def __init__(self, client: OAuthClient) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.client_id

    def get_default_redirect_uri(self) -> str | None:
        # Which of several is meant must be said (OAuth 2.1, 4.1.1).
        only = self.client.redirect_uris
        return only[0] if len(only) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        asked = scopes.parse(scope) if scope else scopes.USUAL
        return scopes.text_of(asked) or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirects.matches(self.client.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        kept = self.client.secret_hash
        return kept is not None and hmac.compare_digest(kept, hashed(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.client.auth

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types


class Code:
    """A code as the library asks it."""

    code_challenge_method = "S256"

    def __init__(self, code: AuthorizationCode) -> None:
        self._code = code
        self.code_challenge = code.challenge

    def get_redirect_uri(self) -> str:
        return self._code.redirect_uri

    def get_scope(self) -> str:
        return scopes.text_of(self._code.scopes)


class Token:
    """A refresh token as the library asks it."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def check_client(self, client: Client) -> bool:
        return self._grant.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return scopes.text_of(self._grant.scopes)
