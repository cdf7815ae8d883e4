"""The authorisation server: its metadata, and the tokens that it issues and revokes.

Authlib decides whether a request is valid (`authlib_adapter.py`). This module fetches what it
needs beforehand and commits its decision afterwards.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from basicchat.accounts.oauth import scopes
from basicchat.accounts.oauth.assertions import ALGORITHMS, TYPE, Assertions
from basicchat.accounts.oauth.client_metadata import AUTH_METHODS, decode
from basicchat.accounts.oauth.clients import Clients
from basicchat.accounts.oauth.consent import Consent, Pairs
from basicchat.accounts.oauth.grants import Grants, IssuedTokens
from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient, Reply
from basicchat.domain.ports import Clock
from basicchat.domain.rate_limits import RateLimiter
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import User

# Used codes are stored for longer than they are valid, to detect their reuse.
CODE_RETENTION = timedelta(minutes=10)
# A disconnected app may come back with the client id that it has stored.
IDLE_CLIENT_RETENTION = timedelta(days=30)


class AuthorizationServer:
    """Issues tokens to apps that users have authorised.

    Args:
        secret: signs the tickets of the consent page.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        clients: Clients,
        assertions: Assertions,
        grants: Grants,
        limiter: RateLimiter,
        secret: str,
    ) -> None:
        self._store = store
        self._clock = clock
        self._clients = clients
        self._assertions = assertions
        self._grants = grants
        self.consent = Consent(store, clock, clients, limiter, secret)

    def metadata(self, origin: str) -> dict[str, Any]:
        """The server's metadata under the origin that the client has used (RFC 8414, 2)."""
        methods = list(AUTH_METHODS)
        return {
            "issuer": origin,
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "registration_endpoint": f"{origin}/oauth/register",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "scopes_supported": list(scopes.SUPPORTED),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
        }

    async def register(
        self, raw_metadata: bytes, charge: Callable[[], Awaitable[None]]
    ) -> dict[str, Any]:
        """Register a client by its metadata (RFC 7591, 3.2.1).

        Args:
            charge: charges the rate limit; called unless the client is registered already.

        Raises:
            InvalidInput: the metadata is invalid.
            BasicChatError: too many clients are registered.
        """
        metadata = decode(raw_metadata)
        if not await self._clients.is_known(metadata):
            await charge()
        client, secret = await self._clients.register(metadata)
        secret_members = (
            {} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}
        )
        return {
            "client_id": client.client_id,
            "client_id_issued_at": int(client.created_at.timestamp()),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            "grant_types": client.grant_types,
            "response_types": ["code"],
            "token_endpoint_auth_method": client.auth,
            "scope": scopes.text_of(scopes.DEFAULT),
            **secret_members,
        }

    async def token(self, pairs: Pairs, authorization: str, origin: str) -> Reply:
        """Issue tokens for a code or a refresh token (OAuth 2.1, 3.2)."""
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        parameters = dict(pairs)
        code = await self._code(parameters.get("code", ""))
        refresh = parameters.get("refresh_token", "")
        grant = await self._grants.grant_of(refresh)
        client_id = authlib_adapter.client_id_of(pairs, authorization)
        client = await self._client(client_id, code or grant, parameters, origin)
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=client,
            asserted="client_assertion" in parameters,
            code=code,
            grant=grant,
            token_valid=grant is not None and self._is_refreshable(grant, refresh),
            user=await self._user(code, grant),
        )
        answer = authlib_adapter.token(facts, pairs, authorization)
        if answer.granted is None:
            if answer.client_authenticated:
                await self._end_reused(facts.client, code, grant, refresh)
            return Reply(status=answer.status, body=answer.body, headers=answer.headers)
        if parameters["grant_type"] == "refresh_token":
            assert grant is not None
            tokens = await self._grants.renew(grant, refresh, answer.granted)
        else:
            assert code is not None
            can_refresh = facts.client is not None and "refresh_token" in facts.client.grant_types
            tokens = await self._grants.exchange(code, refresh=can_refresh)
        if tokens is None:
            # The code or token was used by another request before: one of the two stole it.
            used_code = await self._code(parameters.get("code", ""))
            await self._end_reused(facts.client, used_code, grant, refresh)
            return Reply(status=400, body={"error": "invalid_grant"})
        return Reply(status=200, body=_body(tokens))

    async def _client(
        self,
        client_id: str | None,
        issued: AuthorizationCode | Grant | None,
        parameters: Mapping[str, str],
        origin: str,
    ) -> OAuthClient | None:
        """The client of a request; None if it has an assertion that does not prove that."""
        if not client_id:
            return None
        assertion = parameters.get("client_assertion")
        client = await self._clients.at_token_endpoint(
            client_id, issued, asserts=assertion is not None
        )
        if client is None or assertion is None:
            return client
        if (
            parameters.get("client_assertion_type") != TYPE
            or "private_key_jwt" not in client.methods
        ):
            return None
        audiences = (origin, f"{origin}/oauth/token", f"{origin}/oauth/revoke")
        valid = await self._assertions.is_valid(client, assertion, audiences)
        return client if valid else None

    async def _code(self, code: str) -> AuthorizationCode | None:
        stored = await self._store.authorization_code(hashed(code)) if code else None
        if stored is None or stored.grant_id is not None:
            return stored
        return stored if stored.expires_at > self._clock.now() else None

    async def _user(self, code: AuthorizationCode | None, grant: Grant | None) -> User | None:
        """The user of the code or grant, if they may still log in."""
        source = code or grant
        account = await self._store.account(user_id=source.user_id) if source else None
        return account.user if account and account.user.status == "active" else None

    async def _end_reused(
        self,
        client: OAuthClient | None,
        code: AuthorizationCode | None,
        grant: Grant | None,
        refresh: str,
    ) -> None:
        """Revoke the grant of a reused code (OAuth 2.1, 4.1.3) or a reused refresh token."""
        reused: Grant | None = None
        if code is not None and code.grant_id is not None:
            reused = await self._store.grant(code.grant_id)
        elif grant is not None and self._grants.was_issued(refresh):
            # If the token is the current one, the request failed for another reason.
            current = await self._store.grant(grant.grant_id)
            reused = current if current and not self._is_refreshable(current, refresh) else None
        if reused is not None and client is not None and reused.client_id == client.client_id:
            await self._grants.revoke(reused)

    def _is_refreshable(self, grant: Grant, refresh: str) -> bool:
        """Whether a refresh token is the current one, or was replaced just now."""
        return grant.refresh_hash == hashed(refresh) or self._grants.may_reuse(grant, refresh)

    async def revoke(self, pairs: Pairs, authorization: str, origin: str) -> Reply:
        """Revoke the grant of a token (RFC 7009); an invalid token counts as already revoked."""
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        parameters = dict(pairs)
        token = parameters.get("token", "")
        grant = await self._grants.grant_of(token)
        client_id = authlib_adapter.client_id_of(pairs, authorization)
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=await self._client(client_id, grant, parameters, origin),
            asserted="client_assertion" in parameters,
            grant=grant,
            token_valid=grant is not None
            and (
                grant.refresh_hash == hashed(token)
                or self._grants.with_access(grant, token) is not None
            ),
        )
        answer = authlib_adapter.revoke(facts, pairs, authorization)
        if answer.revoked and grant is not None:
            await self._grants.revoke(grant)
        return Reply(status=answer.status, body=answer.body, headers=answer.headers)

    async def sweep(self) -> None:
        """Delete expired codes and grants, and clients that were never connected."""
        now = self._clock.now()
        async with self._store.transaction() as change:
            await change.sweep_oauth(now, now - CODE_RETENTION, now - IDLE_CLIENT_RETENTION)


def _body(tokens: IssuedTokens) -> dict[str, Any]:
    body = {
        "access_token": tokens.access,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "scope": scopes.text_of(tokens.scopes),
    }
    return body if tokens.refresh is None else body | {"refresh_token": tokens.refresh}
