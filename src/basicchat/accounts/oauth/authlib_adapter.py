"""Authlib's authorisation server on facts that were fetched before.

The library asks for clients, codes and tokens within its own checks, and does not wait. So what it
could ask for is fetched first (`Facts`), and what it decides is told (`Answer`) to be committed
after. It takes a tenth of a second to import, so who needs it imports this module.
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
from basicchat.accounts.oauth.authlib_values import Answer, Client, Code, Facts, Payload, Token
from basicchat.accounts.oauth.resources import canonical
from basicchat.domain.values import User

_ODD = re.compile(r"[^ -~]|[\"\\\\]")
METHODS = ["none", "client_secret_basic", "client_secret_post"]


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """The resource is not one of ours (RFC 8707, 2)."""

    error = "invalid_target"


class _S256(CodeChallenge):  # type: ignore[misc]
    """PKCE from everybody, and by S256 alone (OAuth 2.1, 4.1.1; RFC 7636, 4.2)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("A code_challenge of method S256 is needed.")
        super().validate_code_challenge(grant, redirect_uri)
        _check_resource(grant.request, grant.server.facts.resources)


def _check_resource(request: OAuth2Request, allowed: Sequence[str]) -> None:
    named = request.payload.datalist.get("resource", [])
    if len(named) > 1 or (named and canonical(named[0]) not in allowed):
        raise InvalidTarget("The resource is not one of this server.")


class _Issuer(IssuerParameter):  # type: ignore[misc]
    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        return self._issuer


class _Server(AuthorizationServer):  # type: ignore[misc]
    """The library's server, for one request."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts
        self.answer = Answer()
        self.register_grant(_CodeGrant, [_S256(required=True)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)
        self.register_token_generator("default", self._due)
        self.register_extension(lambda server: _Issuer(facts.issuer)(server))

    def query_client(self, client_id: str) -> Client | None:
        client = self.facts.client
        return Client(client) if client is not None and client.client_id == client_id else None

    def _due(self, **told: Any) -> dict[str, Any]:
        """Tokens are made once it is certain that they are due: see `Grants`."""
        self.answer.granted = scopes.parse(told["scope"])
        return {"token_type": "Bearer"}

    def save_token(self, token: Any, request: Any) -> None:
        return

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        told = dict(headers)
        self.answer.status = status
        self.answer.body = body if isinstance(body, dict) else {}
        self.answer.location = told.pop("Location", None)
        self.answer.headers = {
            name: value for name, value in told.items() if name.lower() == "www-authenticate"
        }
        return self.answer


class _CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        self.server.answer.code = code

    def query_authorization_code(self, code: str, client: Client) -> Any:
        self.server.answer.passed = True
        kept = self.server.facts.code
        if kept is None or kept.grant_id is not None or kept.client_id != client.get_client_id():
            return None
        _check_resource(self.request, [kept.resource])
        return Code(kept)

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
        self.server.answer.passed = True
        if facts.grant is None or not facts.holds or facts.user is None:
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
        return Token(facts.grant) if facts.grant is not None and facts.holds else None

    def revoke_token(self, token: Any, request: Any) -> None:
        self.server.answer.revoked = True


def _checked(pairs: Sequence[tuple[str, str]]) -> None:
    """Let nothing pass that the library would put into an error, where only some characters may be
    (RFC 6749, 4.1.2.1 and 5.2). A state goes back as it came."""
    for name, value in pairs:
        if _ODD.search(name) or (name != "state" and _ODD.search(value)):
            raise InvalidRequestError("A parameter holds what none can hold.")


class _Request(OAuth2Request):  # type: ignore[misc]
    @property
    def form(self) -> dict[str, str]:
        data: dict[str, str] = self.payload.data
        return data


def _request(method: str, pairs: Sequence[tuple[str, str]], authorization: str) -> OAuth2Request:
    headers = {"Authorization": _header(authorization)}
    # The library looks only at the scheme, which the server has settled long before.
    request = _Request(method, "https://localhost/", headers=headers)
    request.payload = Payload(pairs)
    return request


def check_request(facts: Facts, pairs: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """What an authorization request asks for, if it may be asked.

    Returns:
        where it wants the browser back, and the scopes that it would get.

    Raises:
        OAuth2Error: it may not; with `redirect_uri` if that is certain to be the client's.
    """
    _checked(pairs)
    grant = _Server(facts).get_consent_grant(_request("GET", pairs, ""))
    return grant.redirect_uri, grant.request.scope


def decide(facts: Facts, pairs: Sequence[tuple[str, str]], user: User | None) -> Answer:
    """Where the browser goes with a user's yes, or with their no if there is no user.

    Raises:
        OAuth2Error: the request may not be asked.
    """
    server, request = _Server(facts), _request("POST", pairs, "")
    grant = server.get_consent_grant(request)
    answer: Answer = server.create_authorization_response(request, user, grant)
    return answer


def token(facts: Facts, pairs: Sequence[tuple[str, str]], authorization: str) -> Answer:
    """Whether tokens are due."""
    plain = [(name, _known(value) if name == "scope" else value) for name, value in pairs]
    server, request = _Server(facts), _request("POST", plain, authorization)
    try:
        _checked(pairs)
        # Twice the same parameter is read differently by different programs (OAuth 2.1, 3.2.2).
        if any(len(values) > 1 for values in request.payload.datalist.values()):
            raise InvalidRequestError("A parameter is there twice.")
    except InvalidRequestError as error:
        refused: Answer = server.handle_error_response(request, error)
        return refused
    answer: Answer = server.create_token_response(request)
    return answer


def _known(scope: str) -> str:
    return scopes.text_of(scopes.parse(scope))


def revoke(facts: Facts, pairs: Sequence[tuple[str, str]], authorization: str) -> Answer:
    """Whether a token's grant ends."""
    server, request = _Server(facts), _request("POST", pairs, authorization)
    answer: Answer = server.create_endpoint_response("revocation", request)
    return answer


def client_id_of(pairs: Sequence[tuple[str, str]], authorization: str) -> str | None:
    """Who a client says it is, wherever it says so."""
    named = dict(pairs).get("client_id")
    in_header: str | None = extract_basic_authorization({"Authorization": _header(authorization)})[
        0
    ]
    return named or in_header


def _header(authorization: str) -> str:
    """The header, if what is in it is text: the library takes that for granted."""
    try:
        base64.b64decode(authorization.partition(" ")[2]).decode()
    except ValueError:
        return ""
    return authorization


__all__ = [
    "Answer", "Facts", "OAuth2Error", "check_request", "client_id_of", "decide", "revoke", "token",
]  # fmt: skip
