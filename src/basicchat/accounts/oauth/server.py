"""The authorisation server: what it says of itself, and the tokens it gives to apps and takes back.

Authlib decides whether a request is valid (`authlib_adapter.py`). This module fetches what it
needs beforehand and commits its decision afterwards.
"""

from datetime import timedelta
from typing import Any

from basicchat.accounts.oauth import scopes
from basicchat.accounts.oauth.clients import Clients, decode
from basicchat.accounts.oauth.consent import Consent, Pairs
from basicchat.accounts.oauth.grants import Given, Grants
from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient, Reply
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import User

# Used codes are known for longer than they hold, to notice who comes with one again.
KEEP_CODES = timedelta(minutes=10)
# An app that was disconnected comes again by the id that it keeps.
KEEP_IDLE_CLIENTS = timedelta(days=30)


class AuthorizationServer:
    """Lets apps act for users who agree.

    Args:
        secret: signs what the consent page keeps.
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
        """What the server says of itself (RFC 8414, 2), to who reaches it under this origin."""
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

    async def register(self, told: bytes) -> dict[str, Any]:
        """Register a client by what it says of itself (RFC 7591, 3.2.1).

        Raises:
            InvalidInput: that cannot be.
            BasicChatError: there are too many.
        """
        client, secret = await self._clients.register(decode(told))
        kept = {} if secret is None else {"client_secret": secret, "client_secret_expires_at": 0}
        return {
            "client_id": client.client_id,
            "client_id_issued_at": int(client.created_at.timestamp()),
            "client_name": client.name,
            "redirect_uris": client.redirect_uris,
            "grant_types": client.grant_types,
            "response_types": ["code"],
            "token_endpoint_auth_method": client.auth,
            "scope": scopes.text_of(scopes.USUAL),
            **kept,
        }

    async def token(self, pairs: Pairs, authorization: str, origin: str) -> Reply:
        """Give tokens for a code or a refresh token (OAuth 2.1, 3.2)."""
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        told = dict(pairs)
        code = await self._code(told.get("code", ""))
        refresh = told.get("refresh_token", "")
        grant = await self._grants.named_by(refresh)
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=await self._client(authlib_adapter.client_id_of(pairs, authorization)),
            code=code,
            grant=grant,
            holds=grant is not None and grant.refresh_hash == hashed(refresh),
            user=await self._user(code, grant),
        )
        answer = authlib_adapter.token(facts, pairs, authorization)
        if answer.granted is None:
            if answer.passed:
                await self._end_reused(facts.client, code, grant, refresh)
            return Reply(status=answer.status, body=answer.body, headers=answer.headers)
        if told["grant_type"] == "refresh_token":
            assert grant is not None
            given = await self._grants.renew(grant, answer.granted)
        else:
            assert code is not None
            can_refresh = facts.client is not None and "refresh_token" in facts.client.grant_types
            given = await self._grants.exchange(code, refresh=can_refresh)
        if given is None:
            # Somebody was faster with the same: one of the two should not have had it.
            await self._end_reused(
                facts.client, await self._code(told.get("code", "")), grant, refresh
            )
            return Reply(status=400, body={"error": "invalid_grant"})
        return Reply(status=200, body=_body(given))

    async def _client(self, client_id: str | None) -> OAuthClient | None:
        return await self._clients.at_token_endpoint(client_id) if client_id else None

    async def _code(self, code: str) -> AuthorizationCode | None:
        found = await self._store.authorization_code(hashed(code)) if code else None
        if found is None or found.grant_id is not None:
            return found
        return found if found.expires_at > self._clock.now() else None

    async def _user(self, code: AuthorizationCode | None, grant: Grant | None) -> User | None:
        """Whose tokens these would be, if they may still log in."""
        of = code or grant
        account = await self._store.account(user_id=of.user_id) if of else None
        return account.user if account and account.user.status == "active" else None

    async def _end_reused(
        self,
        client: OAuthClient | None,
        code: AuthorizationCode | None,
        grant: Grant | None,
        refresh: str,
    ) -> None:
        """End what a code gave that is there twice (OAuth 2.1, 4.1.3), or a refresh token."""
        ended: Grant | None = None
        if code is not None and code.grant_id is not None:
            ended = await self._store.grant(code.grant_id)
        elif grant is not None and self._grants.was_given(refresh):
            # It may be the present one: then the request was wrong in another way.
            now = await self._store.grant(grant.grant_id)
            ended = now if now and now.refresh_hash != hashed(refresh) else None
        if ended is not None and client is not None and ended.client_id == client.client_id:
            await self._grants.revoke(ended)

    async def revoke(self, pairs: Pairs, authorization: str, origin: str) -> Reply:
        """End the grant of a token (RFC 7009). What does not hold is revoked already."""
        from basicchat.accounts.oauth import authlib_adapter  # noqa: PLC0415

        token = dict(pairs).get("token", "")
        grant = await self._grants.named_by(token)
        facts = authlib_adapter.Facts(
            issuer=origin,
            client=await self._client(authlib_adapter.client_id_of(pairs, authorization)),
            grant=grant,
            holds=grant is not None and hashed(token) in (grant.access_hash, grant.refresh_hash),
        )
        answer = authlib_adapter.revoke(facts, pairs, authorization)
        if answer.revoked and grant is not None:
            await self._grants.revoke(grant)
        return Reply(status=answer.status, body=answer.body, headers=answer.headers)

    async def sweep(self) -> None:
        """Forget what has expired, and clients that nothing came of."""
        now = self._clock.now()
        async with self._store.transaction() as change:
            await change.sweep_oauth(now, now - KEEP_CODES, now - KEEP_IDLE_CLIENTS)


def _body(given: Given) -> dict[str, Any]:
    body = {
        "access_token": given.access,
        "token_type": "Bearer",
        "expires_in": given.expires_in,
        "scope": scopes.text_of(given.scopes),
    }
    return body if given.refresh is None else body | {"refresh_token": given.refresh}
