"""Users: `users.list|create|update|delete`, and `session.logout_everywhere`."""

from datetime import datetime

from basicchat.accounts import passwords
from basicchat.accounts.permissions import ALLOWED
from basicchat.api.calls import Call, Method
from basicchat.api.memberships import clear_user
from basicchat.domain.accounts import Account
from basicchat.domain.values import User, Value
from basicchat.protocol.account_types import LogoutEverywhere, UserRef, UsersCreate, UsersUpdate
from basicchat.protocol.types import NoParams


class UserInfo(User, frozen=True, kw_only=True):
    """A user; the fields after the role are sent to administrators only."""

    created_at: datetime | None = None
    has_password: bool | None = None


class UsersListed(Value, frozen=True, kw_only=True):
    """All users, oldest first."""

    users: tuple[UserInfo, ...]


class UserCreated(Value, frozen=True, kw_only=True):
    """A new user; a generated password is sent only here."""

    user: UserInfo
    password: str | None = None


class UserDeleted(Value, frozen=True, kw_only=True):
    """The id of a deleted user."""

    user_id: str


class LoggedOut(Value, frozen=True, kw_only=True):
    """The user whose tokens were invalidated."""

    user_id: str


def _info(account: Account, *, whole: bool = True) -> UserInfo:
    user = account.user
    plain = UserInfo(id=user.id, name=user.name, role=user.role)
    if not whole:
        return plain
    return UserInfo(
        id=user.id,
        name=user.name,
        role=user.role,
        status=user.status,
        created_at=account.created_at,
        has_password=account.password_hash is not None,
    )


async def list_users(call: Call, params: NoParams) -> UsersListed:
    """List the users: administrators see all, others the active ones."""
    accounts = await call.services.store.accounts()
    complete = "administer" in ALLOWED["server"].get(call.actor.user.role, ())
    visible = (each for each in accounts if complete or each.user.status == "active")
    return UsersListed(users=tuple(_info(each, whole=complete) for each in visible))


async def create(call: Call, params: UsersCreate) -> UserCreated:
    """Add a user; only owners add administrators and owners."""
    users = call.services.users
    password = params.password or passwords.generate()
    user = await users.create(call.actor, params.name, params.role, password)
    account = await users.get(call.actor, user.id)
    return UserCreated(user=_info(account), password=None if params.password else password)


async def update(call: Call, params: UsersUpdate) -> UserInfo:
    """Change a user's name, role, status or password; lost rights end at once.

    A new password invalidates the user's tokens.
    """
    account = await call.services.users.update(
        call.actor,
        params.user_id,
        name=params.name,
        role=params.role,
        status=params.status,
        password=params.password,
    )
    call.services.access_revocation.nudge()
    return _info(account)


async def delete(call: Call, params: UserRef) -> UserDeleted:
    """Delete a user with their documents and the rooms without other members."""
    await call.services.users.retire(call.actor, params.user_id)
    call.services.access_revocation.nudge()
    await clear_user(call.services, params.user_id)
    return UserDeleted(user_id=params.user_id)


async def log_out(call: Call, params: LogoutEverywhere) -> LoggedOut:
    """Invalidate all tokens and sessions of oneself or another user; sockets close with 4401."""
    user_id = params.user_id or call.actor.user.id
    await call.services.users.log_out(call.actor, user_id)
    call.services.access_revocation.nudge()
    return LoggedOut(user_id=user_id)


LIST = Method(
    name="users.list",
    params=NoParams,
    result=UsersListed,
    handler=list_users,
    repeat="safe",
    needs="look_up",
)
CREATE = Method(
    name="users.create",
    params=UsersCreate,
    result=UserCreated,
    handler=create,
    repeat="never",
    needs="administer",
)
UPDATE = Method(
    name="users.update", params=UsersUpdate, result=UserInfo, handler=update, repeat="never"
)
DELETE = Method(
    name="users.delete",
    params=UserRef,
    result=UserDeleted,
    handler=delete,
    repeat="never",
    needs="administer",
)
LOGOUT = Method(
    name="session.logout_everywhere",
    params=LogoutEverywhere,
    result=LoggedOut,
    handler=log_out,
    repeat="never",
)
