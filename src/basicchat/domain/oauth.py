"""OAuth as the store keeps it: clients, authorization codes and grants."""

from datetime import datetime
from typing import Any, Literal, Protocol

from basicchat.domain.accounts import KeyScope
from basicchat.domain.values import Value

ClientAuth = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]


class OAuthClient(Value, frozen=True, kw_only=True):
    """An OAuth client; `secret_hash` is the SHA-256 of its secret, if it has one.

    `registered` is false for a client identified by its metadata document, which is not stored.
    `auth` is how it authenticates; `alternatives` are other methods that it may use. The public
    keys of `private_key_jwt` are in `jwks`, or at `jwks_uri`.
    """

    client_id: str
    name: str
    redirect_uris: tuple[str, ...]
    auth: ClientAuth
    grant_types: tuple[str, ...]
    created_at: datetime
    secret_hash: str | None = None
    registered: bool = True
    alternatives: tuple[ClientAuth, ...] = ()
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None

    @property
    def methods(self) -> tuple[ClientAuth, ...]:
        """All methods by which it may authenticate."""
        return (self.auth, *self.alternatives)


class AuthorizationCode(Value, frozen=True, kw_only=True):
    """A code that a user's consent gave to a client; `grant_id` is set once the code is used.

    `resource` is the URL that the tokens are for, `challenge` the S256 challenge of RFC 7636.
    `public` tells whether the client may do without authentication, `may_delete` whether it may
    delete documents without asking the user each time.
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
    public: bool = True
    may_delete: bool = False


class EarlierAccess(Value, frozen=True, kw_only=True):
    """An access token that was replaced by a refresh, and is valid until its own expiry."""

    access_hash: str
    scopes: tuple[KeyScope, ...]
    expires_at: datetime


class Grant(Value, frozen=True, kw_only=True):
    """A client's access to a user's account, with its current access and refresh token.

    `access_scopes` are those of the access token, which may be fewer. The grant ends at
    `expires_at`, which each refresh puts off. `previous_refresh_hash` is that of the refresh token
    which was exchanged for the current one, at `renewed_at`. `public` and `may_delete` are as with
    codes.
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
    previous_refresh_hash: str | None = None
    renewed_at: datetime | None = None
    earlier_access: tuple[EarlierAccess, ...] = ()
    public: bool = True
    may_delete: bool = False
    used_at: datetime | None = None


class ConsentRequest(Value, frozen=True, kw_only=True):
    """A valid request for a user's consent.

    `words` describe the scopes. `host` is the host that the browser is redirected to;
    `on_this_device` is true if that is the user's own device, where any program could be listening.
    `before` are the scopes that the user has already granted to this app.
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
    """Why a consent request is refused.

    `back` is the URL that reports it to the app, if there is one; `host` is the host to show.
    """

    error: str
    message: str
    hint: str = "Connect again from the app."
    back: str | None = None
    host: str = ""


class Reply(Value, frozen=True, kw_only=True):
    """The response to a request of the client itself."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = {}


class OAuthReads(Protocol):
    """Reads of clients, codes and grants."""

    async def oauth_client(self, client_id: str) -> OAuthClient | None:
        """A registered client."""
        ...

    async def authorization_code(self, code_hash: str) -> AuthorizationCode | None:
        """A code, whether or not it is used or expired."""
        ...

    async def grant(self, grant_id: str) -> Grant | None:
        """A grant, expired or not, unless it was revoked."""
        ...

    async def grants(self, user_id: str) -> tuple[Grant, ...]:
        """The grants of a user, oldest first."""
        ...


class OAuthWrites(Protocol):
    """Writes of clients, codes and grants within a transaction."""

    async def add_oauth_client(self, client: OAuthClient, limit: int) -> bool:
        """Add a client. At the limit, the oldest client without a grant is deleted first.

        Returns:
            False if every client has a grant, so that none can be deleted.
        """
        ...

    async def add_authorization_code(self, code: AuthorizationCode) -> None:
        """Add a code."""
        ...

    async def spend_code(self, code_hash: str, grant_id: str) -> bool:
        """Use a code for a grant; False if it was used before or does not exist."""
        ...

    async def add_grant(self, grant: Grant, limit: int) -> None:
        """Add a grant; if the user has too many, the least recently used one is deleted."""
        ...

    async def renew_grant(self, grant: Grant, instead_of: str) -> bool:
        """Replace a grant's tokens if its refresh hash is still `instead_of`; whether it was."""
        ...

    async def note_grant_use(self, grant_id: str, at: datetime) -> None:
        """Record when a grant was last used."""
        ...

    async def delete_grant(self, grant_id: str) -> bool:
        """Revoke a grant; False if it does not exist."""
        ...

    async def sweep_oauth(self, now: datetime, codes_before: datetime, idle: datetime) -> None:
        """Delete expired grants, codes that expired before a time, and clients without a grant
        that registered, or last got tokens, before `idle`."""
        ...
