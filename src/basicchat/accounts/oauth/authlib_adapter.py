"""Authlib's authorisation server, run on facts that were fetched beforehand.

Authlib is synchronous and looks up clients, codes and tokens during its checks. So everything it
may look up is fetched first (`Facts`), and its decision (`Answer`) is committed afterwards. The
import takes about 0.1 s, so callers import this module only when they need it.
"""

import base64
import re
from collections.abc import Sequence
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter

from basicchat.accounts.oauth import scopes
from basicchat.accounts.oauth.assertions import subject_of
from basicchat.accounts.oauth.authlib_values import Answer, Client, Code, Facts, Payload, Token
from basicchat.accounts.oauth.resources import canonical
from basicchat.domain.values import User

_FORBIDDEN = re.compile(r"[^ -~]|[\"\\\\]")
METHODS = ["private_key_jwt", "none", "client_secret_basic", "client_secret_post"]


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """The resource is not one of this server's (RFC 8707, 2)."""

    error = "invalid_target"


class _S256(CodeChallenge):  # type: ignore[misc]
    """Requires PKCE with S256 from every client (OAuth 2.1, 4.1.1; RFC 7636, 4.2)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A code_challenge with the method S256 is required.")
        super().validate_code_challenge(grant, redirect_uri)
        _check_resource(grant.request, grant.server.facts.resources)


def _check_resource(request: OAuth2Request, allowed: Sequence[str]) -> None:
    urls = request.payload.datalist.get("resource", [])
    if len(urls) > 1 or (urls and canonical(urls[0]) not in allowed):
        raise InvalidTarget("The resource is not one of this server's resources.")


class _Issuer(IssuerParameter):  # type: ignore[misc]
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server, for one request."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts
        self.answer = Answer()
        self.register_grant(_CodeGrant, [_S256(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)
        self.register_client_auth_method("private_key_jwt", _asserted_client)
        self.register_token_generator("default", self._token_due)
        self.register_extension(lambda server: _Issuer(facts.issuer)(server))

    def query_client(self, client_id: str) -> Client | None:
        client = self.facts.client
        return Client(client) if client is not None and client.client_id == client_id else None

    def _token_due(self, **parameters: Any) -> dict[str, Any]:
        """Record that tokens are due; `Grants` issues them after all checks have passed."""
        self.answer.granted = scopes.parse(parameters["scope"])
        return {"token_type": "Bearer"}

    def save_token(self, token: Any, request: Any) -> None:
        return

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        remaining = dict(headers)
        self.answer.status = status
        self.answer.body = body if isinstance(body, dict) else {}
        self.answer.location = remaining.pop("Location", None)
        self.answer.headers = {
            name: value for name, value in remaining.items() if name.lower() == "www-authenticate"
        }
        return self.answer


def _asserted_client(query_client: Any, request: OAuth2Request) -> Client | None:
    """Authenticate a client by its assertion, which was verified beforehand."""
    facts = request.payload.facts
    return Client(facts.client) if facts.client is not None and facts.asserted else None


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.answer.code = code

    def query_authorization_code(self, code: str, client: Client) -> Any:
        self.server.answer.client_authenticated = True
        stored = self.server.facts.code
        if stored is None or stored.grant_id is not None:
            return None
        if stored.client_id != client.get_client_id():
            return None
        _check_resource(self.request, [stored.resource])
        return Code(stored)

    def delete_authorization_code(self, authorization_code: Any) -> None:
        return

    def authenticate_user(self, authorization_code: Any) -> User | None:
        user: User | None = self.server.facts.user
        return user


class _RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        facts = self.server.facts
        self.server.answer.client_authenticated = True
        if facts.grant is None or not facts.token_valid or facts.user is None:
            return None
        _check_resource(self.request, [facts.grant.resource])
        return Token(facts.grant)

    def authenticate_user(self, refresh_token: Any) -> User | None:
        user: User | None = self.server.facts.user
        return user

    def revoke_old_credential(self, refresh_token: Any) -> None:
        return


class _Revocation(RevocationEndpoint):  # type: ignore[misc]
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> Token | None:
        facts = self.server.facts
        return Token(facts.grant) if facts.grant is not None and facts.token_valid else None

    def revoke_token(self, token: Any, request: Any) -> None:
        self.server.answer.revoked = True


def _check_characters(pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse characters that an error must not contain (RFC 6749, 4.1.2.1 and 5.2).

    Authlib copies parameters into errors. The state is exempt because it is returned unchanged.

    Raises:
        InvalidRequestError: a parameter contains such a character.
    """
    for name, value in pairs:
        if _FORBIDDEN.search(name) or (name != "state" and _FORBIDDEN.search(value)):
            raise InvalidRequestError("A parameter contains characters that are not allowed.")


