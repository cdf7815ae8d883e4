"""What is kept of apps that act for users by OAuth: clients, codes and grants."""

from datetime import datetime
from typing import Any, Literal, Protocol

from basicchat.domain.accounts import KeyScope
from basicchat.domain.values import Value

ClientAuth = Literal["none", "client_secret_basic", "client_secret_post"]


class OAuthClient(Value, frozen=True, kw_only=True):
    """A program that asks for access; `secret_hash` is the SHA-256 of its secret, if it has one.

    `registered` is false for one that is known by its metadata document, which is not kept.
    """

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    auth: ClientAuth
    grant_types: tuple[str, ...]
    created_at: datetime
    secret_hash: str | None = None
    registered: bool = True


class AuthorizationCode(Value, frozen=True, kw_only=True):
    """What a user has allowed, until the client fetches it; once it has, `grant_id` is set.

    `resource` is the URL that the tokens are for, `challenge` the S256 challenge of RFC 7636.
    """

    code_hash: str
    user_id: str
    client_id: str
    client_name: str
    redirect_uri: str
    scopes: tuple[KeyScope, ...]
    resource: str
    challenge: str
    expires_at: datetime
    grant_id: str | None = None


class Grant(Value, frozen=True, kw_only=True):
    """A client's access to a user's account, with the one access and refresh token it has now.

    `access_scopes` are those of the access token, which may be fewer. The grant ends at
    `expires_at`, which each refresh puts off.
    """

    grant_id: str
    user_id: str
    client_id: str
    client_name: str
    redirect_host: str
    scopes: tuple[KeyScope, ...]
    resource: str
    access_hash: str
    access_scopes: tuple[KeyScope, ...]
    access_expires_at: datetime
    created_at: datetime
    expires_at: datetime
    refresh_hash: str | None = None
    used_at: datetime | None = None


class Asked(Value, frozen=True, kw_only=True):
    """What an app asks a user for, which may be asked.

    `words` say what the scopes let it do; the browser goes back to `host`, which is on the user's
    own device if `on_this_device`, where it could be any program's. `before` is what the user has
    allowed this app already.
    """

    client: OAuthClient
    redirect_uri: str
    host: str
    on_this_device: bool
    scopes: tuple[KeyScope, ...]
    words: tuple[str, ...]
    query: str
    before: tuple[KeyScope, ...] = ()


class Refusal(Value, frozen=True, kw_only=True):
    """Why something may not be asked; `back` is where that can be told to the app, if anywhere, and
    `host` what to show of it."""

    error: str
    message: str
    hint: str = "Connect again from the app."
    back: str | None = None
    host: str = ""


class Reply(Value, frozen=True, kw_only=True):
    """The answer to an app's own request."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = {}


class OAuthReads(Protocol):
    """What a store tells of apps."""

    async def oauth_client(self, client_id: str) -> OAuthClient | None:
        """A registered client."""
        ...

    async def authorization_code(self, code_hash: str) -> AuthorizationCode | None:
        """A code, used up or not; it may have expired."""
        ...

    async def grant(self, grant_id: str) -> Grant | None:
        """A grant that was not revoked; it may have expired."""
        ...

    async def grants(self, user_id: str) -> tuple[Grant, ...]:
        """The grants of a user, the oldest first."""
        ...


class OAuthWrites(Protocol):
    """What a transaction changes of apps."""

    async def add_oauth_client(self, client: OAuthClient, most: int) -> bool:
        """Add a client; of too many, the oldest one without a grant goes. False if none can."""
        ...

    async def add_authorization_code(self, code: AuthorizationCode) -> None:
        """Keep a code."""
        ...

    async def spend_code(self, code_hash: str, grant_id: str) -> bool:
        """Use a code up for a grant; false if it was used up before, or is gone."""
        ...

    async def add_grant(self, grant: Grant, most: int) -> None:
        """Add a grant; of a user's too many, the one unused for longest goes."""
        ...

    async def renew_grant(self, grant: Grant, instead_of: str) -> bool:
        """Exchange a grant's tokens, if its refresh hash still is `instead_of`."""
        ...

    async def note_grant_use(self, grant_id: str, at: datetime) -> None:
        """Keep when a grant was used last."""
        ...

    async def delete_grant(self, grant_id: str) -> bool:
        """Revoke a grant; false if there is none."""
        ...

    async def sweep_oauth(self, now: datetime, codes_before: datetime, idle: datetime) -> None:
        """Delete expired grants, codes that expired before a time, and clients without a grant
        that registered, or last got tokens, before `idle`."""
        ...
