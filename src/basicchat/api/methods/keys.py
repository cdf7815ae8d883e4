"""API keys: `keys.list|create|revoke`."""

from datetime import datetime

from basicchat.accounts.permissions import authorise, other, server
from basicchat.api.calls import Call, Method
from basicchat.domain.accounts import ApiKey, KeyScope
from basicchat.domain.errors import NotFound
from basicchat.domain.values import User, Value
from basicchat.protocol.account_types import KeyRef, KeysCreate, KeysList


class KeyInfo(Value, frozen=True, kw_only=True):
    """An API key without its secret."""

    key_id: str
    user_id: str
    label: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class KeyCreated(Value, frozen=True, kw_only=True):
    """A new API key; `secret` is the whole key, `bc_…`, sent only here."""

    key: KeyInfo
    secret: str


class KeysListed(Value, frozen=True, kw_only=True):
    """API keys, oldest first."""

    keys: tuple[KeyInfo, ...]


class KeyRevoked(Value, frozen=True, kw_only=True):
    """The id of a revoked key."""

    key_id: str


def _info(key: ApiKey) -> KeyInfo:
    return KeyInfo(**{name: getattr(key, name) for name in KeyInfo.__struct_fields__})


async def _user(call: Call, user_id: str | None) -> User:
    """The owner of the keys: oneself, or for administrators another user."""
    if user_id is None or user_id == call.actor.user.id:
        return call.actor.user
    account = await call.services.users.get(call.actor, user_id)
    authorise(call.actor, "administer", server(call.actor))
    return account.user


async def list_keys(call: Call, params: KeysList) -> KeysListed:
    """List one's keys, or another user's."""
    user = await _user(call, params.user_id)
    authorise(call.actor, "see", other(call.actor, user, "key"))
    keys = await call.services.store.api_keys(user.id)
    return KeysListed(keys=tuple(_info(key) for key in keys))


async def create(call: Call, params: KeysCreate) -> KeyCreated:
    """Create an API key; it may do what its user may, within its scopes.

    Only owners of the server create keys for others.
    """
    user = await _user(call, params.user_id)
    if user.id != call.actor.user.id:
        authorise(call.actor, "own", server(call.actor))
    authorise(call.actor, "manage", other(call.actor, user, "key"))
    keys = call.services.authenticator.keys
    key, secret = await keys.create(user, params.label, params.scopes, params.days)
    return KeyCreated(key=_info(key), secret=secret)


async def revoke(call: Call, params: KeyRef) -> KeyRevoked:
    """Revoke a key at once; runs and tasks that were started with it are cancelled."""
    services = call.services
    key = await services.store.api_key(params.key_id)
    account = await services.store.account(user_id=key.user_id) if key else None
    user = account.user if account else None
    authorise(call.actor, "manage", other(call.actor, user, "key"))
    if key is None:
        raise NotFound(
            "There is no such key", reason="resource_not_found", params={"resource": "key"}
        )
    await services.authenticator.keys.revoke(key)
    services.access_revocation.nudge()
    return KeyRevoked(key_id=key.key_id)


LIST = Method(
    name="keys.list",
    params=KeysList,
    result=KeysListed,
    handler=list_keys,
    repeat="safe",
    needs="make_keys",
)
CREATE = Method(
    name="keys.create",
    params=KeysCreate,
    result=KeyCreated,
    handler=create,
    repeat="never",
    needs="make_keys",
)
REVOKE = Method(
    name="keys.revoke",
    params=KeyRef,
    result=KeyRevoked,
    handler=revoke,
    repeat="never",
    needs="make_keys",
)
