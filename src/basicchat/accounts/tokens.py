"""Tokens: JWTs for sessions and scripts, API keys, tokens of apps, one-time login codes."""

import hmac
import secrets
from datetime import datetime, timedelta

import msgspec

from basicchat.accounts.keys import PREFIX, Keys, usable_scopes
from basicchat.accounts.oauth.external import ExternalTokens
from basicchat.accounts.oauth.grants import ACCESS, Grants
from basicchat.accounts.secrets import local_secret
from basicchat.accounts.session_tokens import LOGIN_HINT, SessionTokens
from basicchat.domain.errors import Forbidden, Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, User

LOGIN_MINUTES = 15
# A connection outlives the app token that opened it, as long as the app renews that token, but must
# present a token again within a day.
MAX_SHOWN_HOURS = 24.0
RECONNECT_HINT = "Connect the app again."


class Authenticator:
    """The single place where a token, a key or a code becomes an actor.

    Args:
        secret: signs tokens, at least 32 characters.
        grants: the grants of this server's apps.
        external: validates tokens of an external authorisation server.
        previous: the secret before `secret`; tokens that it signed stay valid.
        token_hours: how long a token is valid.
        remembered: how many verified signatures to cache; verifying one takes longer than the
            rest of `session.hello`.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secret: str,
        *,
        token_hours: float,
        previous: str | None = None,
        remembered: int = 10_000,
        grants: Grants | None = None,
        external: ExternalTokens | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._hours = token_hours
        self._session_tokens = SessionTokens(
            clock, secret, previous=previous, hours=token_hours, remembered=remembered
        )
        self._grants = grants
        self.external = external
        self.keys = Keys(store, clock)

    @property
    def token_seconds(self) -> int:
        """How long a token is valid, in seconds."""
        return int(self._hours * 3600)

    def issue(self, user: User, session_id: str, hours: float | None = None) -> str:
        """Issue a JWT for a user."""
        return self._session_tokens.issue(user, session_id, hours)

    def derived(self, purpose: bytes) -> bytes:
        """Derive a key of 32 bytes for one purpose; it does not reveal the secret."""
        return hmac.digest(self._secret.encode(), purpose, "sha256")

    def log_in(self, user: User) -> str:
        """Issue the token of a new login."""
        return self.issue(user, f"s_{secrets.token_hex(12)}")

    async def authenticate(self, token: str | None, audience: str | None = None) -> Actor:
        """The actor of a token or key, with the user's current role.

        Args:
            audience: the path of the requested resource, if apps may access it; an app's token is
                valid only for the resource that it was issued for.

        Raises:
            Unauthenticated: there is no token, it is invalid, or its user was deleted.
            Forbidden: the user is suspended.
        """
        if not token:
            raise Unauthenticated("Not logged in", hint=LOGIN_HINT, reason="not_logged_in")
        if token.startswith(ACCESS):
            return await self._by_grant(token, audience)
        external = self.external
        if external is not None and audience is not None and external.may_be(token):
            account, actor = await external.actor(token)
            admitted(account.user)
            return actor
        return await (self._by_key(token) if token.startswith(PREFIX) else self._by_jwt(token))

    async def reauthenticate(
        self, token: str, audience: str | None, actor: Actor, shown_at: datetime
    ) -> Actor:
        """Validate again the token of a connection or request that is still open.

        The token must still be valid. But an app may have renewed its token, and let the old one
        expire. For apps it is enough that the grant has a current token with the same scopes, for
        up to `MAX_SHOWN_HOURS`: otherwise a stolen token would give access for as long as the app
        is connected.

        Args:
            actor: the actor of the token when it was presented.
            shown_at: when the token was presented.

        Returns:
            the actor with the user's current role.

        Raises:
            Unauthenticated: neither the token nor its successor is valid.
            Forbidden: the user is suspended.
        """
        if not token.startswith(ACCESS) or self._grants is None or actor.key_id is None:
            return await self.authenticate(token, audience)
        grant, now = await self._store.grant(actor.key_id), self._clock.now()
        account = await self._store.account(user_id=actor.user.id)
        shown_recently = now - shown_at < timedelta(hours=MAX_SHOWN_HOURS)
        still_granted = grant is not None and (
            grant.user_id == actor.user.id
            and grant.access_expires_at > now
            and grant.access_scopes == actor.scopes
        )
        if account is None or not still_granted or not shown_recently:
            raise Unauthenticated(
                "The token has expired or was revoked", hint=RECONNECT_HINT, reason="token_expired"
            )
        return msgspec.structs.replace(actor, user=admitted(account.user))

    async def _by_grant(self, token: str, audience: str | None) -> Actor:
        grant = None
        if self._grants is not None and audience is not None:
            grant = await self._grants.find(token, audience)
        account = await self._store.account(user_id=grant.user_id) if grant else None
        if self._grants is None or grant is None or account is None:
            raise Unauthenticated(
                "The app's token is invalid, has expired or is for another resource",
                hint=RECONNECT_HINT,
                reason="token_invalid",
            )
        user = admitted(account.user)
        await self._grants.note_use(grant)
        return Actor(
            user=user,
            session_id=grant.grant_id,
            key_id=grant.grant_id,
            client_id=grant.client_id,
            scopes=grant.access_scopes,
        )

    async def _by_key(self, text: str) -> Actor:
        key = await self.keys.find(text)
        if key is not None:
            await self.keys.note_use(key)
        account = await self._store.account(user_id=key.user_id) if key else None
        if key is None or account is None:
            raise Unauthenticated(
                "The API key is invalid, has expired or was revoked",
                hint="Create another one with `basicchat token create`.",
                reason="token_expired",
            )
        return Actor(
            user=admitted(account.user),
            session_id=f"k_{key.key_id}",
            key_id=key.key_id,
            scopes=usable_scopes(key, account.user.role),
        )

    async def _by_jwt(self, token: str) -> Actor:
        claims = self._session_tokens.claims(token)
        account = await self._store.account(user_id=claims.user_id)
        if account is None:
            raise Unauthenticated("The token is invalid", hint=LOGIN_HINT, reason="token_invalid")
        if account.tokens_after is not None and claims.issued_at < account.tokens_after.timestamp():
            raise Unauthenticated("The token was revoked", hint=LOGIN_HINT, reason="token_revoked")
        if await self._store.login_voided(claims.session_id):
            raise Unauthenticated("The token was revoked", hint=LOGIN_HINT, reason="token_revoked")
        return Actor(user=admitted(account.user), session_id=claims.session_id)

    async def log_out(self, token: str, actor: Actor) -> None:
        """Revoke all tokens of this login, including renewed ones; API keys keep working.

        Args:
            token: the token that has just authenticated the actor.
        """
        if token.startswith(PREFIX):
            return
        now, claims = self._clock.now(), self._session_tokens.claims(token)
        # No token of this login is valid longer than this, as no more are issued from now on.
        seconds = max(claims.expires_at - now.timestamp(), self._hours * 3600)
        until = now + timedelta(seconds=seconds + 1)
        async with self._store.transaction() as change:
            await change.void_login(actor.session_id, now, until)
            await change.record_access([actor.user.id], now)

    async def login_code(self, user: User) -> str:
        """Create a code that logs a user in once, within `LOGIN_MINUTES`."""
        code = secrets.token_urlsafe(32)
        expires = self._clock.now() + timedelta(minutes=LOGIN_MINUTES)
        async with self._store.transaction() as change:
            await change.put_login_code(hashed(code), user.id, expires)
        return code

    async def redeem(self, code: str) -> User:
        """Use up a login code.

        Raises:
            Unauthenticated: it is unknown, used or expired.
            Forbidden: the user is suspended.
        """
        async with self._store.transaction() as change:
            user_id = await change.take_login_code(hashed(code), self._clock.now())
        account = await self._store.account(user_id=user_id) if user_id else None
        if account is None:
            raise Unauthenticated(
                "This login link was already used or has expired",
                hint=LOGIN_HINT,
                reason="login_link_invalid",
            )
        return admitted(account.user)


def admitted(user: User) -> User:
    """The user, unless they are suspended; every way to log in passes this check.

    Raises:
        Forbidden: the user is suspended.
    """
    if user.status != "active":
        raise Forbidden(
            "This account is suspended",
            hint="Ask an administrator of this server.",
            reason="account_suspended",
        )
    return user


__all__ = ["LOGIN_MINUTES", "Authenticator", "admitted", "local_secret"]
