"""API keys: `bc_<id>_<secret>`, shown once and stored as a hash."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import get_args

import msgspec

from basicchat.accounts.permissions import scopes_of
from basicchat.domain.accounts import ApiKey, KeyScope
from basicchat.domain.errors import Conflict, Forbidden
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import ServerRole, User

PREFIX = "bc_"
SCOPES: tuple[KeyScope, ...] = get_args(KeyScope)
DEFAULT_SCOPES: tuple[KeyScope, ...] = ("read", "write")
MAX_KEYS = 100
# The resolution of `last_used_at`.
NOTE_USE_SECONDS = 60
MAX_TRACKED = 10_000


class Keys:
    """Creates, checks and revokes API keys."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._used: OrderedDict[str, datetime] = OrderedDict()

    async def create(
        self, user: User, label: str, scopes: Sequence[KeyScope], days: float | None
    ) -> tuple[ApiKey, str]:
        """Create a key.

        Args:
            scopes: what it may do; `read` is always included.
            days: how long it is valid; None means for ever.

        Returns:
            the key and its text, of which only a hash is stored.

        Raises:
            Conflict: the user has too many keys.
            Forbidden: a scope is above the user's role.
        """
        for scope in scopes:
            if scope not in scopes_of(user.role):
                raise Forbidden(
                    f"A key of a {user.role} may not have the scope {scope}",
                    hint="Leave the scope out, or ask an owner of this server for another role.",
                    reason="scope_above_role",
                    params={"role": user.role, "scope": scope},
                )
        if len(await self._store.api_keys(user.id)) >= MAX_KEYS:
            raise Conflict(
                f"You already have {MAX_KEYS} keys",
                hint="Revoke some first.",
                reason="too_many_keys",
                params={"max_keys": MAX_KEYS},
            )
        now, secret = self._clock.now(), secrets.token_urlsafe(32)
        key = ApiKey(
            key_id=secrets.token_hex(6),
            user_id=user.id,
            label=label,
            secret_hash=hashed(secret),
            scopes=tuple(scope for scope in SCOPES if scope in {"read", *scopes}),
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        async with self._store.transaction() as change:
            await change.put_api_key(key)
        return key, f"{PREFIX}{key.key_id}_{secret}"

    async def find(self, text: str) -> ApiKey | None:
        """The key with this text, unless it was revoked or has expired."""
        key_id, _, secret = text.removeprefix(PREFIX).partition("_")
        key = await self._store.api_key(key_id)
        if key is None or not hmac.compare_digest(key.secret_hash, hashed(secret)):
            return None
        now = self._clock.now()
        return None if key.expires_at is not None and key.expires_at <= now else key

    async def note_use(self, key: ApiKey) -> None:
        """Record when a key was last used, to the minute."""
        now, last = self._clock.now(), self._used.get(key.key_id)
        if last is not None and (now - last).total_seconds() < NOTE_USE_SECONDS:
            return
        self._used[key.key_id] = now
        if len(self._used) > MAX_TRACKED:
            self._used.popitem(last=False)
        async with self._store.transaction() as change:
            # A key that was revoked in the meantime must not be restored.
            if await change.api_key(key.key_id) is not None:
                await change.put_api_key(msgspec.structs.replace(key, last_used_at=now))

    async def revoke(self, key: ApiKey) -> None:
        """Revoke a key."""
        async with self._store.transaction() as change:
            await revoke_in(change, key, self._clock.now())


def usable_scopes(key: ApiKey, role: ServerRole) -> tuple[KeyScope, ...]:
    """The scopes of a key, without those above its user's role."""
    return tuple(scope for scope in key.scopes if scope in scopes_of(role))


async def limit_in(
    change: Transaction, keys: Sequence[ApiKey], old: ServerRole, new: ServerRole
) -> None:
    """Take from a user's keys what is above their old or new role, within a transaction.

    So a key never gains rights by a promotion, not even those that its user had before.
    """
    for key in keys:
        scopes = tuple(s for s in usable_scopes(key, old) if s in scopes_of(new))
        if scopes != key.scopes:
            await change.put_api_key(msgspec.structs.replace(key, scopes=scopes))


async def revoke_in(change: Transaction, key: ApiKey, at: datetime) -> None:
    """Revoke a key within a transaction."""
    await change.delete_api_key(key.key_id)
    await change.record_access([key.user_id], at)
