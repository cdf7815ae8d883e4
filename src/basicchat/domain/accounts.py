"""Accounts as the store keeps them: secrets only as hashes, and who lost which right when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from basicchat.domain.values import RoomRole, ServerRole, User, Value

KeyScope = Literal["read", "write", "admin"]


class Account(Value, frozen=True, kw_only=True):
    """A user with what only the server may know.

    `password_hash` is None for who has no password; tokens issued before `tokens_after` are void.
    """

    user: User
    created_at: datetime
    password_hash: str | None = None
    tokens_after: datetime | None = None


class ApiKey(Value, frozen=True, kw_only=True):
    """A key for programs; `secret_hash` is the SHA-256 of its secret half."""

    key_id: str
    user_id: str
    label: str
    secret_hash: str
    scopes: tuple[KeyScope, ...]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class Invitation(Value, frozen=True, kw_only=True):
    """Lets whoever has its code make an account, or join a room, so many times."""

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
    """A user lost a right, or got another: whoever acts for them has to be looked at again."""

    seq: int
    user_id: str


class AccountReads(Protocol):
    """What a store tells of accounts."""

    async def account(
        self, *, user_id: str | None = None, login: str | None = None
    ) -> Account | None:
        """An account by the user's id or by their name in any case; not one that was deleted."""
        ...

    async def accounts(self) -> tuple[Account, ...]:
        """All accounts, the oldest first; not those that were deleted."""
        ...

    async def deleted_users(self) -> tuple[str, ...]:
        """Who was deleted, but still has traces in the store."""
        ...

    async def api_key(self, key_id: str) -> ApiKey | None:
        """A key that was not revoked; it may have expired."""
        ...

    async def api_keys(self, user_id: str | None) -> tuple[ApiKey, ...]:
        """The keys of a user, or of all, the oldest first."""
        ...

    async def login_voided(self, session_id: str) -> bool:
        """Whether the login with this id was ended before its tokens expire."""
        ...

    async def invitation(self, code_hash: str, now: datetime) -> Invitation | None:
        """The invitation with this code, if it still holds."""
        ...

    async def invitations(self, now: datetime) -> tuple[Invitation, ...]:
        """All invitations that still hold, the oldest first."""
        ...

    async def identity(self, issuer: str, subject: str) -> str | None:
        """The id of the user whom a provider of single sign-on calls so."""
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
        """Keep a password's hash, or none."""
        ...

    async def void_tokens(self, user_id: str, before: datetime) -> None:
        """Void the tokens issued until now, and end the user's sessions, codes and grants."""
        ...

    async def void_login(self, session_id: str, now: datetime, until: datetime) -> None:
        """Void the tokens of one login, which expire by `until`. Sweeps out those that have."""
        ...

    async def retire_user(self, user_id: str) -> None:
        """Mark a user as deleted, free their name, and delete their keys and ways in."""
        ...

    async def delete_user(self, user_id: str) -> None:
        """Delete what is left of a user in the store."""
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
        """Use an invitation once; None if it does not hold. Sweeps out those that lapsed."""
        ...

    async def delete_invitation(self, invitation_id: str) -> None:
        """Withdraw an invitation."""
        ...

    async def put_identity(self, issuer: str, subject: str, user_id: str) -> None:
        """Note what a provider of single sign-on calls a user."""
        ...

    async def record_access(self, user_ids: Sequence[str], at: datetime) -> None:
        """Note that rights of these users changed."""
        ...
