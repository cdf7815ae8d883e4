"""Tokens: JWTs for sessions and scripts, API keys, tokens of apps, one-time login codes."""

import hmac
import math
import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

import jwt
import msgspec

from basicchat.accounts.keys import PREFIX, Keys
from basicchat.accounts.oauth.external import ExternalTokens
from basicchat.accounts.oauth.grants import ACCESS, Grants
from basicchat.accounts.secrets import local_secret
from basicchat.domain.errors import Forbidden, Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.secrets import hashed
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, User

ALGORITHM = "HS256"
CLAIMS = ["sub", "user_id", "session_id", "role", "iat", "exp"]
LOGIN_MINUTES = 15
# Who has shown an app's token may go on while the app renews it, but shows one again within a day.
SHOWN_HOURS = 24.0
HINT = "Log in again: open the link that `basicchat login` prints."
AGAIN = "Connect the app again."


class Authenticator:
    """The one place where a token, a key or a code becomes an actor.

    Args:
        secret: signs tokens, at least 32 characters.
        grants: what apps were granted here.
        external: what makes actors of the tokens of an authorisation server elsewhere.
        previous: signed tokens before `secret` did; what it signed still holds.
        token_hours: how long a token is valid.
        remembered: tokens whose signature was found right; checking one takes longer than all
            else that a hello does.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secret: str,
        *,
        token_hours: float,
        previous: str | None = None,
        remembered: int = 10_000,
        grants: Grants | None = None,
        external: ExternalTokens | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._previous = previous
        self._hours = token_hours
        self._remembered = remembered
        self._signed: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._grants = grants
        self.external = external
        self.keys = Keys(store, clock)

    @property
    def token_seconds(self) -> int:
        """How long a token is valid."""
        return int(self._hours * 3600)

    def issue(self, user: User, session_id: str, hours: float | None = None) -> str:
        """Make a JWT for a user."""
        # With its fraction, so that a login right after "log out everywhere" holds.
        now = self._clock.now().timestamp()
        claims = {
            "sub": user.id,
            "user_id": user.id,
            "session_id": session_id,
            "role": user.role,
            "iat": now,
            "exp": now + (hours or self._hours) * 3600,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def derived(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose, from which nobody can tell the secret itself."""
        return hmac.digest(self._secret.encode(), purpose, "sha256")

    def log_in(self, user: User) -> str:
        """Make the token of a new login."""
        return self.issue(user, f"s_{secrets.token_hex(12)}")

    async def authenticate(self, token: str | None, audience: str | None = None) -> Actor:
        """The actor that a token or key stands for, with the role that they have now.

        Args:
            audience: path of the resource that is asked, where apps may ask: tokens of theirs
                hold only there, and only if they were made for it.

        Raises:
            Unauthenticated: there is no token, it does not hold, or its user is gone.
            Forbidden: the user is suspended.
        """
        if not token:
            raise Unauthenticated("Not logged in", hint=HINT)
        if token.startswith(ACCESS):
            return await self._by_grant(token, audience)
        external = self.external
        if external is not None and audience is not None and external.may_be(token):
            account, actor = await external.actor(token)
            admitted(account.user)
            return actor
        return await (self._by_key(token) if token.startswith(PREFIX) else self._by_jwt(token))

    async def again(
        self, token: str, audience: str | None, actor: Actor, shown_at: datetime
    ) -> Actor:
        """The actor of a token that was shown before, and that what lasts goes on with.

        It has to hold still. But an app's token of ours is void as soon as the app has renewed it,
        in the midst of what it does: so of these, the grant has to hold a token, whichever, with
        the same scopes. That is not enough for ever: else who has stolen a token would be there
        for as long as the app is.

        Args:
            actor: whom it stood for.
            shown_at: when it was.

        Raises:
            Unauthenticated: it does not hold any more, nor does what came after it.
            Forbidden: the user is suspended.
        """
        if not token.startswith(ACCESS) or self._grants is None or actor.key_id is None:
            return await self.authenticate(token, audience)
        grant, now = await self._store.grant(actor.key_id), self._clock.now()
        account = await self._store.account(user_id=actor.user.id)
        shown_lately = now - shown_at < timedelta(hours=SHOWN_HOURS)
        holds = grant is not None and (
            grant.user_id == actor.user.id
            and grant.access_expires_at > now
            and grant.access_scopes == actor.scopes
        )
        if account is None or not holds or not shown_lately:
            raise Unauthenticated("The token has ended, or was taken back", hint=AGAIN)
        return msgspec.structs.replace(actor, user=admitted(account.user))

    async def _by_grant(self, token: str, audience: str | None) -> Actor:
        grant = None
        if self._grants is not None and audience is not None:
            grant = await self._grants.find(token, audience)
        account = await self._store.account(user_id=grant.user_id) if grant else None
        if self._grants is None or grant is None or account is None:
            raise Unauthenticated("The token does not hold here", hint=AGAIN)
        user = admitted(account.user)
        await self._grants.note_use(grant)
        return Actor(
            user=user,
            session_id=grant.grant_id,
            key_id=grant.grant_id,
            client_id=grant.client_id,
            scopes=grant.access_scopes,
        )

    async def _by_key(self, text: str) -> Actor:
        key = await self.keys.find(text)
        if key is not None:
            await self.keys.note_use(key)
        account = await self._store.account(user_id=key.user_id) if key else None
        if key is None or account is None:
            raise Unauthenticated(
                "The key does not hold", hint="Make another: `basicchat token create`."
            )
        return Actor(
            user=admitted(account.user),
            session_id=f"k_{key.key_id}",
            key_id=key.key_id,
            scopes=key.scopes,
        )

    async def _by_jwt(self, token: str) -> Actor:
        claims = self._claims(token)
        expires, issued = claims["exp"], claims["iat"]
        if not _is_moment(expires) or expires <= self._clock.now().timestamp():
            raise Unauthenticated("The token has expired", hint=HINT)
        account = await self._store.account(user_id=str(claims["user_id"]))
        if account is None or claims["sub"] != claims["user_id"] or not _is_moment(issued):
            raise Unauthenticated("The token does not hold", hint=HINT)
        if account.tokens_after is not None and issued < account.tokens_after.timestamp():
            raise Unauthenticated("The token was voided", hint=HINT)
        session_id = str(claims["session_id"])
        if await self._store.login_voided(session_id):
            raise Unauthenticated("The token was voided", hint=HINT)
        return Actor(user=admitted(account.user), session_id=session_id)

    async def log_out(self, token: str, actor: Actor) -> None:
        """Void this login's tokens, also those that were renewed; keys go on.

        Args:
            token: what the actor has just been authenticated by.
        """
        if token.startswith(PREFIX):
            return
        now, expires = self._clock.now(), self._claims(token)["exp"]
        # None of them holds longer: no more are made from now on.
        longest = max(expires - now.timestamp(), self._hours * 3600)
        until = now + timedelta(seconds=longest + 1)
        async with self._store.transaction() as change:
            await change.void_login(actor.session_id, now, until)
            await change.record_access([actor.user.id], now)

    def _claims(self, token: str) -> dict[str, Any]:
        """What a token claims, if it was signed here; whether it still holds is asked each time."""
        known = self._signed.get(token)
        if known is None:
            known = self._signed[token] = self._verified(token)
            if len(self._signed) > self._remembered:
                self._signed.popitem(last=False)
        else:
            self._signed.move_to_end(token)
        return known

    def _verified(self, token: str) -> dict[str, Any]:
        wrong: Exception | None = None
        for secret in filter(None, (self._secret, self._previous)):
            try:
                return jwt.decode(
                    token,
                    secret,
                    algorithms=[ALGORITHM],
                    options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
                )
            except (jwt.InvalidTokenError, UnicodeError) as error:
                wrong = wrong or error
        raise Unauthenticated("The token does not hold", hint=HINT) from wrong

    async def login_code(self, user: User) -> str:
        """Make a code that logs a user in once, within a quarter of an hour."""
        code = secrets.token_urlsafe(32)
        lapses = self._clock.now() + timedelta(minutes=LOGIN_MINUTES)
        async with self._store.transaction() as change:
            await change.put_login_code(hashed(code), user.id, lapses)
        return code

    async def redeem(self, code: str) -> User:
        """Use up a login code.

        Raises:
            Unauthenticated: it is unknown, used or lapsed.
            Forbidden: the user is suspended.
        """
        async with self._store.transaction() as change:
            user_id = await change.take_login_code(hashed(code), self._clock.now())
        account = await self._store.account(user_id=user_id) if user_id else None
        if account is None:
            raise Unauthenticated("This login link has been used or has lapsed", hint=HINT)
        return admitted(account.user)


def admitted(user: User) -> User:
    """The user, who must not be suspended: every way in leads through here.

    Raises:
        Forbidden: they are.
    """
    if user.status != "active":
        raise Forbidden("This account is suspended", hint="Ask an administrator of this server.")
    return user


def _is_moment(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


__all__ = ["CLAIMS", "LOGIN_MINUTES", "Authenticator", "admitted", "local_secret"]
