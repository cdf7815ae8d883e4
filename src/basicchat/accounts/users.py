"""Use cases of users: adding, changing, suspending, deleting, and checking passwords."""

import unicodedata
from uuid import uuid4

import msgspec

from basicchat.accounts.keys import limit_in
from basicchat.accounts.passwords import Passwords
from basicchat.accounts.permissions import authorise, other, server
from basicchat.accounts.tokens import admitted
from basicchat.domain.accounts import Account
from basicchat.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Actor, ServerRole, User, UserStatus

MAX_NAME_LENGTH = 100
# Bidirectional marks and invisible characters would let one name look like another.
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def checked_name(name: str) -> str:
    """Normalise a name.

    Raises:
        InvalidInput: it is empty, too long, or contains invisible characters.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(plain) <= MAX_NAME_LENGTH:
        raise InvalidInput(
            f"name: must have 1 to {MAX_NAME_LENGTH} characters",
            field="name",
            reason="user_name_length",
            params={"max_length": MAX_NAME_LENGTH},
        )
    if any(unicodedata.category(character) in _INVISIBLE for character in plain):
        raise InvalidInput(
            "name: contains invisible characters", field="name", reason="user_name_invisible"
        )
    return plain


class Users:
    """Use cases of users; each authorises its actor unless it says otherwise."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    async def add(
        self, change: Transaction, name: str, role: ServerRole, password_hash: str | None
    ) -> User:
        """Add a user within a transaction; the caller has authorised it.

        Raises:
            Conflict: the name is taken.
        """
        user = User(id=f"u_{uuid4().hex}", name=checked_name(name), role=role)
        await change.put_user(user, self._clock.now())
        await change.set_password(user.id, password_hash)
        return user

    async def create(self, actor: Actor, name: str, role: ServerRole, password: str) -> User:
        """Add a user.

        Raises:
            Forbidden: the actor may not add users, or may not grant this role.
            Conflict: the name is taken.
        """
        authorise(actor, "administer", server(actor))
        may_grant(actor, role)
        password_hash = await self._passwords.hash(password)
        async with self._store.transaction() as change:
            return await self.add(change, name, role, password_hash)

    async def get(self, actor: Actor, user_id: str) -> Account:
        """An account that the actor may see.

        Raises:
            NotFound: there is no such user, or the actor may not see them.
        """
        account = await self._store.account(user_id=user_id)
        authorise(actor, "see", other(actor, account.user if account else None))
        assert account is not None
        return account

    async def update(
        self,
        actor: Actor,
        user_id: str,
        *,
        name: str | None = None,
        role: ServerRole | None = None,
        status: UserStatus | None = None,
        password: str | None = None,
    ) -> Account:
        """Change a user; parameters that are None keep their value.

        A new password revokes the user's tokens. Reduced rights and suspensions take effect at
        once.

        Raises:
            NotFound, Forbidden: the actor may not change this, or may not grant this role.
            Conflict: the name is taken, or no owner would be left.
        """
        target = await self.get(actor, user_id)
        own_name_only = role is None and status is None and password is None
        authorise(actor, "write" if own_name_only else "manage", other(actor, target.user))
        if target.user.id != actor.user.id:
            authorise(actor, "administer", server(actor))
        if role is not None:
            may_grant(actor, role)
        password_hash = None if password is None else await self._passwords.hash(password)
        async with self._store.transaction() as change:
            account = await _existing(change, user_id)
            user = msgspec.structs.replace(
                account.user,
                name=account.user.name if name is None else checked_name(name),
                role=role or account.user.role,
                status=status or account.user.status,
            )
            await change.put_user(user, account.created_at)
            if user.role != account.user.role:
                keys = await change.api_keys(user_id)
                await limit_in(change, keys, account.user.role, user.role)
            if password_hash is not None:
                await self._set_password(change, user_id, password_hash)
            await self._require_owner(change)
            if (user.role, user.status) != (account.user.role, account.user.status):
                await change.record_access([user_id], self._clock.now())
        return await self.get(actor, user_id)

    async def _require_owner(self, change: Transaction) -> None:
        if not await change.active_owners():
            raise Conflict(
                "The server needs an owner",
                hint="Make someone else an owner first.",
                reason="last_server_owner",
            )

    async def _set_password(self, change: Transaction, user_id: str, password_hash: str) -> None:
        now = self._clock.now()
        await change.set_password(user_id, password_hash)
        await change.void_tokens(user_id, now)
        await change.record_access([user_id], now)

    async def set_password(self, user_id: str, password: str) -> None:
        """Set a password; the caller has authorised it.

        Raises:
            NotFound: there is no such user.
        """
        password_hash = await self._passwords.hash(password)
        async with self._store.transaction() as change:
            await _existing(change, user_id)
            await self._set_password(change, user_id, password_hash)

    async def retire(self, actor: Actor, user_id: str) -> Account:
        """Mark a user as deleted; their data is removed afterwards.

        Raises:
            NotFound, Forbidden: the actor may not delete this user.
            Conflict: no owner would be left.
        """
        target = await self.get(actor, user_id)
        authorise(actor, "manage", other(actor, target.user))
        authorise(actor, "administer", server(actor))
        async with self._store.transaction() as change:
            await _existing(change, user_id)
            await change.retire_user(user_id)
            await self._require_owner(change)
            await change.record_access([user_id], self._clock.now())
        return target

    async def log_out(self, actor: Actor, user_id: str) -> None:
        """Revoke all tokens and sessions of a user; API keys keep working.

        Raises:
            NotFound, Forbidden: the actor may not log this user out.
        """
        target = await self.get(actor, user_id)
        own = target.user.id == actor.user.id
        authorise(actor, "secure" if own else "manage", other(actor, target.user))
        if not own:
            authorise(actor, "administer", server(actor))
        now = self._clock.now()
        async with self._store.transaction() as change:
            await change.void_tokens(user_id, now)
            await change.record_access([user_id], now)

    async def change_password(self, actor: Actor, current: str | None, password: str) -> None:
        """Change the actor's own password, which revokes all their tokens.

        Raises:
            Unauthenticated: the current password is wrong.
            Forbidden: the actor uses an API key, which may not change passwords.
        """
        authorise(actor, "secure", other(actor, actor.user))
        account = await self.get(actor, actor.user.id)
        # A user without a password (single sign-on, login link) sets the first one.
        if account.password_hash is not None and not await self._passwords.verify(
            current or "", account.password_hash
        ):
            raise Unauthenticated(
                "The current password is wrong", hint="Try again.", reason="password_wrong"
            )
        await self.set_password(actor.user.id, password)

    async def log_in(self, login: str, password: str, origin: str = "") -> User:
        """The user with this name and password.

        Args:
            origin: where the request comes from; if many wait, origins take turns.

        Raises:
            Unauthenticated: name or password is wrong; the error does not reveal which.
            Forbidden: the user is suspended.
        """
        account = await self._store.account(login=login)
        password_hash = account.password_hash if account else None
        if not await self._passwords.verify(password, password_hash, origin) or account is None:
            raise Unauthenticated(
                "Name or password is wrong",
                hint="Try again, or ask an administrator to set a new password.",
                reason="login_wrong",
            )
        # Verifying takes a while, and the password may have been changed meanwhile.
        current = await self._store.account(user_id=account.user.id)
        if current is None or current.password_hash != password_hash:
            raise Unauthenticated(
                "Name or password is wrong", hint="Try again.", reason="login_wrong"
            )
        return admitted(current.user)


async def _existing(change: Transaction, user_id: str) -> Account:
    account = await change.account(user_id)
    if account is None:
        raise NotFound(
            "There is no such user",
            hint="The user was deleted in the meantime.",
            reason="resource_not_found",
            params={"resource": "user"},
        )
    return account


def may_grant(actor: Actor, role: ServerRole) -> None:
    """Raise unless the actor may grant this role.

    Raises:
        Forbidden: only owners appoint administrators and owners.
    """
    if role in ("owner", "admin"):
        authorise(actor, "own", server(actor))
