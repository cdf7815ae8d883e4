"""Grants and their tokens: `bca_<grant>_<secret>` for access, `bcr_<grant>_<secret>.<mark>` to
exchange for the next.

Opaque, told once and kept as hashes, so that what is revoked is void with the next request, and a
copy of the database opens nothing. A grant has one token of each kind at a time. The mark (an
HMAC) tells a refresh token that was given once from one that never was, with nothing kept of
either: who comes with one that was used up has a copy of it, or somebody else has, so the grant
ends (OAuth 2.1, 4.3.1).
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
MOST_GRANTS = 100
NOTE_USE_SECONDS = 60
MAX_NOTED = 10_000


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as a client gets them, told only once."""

    access: str
    refresh: str | None
    expires_in: int
    scopes: tuple[KeyScope, ...]


class Grants:
    """Makes, checks, exchanges and revokes grants.

    Args:
        secret: marks refresh tokens.
        access_seconds: how long an access token holds.
        idle_seconds: how long a grant lasts without its refresh token being used.
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

    async def exchange(self, code: AuthorizationCode, *, refresh: bool) -> Given | None:
        """Tokens for a code; None if somebody else has just used it up.

        Args:
            refresh: the client can exchange refresh tokens.
        """
        now, grant_id = self._clock.now(), ID + secrets.token_hex(12)
        given = self._given(grant_id, code.scopes, refresh=refresh)
        # Who cannot refresh has the access token and nothing beyond it.
        lasts = self._idle_seconds if refresh else self._access_seconds
        grant = Grant(
            grant_id=grant_id,
            user_id=code.user_id,
            client_id=code.client_id,
            client_name=code.client_name,
            redirect_host=host_of(code.redirect_uri),
            scopes=code.scopes,
            resource=code.resource,
            access_hash=hashed(given.access),
            access_scopes=code.scopes,
            access_expires_at=now + timedelta(seconds=self._access_seconds),
            created_at=now,
            expires_at=now + timedelta(seconds=lasts),
            refresh_hash=hashed(given.refresh) if given.refresh else None,
        )
        async with self._store.transaction() as change:
            if not await change.spend_code(code.code_hash, grant_id):
                return None
            await change.add_grant(grant, MOST_GRANTS)
        return given

    async def renew(self, grant: Grant, scopes: Sequence[KeyScope]) -> Given | None:
        """The next tokens of a grant; None if somebody else has just had them."""
        now = self._clock.now()
        given = self._given(grant.grant_id, scopes, refresh=True)
        renewed = msgspec.structs.replace(
            grant,
            access_hash=hashed(given.access),
            access_scopes=tuple(scopes),
            access_expires_at=now + timedelta(seconds=self._access_seconds),
            expires_at=now + timedelta(seconds=self._idle_seconds),
            refresh_hash=hashed(given.refresh or ""),
            used_at=now,
        )
        async with self._store.transaction() as change:
            done = await change.renew_grant(renewed, grant.refresh_hash or "")
            if done and not set(grant.access_scopes) <= set(scopes):
                # What goes on with the rights of before must not.
                await change.record_access([grant.user_id], now)
        return given if done else None

    def _given(self, grant_id: str, scopes: Sequence[KeyScope], *, refresh: bool) -> Given:
        number = grant_id.removeprefix(ID)
        again = f"{REFRESH}{number}_{secrets.token_urlsafe(32)}"
        return Given(
            access=f"{ACCESS}{number}_{secrets.token_urlsafe(32)}",
            refresh=f"{again}.{self._mark(again)}" if refresh else None,
            expires_in=int(self._access_seconds),
            scopes=tuple(scopes),
        )

    def _mark(self, text: str) -> str:
        key = f"refresh-token {self._secret}".encode()
        return hmac.new(key, text.encode("utf-8", "replace"), "sha256").hexdigest()[:32]

    def was_given(self, refresh_token: str) -> bool:
        """Whether this is a refresh token of ours, whichever has come after it."""
        text, _, mark = refresh_token.rpartition(".")
        return hmac.compare_digest(self._mark(text).encode(), mark.encode("utf-8", "replace"))

    async def named_by(self, token: str) -> Grant | None:
        """The grant that a token names, whether or not it holds; None if that has expired."""
        for prefix in (ACCESS, REFRESH):
            if token.startswith(prefix):
                number = token.removeprefix(prefix).partition("_")[0]
                grant = await self._store.grant(ID + number[:100])
                return grant if grant and grant.expires_at > self._clock.now() else None
        return None

    async def find(self, access_token: str, audience: str) -> Grant | None:
        """The grant by whose access token somebody asks, if it holds for this audience.

        Args:
            audience: path of the resource, such as `/mcp`.
        """
        grant = await self.named_by(access_token)
        if grant is None or not access_token.startswith(ACCESS):
            return None
        holds = hmac.compare_digest(grant.access_hash, hashed(access_token))
        if not holds or grant.access_expires_at <= self._clock.now():
            return None
        return grant if urlsplit(grant.resource).path == audience else None

    async def note_use(self, grant: Grant) -> None:
        """Keep when a grant was used last, to the minute."""
        now, last = self._clock.now(), self._used.get(grant.grant_id)
        if last is not None and (now - last).total_seconds() < NOTE_USE_SECONDS:
            return
        self._used[grant.grant_id] = now
        self._used.move_to_end(grant.grant_id)
        if len(self._used) > MAX_NOTED:
            self._used.popitem(last=False)
        async with self._store.transaction() as change:
            await change.note_grant_use(grant.grant_id, now)

    async def revoke(self, grant: Grant) -> None:
        """End a grant, and all that goes on by it."""
        async with self._store.transaction() as change:
            await revoke_in(change, grant, self._clock.now())


async def revoke_in(change: Transaction, grant: Grant, at: datetime) -> None:
    """End a grant as part of a change."""
    if await change.delete_grant(grant.grant_id):
        await change.record_access([grant.user_id], at)
