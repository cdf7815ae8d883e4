"""Parameters of methods for accounts: users, keys, apps, invitations, login."""

from typing import Annotated, Literal

from msgspec import Meta

from basicchat.protocol.types import Id, Params

ServerRole = Literal["owner", "admin", "member", "guest"]
KeyScope = Literal["read", "write", "admin"]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Password = Annotated[str, Meta(min_length=8, max_length=1024)]


class UsersCreate(Params, frozen=True, kw_only=True):
    """Add a user; without a password one is generated and returned once."""

    name: Name
    role: ServerRole = "member"
    password: Password | None = None


class UsersUpdate(Params, frozen=True, kw_only=True):
    """Change a user; omitted fields keep their values."""

    user_id: Id
    name: Name | None = None
    role: ServerRole | None = None
    status: Literal["active", "suspended"] | None = None
    password: Password | None = None


class UserRef(Params, frozen=True, kw_only=True):
    """Name a user."""

    user_id: Id


class LogoutEverywhere(Params, frozen=True, kw_only=True):
    """Name a user; the default is oneself."""

    user_id: Id | None = None


class KeysList(Params, frozen=True, kw_only=True):
    """List the keys of a user; the default is oneself."""

    user_id: Id | None = None


class KeysCreate(Params, frozen=True, kw_only=True):
    """Create an API key; for another user, only as an administrator."""

    label: Name
    scopes: Annotated[tuple[KeyScope, ...], Meta(max_length=3)] = ("read", "write")
    days: Annotated[float, Meta(gt=0, le=36500)] | None = None
    user_id: Id | None = None


class KeyRef(Params, frozen=True, kw_only=True):
    """Name an API key."""

    key_id: Id


class GrantRef(Params, frozen=True, kw_only=True):
    """Name a connected app's grant."""

    grant_id: Id


class InvitationsCreate(Params, frozen=True, kw_only=True):
    """Invite people to the server, and to a room if one is named."""

    role: ServerRole = "guest"
    room_id: Id | None = None
    room_role: Literal["member", "viewer"] = "member"
    uses: Annotated[int, Meta(ge=1, le=1000)] = 1
    hours: Annotated[float, Meta(gt=0, le=8760)] = 72


class InvitationRef(Params, frozen=True, kw_only=True):
    """Name an invitation."""

    invitation_id: Id


class Login(Params, frozen=True, kw_only=True):
    """Log in by name and password."""

    name: Annotated[str, Meta(max_length=200)]
    password: Annotated[str, Meta(max_length=1024)]


class PasswordChange(Params, frozen=True, kw_only=True):
    """Change one's own password; `current` is omitted if there is no password yet."""

    password: Password
    current: Annotated[str, Meta(max_length=1024)] | None = None


class InvitationCode(Params, frozen=True, kw_only=True):
    """Name an invitation by its code."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]


class InvitationAccept(Params, frozen=True, kw_only=True):
    """Accept an invitation; with a name and a password, also create an account."""

    code: Annotated[str, Meta(min_length=1, max_length=200)]
    name: Name | None = None
    password: Password | None = None
