"""The authorisation server: its metadata, and the tokens that it issues and revokes.

Authlib decides whether a request is valid (`authlib_adapter.py`). This module fetches what it
needs beforehand and commits its decision afterwards.
"""

from datetime import timedelta
from typing import Any

from basicchat.accounts.oauth import scopes
from basicchat.accounts.oauth.clients import Clients, decode
from basicchat.accounts.oauth.consent import Consent, Pairs
from basicchat.accounts.oauth.grants import Grants, IssuedTokens
from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient, Reply
from basicchat.domain.ports import Clock
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
        self, store: Store, clock: Clock, clients: Clients, grants: Grants, secret: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._clients = clients
        self._grants = grants
        self.consent = Consent(store, clock, clients, secret)

    def metadata(self, origin: str) -> dict[str, Any]:
        """The server's metadata under the origin that the client has used (RFC 8414, 2)."""
        methods = ["none", "client_secret_basic", "client_secret_post"]
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
            "revocation_endpoint_auth_methods_supported": methods,
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
        }

    async def register(self, raw_metadata: bytes) -> dict[str, Any]:
        """Register a client by its metadata (RFC 7591, 3.2.1).

        Raises:
            InvalidInput: the metadata is invalid.
            BasicChatError: too many clients are registered.
        """
        client, secret = await self._clients.register(decode(raw_metadata))
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
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=await self._client(authlib_adapter.client_id_of(pairs, authorization)),
            code=code,
            grant=grant,
            token_valid=grant is not None and grant.refresh_hash == hashed(refresh),
            user=await self._user(code, grant),
        )
        answer = authlib_adapter.token(facts, pairs, authorization)
        if answer.granted is None:
            if answer.client_authenticated:
                await self._end_reused(facts.client, code, grant, refresh)
            return Reply(status=answer.status, body=answer.body, headers=answer.headers)
        if parameters["grant_type"] == "refresh_token":
            assert grant is not None
            tokens = await self._grants.renew(grant, answer.granted)
        else:
            assert code is not None
            can_refresh = facts.client is not None and "refresh_token" in facts.client.grant_types
            tokens = await self._grants.exchange(code, refresh=can_refresh)
        if tokens is None:
            # Another request has just used the same code or token: one of the two stole it.
            used_code = await self._code(parameters.get("code", ""))
            await self._end_reused(facts.client, used_code, grant, refresh)
            return Reply(status=400, body={"error": "invalid_grant"})
        return Reply(status=200, body=_body(tokens))

    async def _client(self, client_id: str | None) -> OAuthClient | None:
        return await self._clients.at_token_endpoint(client_id) if client_id else None

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
            reused = current if current and current.refresh_hash != hashed(refresh) else None
        if reused is not None and client is not None and reused.client_id == client.client_id:
            await self._grants.revoke(reused)

    async def revoke(self, pairs: Pairs, authorization: str, origin: str) -> Reply:
        """Revoke the grant of a token (RFC 7009); an invalid token counts as already revoked."""
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        token = dict(pairs).get("token", "")
        grant = await self._grants.grant_of(token)
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=await self._client(authlib_adapter.client_id_of(pairs, authorization)),
            grant=grant,
            token_valid=grant is not None
            and hashed(token) in (grant.access_hash, grant.refresh_hash),
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
