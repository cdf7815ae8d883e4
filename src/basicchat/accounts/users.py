"""What is done with users: adding, changing, suspending, deleting, and checking passwords."""

import unicodedata
from uuid import uuid4

import msgspec

from basicchat.accounts.passwords import Passwords
from basicchat.accounts.permissions import authorise, other, server
from basicchat.accounts.tokens import admitted
from basicchat.domain.accounts import Account
from basicchat.domain.errors import Conflict, InvalidInput, NotFound, Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store, Transaction
from basicchat.domain.values import Actor, ServerRole, User, UserStatus

LONGEST_NAME = 100
# Marks that turn text around, and what cannot be seen, would let one name pass for another.
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def checked_name(name: str) -> str:
    """A name as it is kept.

    Raises:
        InvalidInput: it is empty, too long, or holds what cannot be seen.
    """
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(plain) <= LONGEST_NAME:
        raise InvalidInput(f"name: 1 to {LONGEST_NAME} characters", field="name")
    if any(unicodedata.category(character) in _UNSEEN for character in plain):
        raise InvalidInput("name: holds characters that cannot be seen", field="name")
    return plain


class Users:
    """Use cases about users; each authorises its actor."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    async def add(
        self, change: Transaction, name: str, role: ServerRole, password_hash: str | None
    ) -> User:
        """Add a user as part of a change; whoever calls has authorised it.

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
            Forbidden: the actor may not, or may not grant this role.
            Conflict: the name is taken.
        """
        authorise(actor, "administer", server(actor))
        may_grant(actor, role)
        kept = await self._passwords.hash(password)
        async with self._store.transaction() as change:
            return await self.add(change, name, role, kept)

    async def get(self, actor: Actor, user_id: str) -> Account:
        """An account that the actor may see.

        Raises:
            NotFound: there is none, or not for them.
        """
        found = await self._store.account(user_id=user_id)
        authorise(actor, "see", other(actor, found.user if found else None))
        assert found is not None
        return found

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
        """Change a user; what is None stays.

        A new password voids their tokens. Less rights, or a suspension, take effect at once.

        Raises:
            NotFound, Forbidden: the actor may not, or may not grant this role.
            Conflict: the name is taken, or no owner would be left.
        """
        target = await self.get(actor, user_id)
        own_name_only = role is None and status is None and password is None
        authorise(actor, "write" if own_name_only else "manage", other(actor, target.user))
        if target.user.id != actor.user.id:
            authorise(actor, "administer", server(actor))
        if role is not None:
            may_grant(actor, role)
        kept = None if password is None else await self._passwords.hash(password)
        async with self._store.transaction() as change:
            account = await _existing(change, user_id)
            user = msgspec.structs.replace(
                account.user,
                name=account.user.name if name is None else checked_name(name),
                role=role or account.user.role,
                status=status or account.user.status,
            )
            await change.put_user(user, account.created_at)
            if kept is not None:
                await self._set_password(change, user_id, kept)
            await self._keep_an_owner(change)
            if (user.role, user.status) != (account.user.role, account.user.status):
                await change.record_access([user_id], self._clock.now())
        return await self.get(actor, user_id)

    async def _keep_an_owner(self, change: Transaction) -> None:
        if not await change.active_owners():
            raise Conflict("The server needs an owner", hint="Make somebody else an owner before.")

    async def _set_password(self, change: Transaction, user_id: str, kept: str) -> None:
        now = self._clock.now()
        await change.set_password(user_id, kept)
        await change.void_tokens(user_id, now)
        await change.record_access([user_id], now)

    async def set_password(self, user_id: str, password: str) -> None:
        """Set a password; whoever calls has authorised it.

        Raises:
            NotFound: there is no such user.
        """
        kept = await self._passwords.hash(password)
        async with self._store.transaction() as change:
            await _existing(change, user_id)
            await self._set_password(change, user_id, kept)

    async def retire(self, actor: Actor, user_id: str) -> Account:
        """Delete a user as far as anybody can tell; what they leave is cleared away after.

        Raises:
            NotFound, Forbidden: the actor may not.
            Conflict: no owner would be left.
        """
        target = await self.get(actor, user_id)
        authorise(actor, "manage", other(actor, target.user))
        authorise(actor, "administer", server(actor))
        async with self._store.transaction() as change:
            await _existing(change, user_id)
            await change.retire_user(user_id)
            await self._keep_an_owner(change)
            await change.record_access([user_id], self._clock.now())
        return target

    async def log_out(self, actor: Actor, user_id: str) -> None:
        """Void all tokens and sessions of a user; API keys go on.

        Raises:
            NotFound, Forbidden: the actor may not.
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
        """Change one's own password; all tokens are void then.

        Raises:
            Unauthenticated: the current one is wrong.
            Forbidden: keys may not.
        """
        authorise(actor, "secure", other(actor, actor.user))
        account = await self.get(actor, actor.user.id)
        # Who never had one (single sign-on, a login link) sets the first.
        if account.password_hash is not None and not await self._passwords.verify(
            current or "", account.password_hash
        ):
            raise Unauthenticated("The current password is not right", hint="Try again.")
        await self.set_password(actor.user.id, password)

    async def log_in(self, login: str, password: str) -> User:
        """The user with this name and password.

        Raises:
            Unauthenticated: there is none; nobody learns which of the two was wrong.
            Forbidden: they are suspended.
        """
        account = await self._store.account(login=login)
        kept = account.password_hash if account else None
        if not await self._passwords.verify(password, kept) or account is None:
            raise Unauthenticated(
                "Name or password is not right",
                hint="Try again, or have an administrator set a new password.",
            )
        # Read again: checking took a while.
        now = await self._store.account(user_id=account.user.id)
        if now is None or now.password_hash != kept:
            raise Unauthenticated("Name or password is not right", hint="Try again.")
        return admitted(now.user)


async def _existing(change: Transaction, user_id: str) -> Account:
    account = await change.account(user_id)
    if account is None:
        raise NotFound("There is no such user", hint="They were deleted in the meantime.")
    return account


def may_grant(actor: Actor, role: ServerRole) -> None:
    """Let pass who may give somebody this role.

    Raises:
        Forbidden: only owners appoint administrators and owners.
    """
    if role in ("owner", "admin"):
        authorise(actor, "own", server(actor))
