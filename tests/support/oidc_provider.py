"""A provider of OpenID Connect on loopback, built with Authlib's own server."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "basicchat", "the client's secret"


@dataclass
class Client:
    """The one client that is registered."""

    redirect_uri: str | None = None

    def get_client_id(self) -> str:
        return CLIENT

    def get_default_redirect_uri(self) -> str | None:
        return self.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, uri: str) -> bool:
        return uri.endswith("/api/oidc/callback")

    def check_client_secret(self, secret: str) -> bool:
        return secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, kind: str) -> bool:
        return kind == "code"

    def check_grant_type(self, kind: str) -> bool:
        return kind == "authorization_code"


@dataclass
class Provider:
    """Who is logged in there, and how it misbehaves.

    `changes` are made to the claims of ID tokens; `sign_with` signs them instead of its own key.
    """

    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    sign_with: RSAKey | None = None
    codes: dict[str, Any] = field(default_factory=dict)
    exchanged: list[str] = field(default_factory=list)

    def rotate(self) -> None:
        """Take another key."""
        self.key = RSAKey.generate_key(2048, {"kid": "two"})

    def id_token(self, nonce: str | None) -> str:
        """An ID token of whoever is logged in."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce}
        whole = {k: v for k, v in (claims | self.person | self.changes).items() if v is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, whole, self.sign_with or self.key)

    @staticmethod
    def now() -> int:
        """The time there, in seconds."""
        return int(time.time())

    def access_token(self, audience: Any, scope: Any, header: Any = None, **changes: Any) -> str:
        """An access token for a resource, as RFC 9068 has it, of whoever is logged in."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 60}
        claims |= {"scope": scope, "client_id": "app", "jti": "1"}
        whole = {k: v for k, v in (claims | self.person | changes).items() if v is not None}
        head = {"alg": "RS256", "typ": "at+jwt", "kid": self.key.kid} | (header or {})
        return jwt.encode(head, whole, self.sign_with or self.key)


class Server(AuthorizationServer):
    """Authlib's server, on plain data."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(scopes_supported=["openid", "profile", "email"])
        self.provider = provider
        self.register_grant(_grant(provider), [CodeChallenge(required=True)])
        self.register_token_generator("default", self._token)

    def _token(self, grant_type: str, client: Any, **kwargs: Any) -> dict[str, Any]:
        return {"token_type": "Bearer", "access_token": "unused", "expires_in": 60}

    def query_client(self, client_id: str) -> Client | None:
        return Client() if client_id == CLIENT else None

    def save_token(self, token: Any, request: Any) -> None:
        return

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        return

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Response:
        content = json.dumps(body) if isinstance(body, dict) else body
        return Response(content, status, dict(headers))


def _grant(provider: Provider) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

        def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
            data = request.payload.data
            provider.codes[code] = SimpleNamespace(
                redirect_uri=data["redirect_uri"],
                nonce=data.get("nonce"),
                code_challenge=data.get("code_challenge"),
                code_challenge_method=data.get("code_challenge_method"),
                get_redirect_uri=lambda: data["redirect_uri"],
                get_scope=lambda: data["scope"],
            )

        def query_authorization_code(self, code: str, client: Any) -> Any:
            self.code = provider.codes.get(code)
            return self.code

        def delete_authorization_code(self, authorization_code: Any) -> None:
            for code, kept in tuple(provider.codes.items()):
                if kept is authorization_code:
                    del provider.codes[code]
                    provider.exchanged.append(code)

        def authenticate_user(self, authorization_code: Any) -> Any:
            return SimpleNamespace(**provider.person)

        def create_token_response(self) -> Any:
            nonce = self.request.authorization_code.nonce
            status, body, headers = super().create_token_response()
            return status, body | {"id_token": provider.id_token(nonce)}, headers

    return Grant


def _routes(provider: Provider) -> list[Route]:
    server = Server(provider)

    async def plain(request: Request) -> OAuth2Request:
        made = OAuth2Request(request.method, str(request.url), headers=dict(request.headers))
        form = parse_qsl((await request.body()).decode())
        made.payload = BasicOAuth2Payload({**dict(request.query_params), **dict(form)})
        made._body = dict(form)
        # Authlib looks for this header by its usual spelling.
        made.headers["Authorization"] = request.headers.get("authorization", "")
        return made

    async def about(request: Request) -> Response:
        at = provider.issuer
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/keys",
                "response_types_supported": ["code"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            }
        )

    async def keys(request: Request) -> Response:
        return JSONResponse(KeySet([provider.key]).as_dict(private=False))

    async def authorize(request: Request) -> Response:
        oauth = await plain(request)
        grant = server.get_consent_grant(oauth, provider.person)
        return server.create_authorization_response(oauth, provider.person, grant)

    async def token(request: Request) -> Response:
        return server.create_token_response(await plain(request))

    return [
        Route("/.well-known/openid-configuration", about),
        Route("/keys", keys),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
    ]


@asynccontextmanager
async def provider_running(**person: Any) -> AsyncIterator[Provider]:
    """Serve a provider where this person is logged in."""
    provider = Provider(person=person)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        provider.issuer = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = Starlette(routes=_routes(provider))
        server = uvicorn.Server(
            uvicorn.Config(app, lifespan="off", log_config=None, ws="none", access_log=False)
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield provider
        finally:
            server.should_exit = True
            await asyncio.wait([serving], timeout=10)
