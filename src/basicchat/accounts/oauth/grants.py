"""Grants and their tokens: `bca_<grant>_<secret>` for access, `bcr_<grant>_<secret>.<mark>` to
refresh.

Tokens are opaque, shown once and stored as hashes, so revocation takes effect with the next
request, and a copy of the database gives no access. A grant has one valid token of each kind at a
time. The mark (an HMAC) distinguishes a refresh token that was once issued from one that never
was, without storing old tokens. Whoever presents a used refresh token has a copy of it, or somebody
else has, so the grant ends (OAuth 2.1, 4.3.1).
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from basicchat.accounts.oauth.redirects import host_of
from basicchat.domain.accounts import KeyScope
from basicchat.domain.oauth import AuthorizationCode, Grant
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store, Transaction

ACCESS, REFRESH, ID = "bca_", "bcr_", "g_"
MAX_GRANTS = 100
NOTE_USE_SECONDS = 60
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
        tokens = self._new_tokens(grant_id, code.scopes, refresh=refresh)
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
        )
        async with self._store.transaction() as change:
            if not await change.spend_code(code.code_hash, grant_id):
                return None
            await change.add_grant(grant, MAX_GRANTS)
        return tokens

    async def renew(self, grant: Grant, scopes: Sequence[KeyScope]) -> IssuedTokens | None:
        """Issue the next tokens of a grant; None if another request has just renewed it."""
        now = self._clock.now()
        tokens = self._new_tokens(grant.grant_id, scopes, refresh=True)
        renewed = msgspec.structs.replace(
            grant,
            access_hash=hashed(tokens.access),
            access_scopes=tuple(scopes),
            access_expires_at=now + timedelta(seconds=self._access_seconds),
            expires_at=now + timedelta(seconds=self._idle_seconds),
            refresh_hash=hashed(tokens.refresh or ""),
            used_at=now,
        )
        async with self._store.transaction() as change:
            was_renewed = await change.renew_grant(renewed, grant.refresh_hash or "")
            if was_renewed and not set(grant.access_scopes) <= set(scopes):
                # Open connections must not continue with the rights that the app gave up.
                await change.record_access([grant.user_id], now)
        return tokens if was_renewed else None

    def _new_tokens(
        self, grant_id: str, scopes: Sequence[KeyScope], *, refresh: bool
    ) -> IssuedTokens:
        number = grant_id.removeprefix(ID)
        unmarked = f"{REFRESH}{number}_{secrets.token_urlsafe(32)}"
        return IssuedTokens(
            access=f"{ACCESS}{number}_{secrets.token_urlsafe(32)}",
            refresh=f"{unmarked}.{self._mark(unmarked)}" if refresh else None,
            expires_in=int(self._access_seconds),
            scopes=tuple(scopes),
        )

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
        is_current = hmac.compare_digest(grant.access_hash, hashed(access_token))
        if not is_current or grant.access_expires_at <= self._clock.now():
            return None
        return grant if urlsplit(grant.resource).path == audience else None

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


async def revoke_in(change: Transaction, grant: Grant, at: datetime) -> None:
    """End a grant within a transaction."""
    if await change.delete_grant(grant.grant_id):
        await change.record_access([grant.user_id], at)
