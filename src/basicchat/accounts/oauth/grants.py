"""Grants and their tokens: `bca_<grant>_<secret>` for access, `bcr_<grant>_<secret>.<mark>` to
refresh.

Tokens are opaque, shown once and stored as hashes, so revocation takes effect with the next
request, and a copy of the database gives no access. The mark (an HMAC) distinguishes a refresh
token that was once issued from one that never was, without storing old tokens. Whoever presents a
used refresh token has a copy of it, or somebody else has, so the grant ends (OAuth 2.1, 4.3.1).

Two windows of one app may refresh at the same time with the same token. So within `REUSE_SECONDS`
after a refresh, the same request is answered with the same tokens again: the successors of a
refresh token are derived from it (by an HMAC), and need not be stored. The access token that a
refresh replaces stays valid until its own expiry, unless the app asked for fewer scopes.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from basicchat.accounts.oauth.redirects import host_of
from basicchat.domain.accounts import KeyScope
from basicchat.domain.oauth import AuthorizationCode, EarlierAccess, Grant
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store, Transaction

ACCESS, REFRESH, ID = "bca_", "bcr_", "g_"
MAX_GRANTS = 100
NOTE_USE_SECONDS = 60
# How long a used refresh token is answered with its successor again.
REUSE_SECONDS = 30.0
# How many replaced access tokens of a grant are accepted.
MAX_EARLIER = 10
MAX_TRACKED = 10_000


class IssuedTokens(msgspec.Struct, frozen=True, kw_only=True):
    """New tokens of a client, in plain text; `expires_in` is in seconds."""

    access: str
    refresh: str | None
    expires_in: int
    scopes: tuple[KeyScope, ...]


class Grants:
    """Creates, checks, renews and revokes grants.

    Args:
        secret: signs the marks of refresh tokens.
        access_seconds: how long an access token is valid.
        idle_seconds: how long a grant lasts while its refresh token is not used.
    """

    def __init__(
        self, store: Store, clock: Clock, secret: str, *, access_seconds: float, idle_seconds: float
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._access_seconds = access_seconds
        self._idle_seconds = idle_seconds
        self._used: OrderedDict[str, datetime] = OrderedDict()

    async def exchange(self, code: AuthorizationCode, *, refresh: bool) -> IssuedTokens | None:
        """Exchange a code for tokens; None if the code has just been used by another request.

        Args:
            refresh: whether the client supports refresh tokens.
        """
        now, grant_id = self._clock.now(), ID + secrets.token_hex(12)
        tokens = self._new_tokens(grant_id, code.scopes, secrets.token_urlsafe(32), refresh=refresh)
        # Without a refresh token the grant ends with its access token.
        lifetime = self._idle_seconds if refresh else self._access_seconds
        grant = Grant(
            grant_id=grant_id,
            user_id=code.user_id,
            client_id=code.client_id,
            client_name=code.client_name,
            redirect_host=host_of(code.redirect_uri),
            scopes=code.scopes,
            resource=code.resource,
            access_hash=hashed(tokens.access),
            access_scopes=code.scopes,
            access_expires_at=now + timedelta(seconds=self._access_seconds),
            created_at=now,
            expires_at=now + timedelta(seconds=lifetime),
            refresh_hash=hashed(tokens.refresh) if tokens.refresh else None,
            public=code.public,
            may_delete=code.may_delete,
        )
        async with self._store.transaction() as change:
            if not await change.spend_code(code.code_hash, grant_id):
                return None
            await change.add_grant(grant, MAX_GRANTS)
        return tokens

    async def renew(
        self, grant: Grant, refresh_token: str, scopes: Sequence[KeyScope]
    ) -> IssuedTokens | None:
        """Exchange a refresh token for the next tokens.

        Returns:
            None if the token was used for other tokens, or too long ago.
        """
        if grant.refresh_hash == hashed(refresh_token):
            tokens = await self._renew(grant, refresh_token, scopes)
            if tokens is not None:
                return tokens
        # Another request has used the token, perhaps a moment ago.
        current = await self._store.grant(grant.grant_id)
        return self._successor(current, refresh_token) if current is not None else None

    async def _renew(
        self, grant: Grant, refresh_token: str, scopes: Sequence[KeyScope]
    ) -> IssuedTokens | None:
        now = self._clock.now()
        tokens = self._new_tokens(grant.grant_id, scopes, refresh_token, refresh=True)
        narrowed = not set(grant.access_scopes) <= set(scopes)
        renewed = msgspec.structs.replace(
            grant,
            access_hash=hashed(tokens.access),
            access_scopes=tuple(scopes),
            access_expires_at=now + timedelta(seconds=self._access_seconds),
            expires_at=now + timedelta(seconds=self._idle_seconds),
            refresh_hash=hashed(tokens.refresh or ""),
            previous_refresh_hash=grant.refresh_hash,
            renewed_at=now,
            earlier_access=() if narrowed else _earlier_access(grant, now),
            used_at=now,
        )
        async with self._store.transaction() as change:
            was_renewed = await change.renew_grant(renewed, grant.refresh_hash or "")
            if was_renewed and narrowed:
                # Open connections must not continue with the rights that the app gave up.
                await change.record_access([grant.user_id], now)
        return tokens if was_renewed else None

    def may_reuse(self, grant: Grant, refresh_token: str) -> bool:
        """Whether a used refresh token is answered with its successor again."""
        if grant.renewed_at is None or grant.previous_refresh_hash != hashed(refresh_token):
            return False
        return (self._clock.now() - grant.renewed_at).total_seconds() < REUSE_SECONDS

    def _successor(self, grant: Grant, refresh_token: str) -> IssuedTokens | None:
        """The current tokens of a grant, if they are the successors of a refresh token."""
        if not self.may_reuse(grant, refresh_token):
            return None
        tokens = self._new_tokens(grant.grant_id, grant.access_scopes, refresh_token, refresh=True)
        # The server's secret may have changed since.
        if grant.refresh_hash != hashed(tokens.refresh or ""):
            return None
        left = (grant.access_expires_at - self._clock.now()).total_seconds()
        return msgspec.structs.replace(tokens, expires_in=max(0, int(left)))

    def _new_tokens(
        self, grant_id: str, scopes: Sequence[KeyScope], origin: str, *, refresh: bool
    ) -> IssuedTokens:
        """Derive the tokens that follow an origin: a refresh token, or a random text."""
        number = grant_id.removeprefix(ID)
        unmarked = f"{REFRESH}{number}_{self._derived('refresh', origin)}"
        return IssuedTokens(
            access=f"{ACCESS}{number}_{self._derived('access', origin)}",
            refresh=f"{unmarked}.{self._mark(unmarked)}" if refresh else None,
            expires_in=int(self._access_seconds),
            scopes=tuple(scopes),
        )

    def _derived(self, purpose: str, origin: str) -> str:
        key = f"successor {purpose} {self._secret}".encode()
        digest = hmac.new(key, origin.encode("utf-8", "replace"), "sha256").digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()

    def _mark(self, text: str) -> str:
        key = f"refresh-token {self._secret}".encode()
        return hmac.new(key, text.encode("utf-8", "replace"), "sha256").hexdigest()[:32]

    def was_issued(self, refresh_token: str) -> bool:
        """Whether this server issued a refresh token, even if it was replaced since."""
        text, _, mark = refresh_token.rpartition(".")
        return hmac.compare_digest(self._mark(text).encode(), mark.encode("utf-8", "replace"))

    async def grant_of(self, token: str) -> Grant | None:
        """The grant that a token names, even if the token is not valid; None if it has expired."""
        for prefix in (ACCESS, REFRESH):
            if token.startswith(prefix):
                number = token.removeprefix(prefix).partition("_")[0]
                grant = await self._store.grant(ID + number[:100])
                return grant if grant and grant.expires_at > self._clock.now() else None
        return None

    async def find(self, access_token: str, audience: str) -> Grant | None:
        """The grant of an access token, if the token is valid for this audience.

        Args:
            audience: the path of the resource, such as `/mcp`.
        """
        grant = await self.grant_of(access_token)
        if grant is None or not access_token.startswith(ACCESS):
            return None
        valid = self.with_access(grant, access_token)
        return valid if valid and urlsplit(grant.resource).path == audience else None

    def with_access(self, grant: Grant, access_token: str) -> Grant | None:
        """The grant with the scopes and the expiry of one of its access tokens.

        Returns:
            None if the token is not a valid one of this grant.
        """
        token_hash, now = hashed(access_token), self._clock.now()
        if hmac.compare_digest(grant.access_hash, token_hash):
            return grant if grant.access_expires_at > now else None
        for earlier in grant.earlier_access:
            if hmac.compare_digest(earlier.access_hash, token_hash) and earlier.expires_at > now:
                return msgspec.structs.replace(
                    grant, access_scopes=earlier.scopes, access_expires_at=earlier.expires_at
                )
        return None

    async def note_use(self, grant: Grant) -> None:
        """Record when a grant was last used, to the minute."""
        now, last = self._clock.now(), self._used.get(grant.grant_id)
        if last is not None and (now - last).total_seconds() < NOTE_USE_SECONDS:
            return
        self._used[grant.grant_id] = now
        self._used.move_to_end(grant.grant_id)
        if len(self._used) > MAX_TRACKED:
            self._used.popitem(last=False)
        async with self._store.transaction() as change:
            await change.note_grant_use(grant.grant_id, now)

    async def revoke(self, grant: Grant) -> None:
        """End a grant, and everything that runs with it."""
        async with self._store.transaction() as change:
            await revoke_in(change, grant, self._clock.now())


def _earlier_access(grant: Grant, now: datetime) -> tuple[EarlierAccess, ...]:
    """The access tokens of a grant that stay valid when it is renewed."""
    current = EarlierAccess(
        access_hash=grant.access_hash,
        scopes=grant.access_scopes,
        expires_at=grant.access_expires_at,
    )
    valid = [each for each in (*grant.earlier_access, current) if each.expires_at > now]
    return tuple(valid[-MAX_EARLIER:])


async def revoke_in(change: Transaction, grant: Grant, at: datetime) -> None:
    """End a grant within a transaction."""
    if await change.delete_grant(grant.grant_id):
        await change.record_access([grant.user_id], at)
