"""Accounts, API keys and invitations as the store keeps them; secrets only as hashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from basicchat.domain.rooms import RoomRole
from basicchat.domain.values import ServerRole, User, Value

KeyScope = Literal["read", "write", "admin"]


class Account(Value, frozen=True, kw_only=True):
    """A user, with what only the server may know.

    `password_hash` is None if the user has no password; tokens issued before `tokens_after` are
    invalid.
    """

    user: User
    created_at: datetime
    password_hash: str | None = None
    tokens_after: datetime | None = None


class ApiKey(Value, frozen=True, kw_only=True):
    """An API key; `secret_hash` is the SHA-256 of its secret half."""

    key_id: str
    user_id: str
    label: str
    secret_hash: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class Invitation(Value, frozen=True, kw_only=True):
    """Lets people with its code create an account, or join a room, `uses_left` times."""

    invitation_id: str
    code_hash: str
    role: ServerRole
    inviter_id: str
    created_at: datetime
    expires_at: datetime
    uses_left: int
    room_id: str | None = None
    room_role: RoomRole = "member"


class AccessChange(Value, frozen=True, kw_only=True):
    """A user's rights changed: whatever acts for the user must be authorised again."""

    seq: int
    user_id: str


class AccountReads(Protocol):
    """Reads of accounts."""

    async def account(
        self, *, user_id: str | None = None, login: str | None = None
    ) -> Account | None:
        """An account by the user's id or, ignoring case, by name; None if it was deleted."""
        ...

    async def accounts(self) -> tuple[Account, ...]:
        """All accounts that are not deleted, oldest first."""
        ...

    async def deleted_users(self) -> tuple[str, ...]:
        """The deleted users who still have rows in the store."""
        ...

    async def api_key(self, key_id: str) -> ApiKey | None:
        """A key, expired or not, unless it was revoked."""
        ...

    async def api_keys(self, user_id: str | None) -> tuple[ApiKey, ...]:
        """The keys of a user, or of all users, oldest first."""
        ...

    async def login_voided(self, session_id: str) -> bool:
        """Whether the login with this id was ended before its tokens expire."""
        ...

    async def invitation(self, code_hash: str, now: datetime) -> Invitation | None:
        """The invitation with this code, if it is still valid."""
        ...

    async def invitations(self, now: datetime) -> tuple[Invitation, ...]:
        """All valid invitations, oldest first."""
        ...

    async def identity(self, issuer: str, subject: str) -> str | None:
        """The id of the user with this identity at a single sign-on provider."""
        ...

    async def access_position(self) -> int:
        """The seq of the latest access change; 0 if there was none."""
        ...

    async def access_changes(self, after: int) -> tuple[AccessChange, ...]:
        """Access changes behind a seq, in order."""
        ...


class AccountWrites(Protocol):
    """What a transaction changes of accounts."""

    async def account(self, user_id: str) -> Account | None:
        """The account as it is in this transaction."""
        ...

    async def active_owners(self) -> int:
        """How many owners are neither suspended nor deleted."""
        ...

    async def set_password(self, user_id: str, password_hash: str | None) -> None:
        """Set or remove the hash of a user's password."""
        ...

    async def void_tokens(self, user_id: str, before: datetime) -> None:
        """Invalidate the tokens issued so far, and end the user's sessions, codes and grants."""
        ...

    async def void_login(self, session_id: str, now: datetime, until: datetime) -> None:
        """Invalidate the tokens of one login, which expire by `until`. Deletes expired entries."""
        ...

    async def retire_user(self, user_id: str) -> None:
        """Mark a user as deleted, free their name, and delete their keys and identities."""
        ...

    async def delete_user(self, user_id: str) -> None:
        """Delete a user's remaining rows."""
        ...

    async def api_key(self, key_id: str) -> ApiKey | None:
        """The key as of this transaction, unless it was revoked."""
        ...

    async def api_keys(self, user_id: str) -> tuple[ApiKey, ...]:
        """A user's keys as of this transaction, oldest first."""
        ...

    async def put_api_key(self, key: ApiKey) -> None:
        """Add or change a key."""
        ...

    async def delete_api_key(self, key_id: str) -> None:
        """Revoke a key."""
        ...

    async def put_invitation(self, invitation: Invitation) -> None:
        """Add an invitation."""
        ...

    async def use_invitation(self, code_hash: str, now: datetime) -> Invitation | None:
        """Use an invitation once; None if it is not valid. Deletes expired invitations."""
        ...

    async def delete_invitation(self, invitation_id: str) -> None:
        """Withdraw an invitation."""
        ...

    async def put_identity(self, issuer: str, subject: str, user_id: str) -> None:
        """Link a user to an identity at a single sign-on provider."""
        ...

    async def record_access(self, user_ids: Sequence[str], at: datetime) -> None:
        """Record that the rights of these users changed."""
        ...