class _Request(OAuth2Request):  # type: ignore[misc]
    @property
    def form(self) -> dict[str, str]:
        data: dict[str, str] = self.payload.data
        return data


def _request(
    method: str, pairs: Sequence[tuple[str, str]], authorization: str, facts: Facts
) -> OAuth2Request:
    headers = {"Authorization": _decodable_header(authorization)}
    # Authlib only checks the scheme, which has already been decided by the server's set-up.
    request = _Request(method, "https://localhost/", headers=headers)
    request.payload = Payload(pairs)
    request.payload.facts = facts
    return request


def check_request(facts: Facts, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Check an authorization request.

    Returns:
        its redirect URI, and the scopes it would be granted.

    Raises:
        OAuth2Error: the request is invalid; with `redirect_uri` if that is verified to be the
            client's.
    """
    _check_characters(pairs)
    grant = _Server(facts).get_consent_grant(_request("GET", pairs, "", facts))
    return grant.redirect_uri, grant.request.scope


def decide(facts: Facts, pairs: Sequence[tuple[str, str]], user: User | None) -> Answer:
    """The redirect after a user's consent, or after their refusal if `user` is None.

    Raises:
        OAuth2Error: the request is invalid.
    """
    server, request = _Server(facts), _request("POST", pairs, "", facts)
    grant = server.get_consent_grant(request)
    answer: Answer = server.create_authorization_response(request, user, grant)
    return answer


def token(facts: Facts, pairs: Sequence[tuple[str, str]], authorization: str) -> Answer:
    """Decide on a token request: whether tokens are due."""
    supported = [
        (name, _supported_scopes(value) if name == "scope" else value) for name, value in pairs
    ]
    server, request = _Server(facts), _request("POST", supported, authorization, facts)
    try:
        _check_characters(pairs)
        # Programs interpret repeated parameters differently (OAuth 2.1, 3.2.2).
        if any(len(values) > 1 for values in request.payload.datalist.values()):
            raise InvalidRequestError("A parameter is repeated.")
    except InvalidRequestError as error:
        refusal: Answer = server.handle_error_response(request, error)
        return refusal
    answer: Answer = server.create_token_response(request)
    return answer


def _supported_scopes(scope: str) -> str:
    return scopes.text_of(scopes.parse(scope))


def revoke(facts: Facts, pairs: Sequence[tuple[str, str]], authorization: str) -> Answer:
    """Decide on a revocation request: whether the token's grant ends."""
    server, request = _Server(facts), _request("POST", pairs, authorization, facts)
    answer: Answer = server.create_endpoint_response("revocation", request)
    return answer


def client_id_of(pairs: Sequence[tuple[str, str]], authorization: str) -> str | None:
    """The client id that a request claims: by a parameter, its assertion or its header."""
    parameter = dict(pairs).get("client_id")
    header = {"Authorization": _decodable_header(authorization)}
    basic_name: str | None = extract_basic_authorization(header)[0]
    return parameter or basic_name or subject_of(dict(pairs).get("client_assertion", ""))


def _decodable_header(authorization: str) -> str:
    """The header if it decodes to text, which Authlib assumes; otherwise nothing."""
    try:
        base64.b64decode(authorization.partition(" ")[2]).decode()
    except ValueError:
        return ""
    return authorization


__all__ = [
    "Answer", "Facts", "OAuth2Error", "check_request", "client_id_of", "decide", "revoke", "token",
]  # fmt: skip
