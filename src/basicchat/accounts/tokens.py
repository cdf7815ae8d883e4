"""Tokens: JWTs for sessions and scripts, one-time login codes, resume tokens."""

import hashlib
import os
import secrets
from datetime import timedelta
from pathlib import Path

import jwt

from basicchat.domain.errors import Unauthenticated
from basicchat.domain.ports import Clock
from basicchat.domain.store import Store
from basicchat.domain.values import Actor, User

ALGORITHM = "HS256"
CLAIMS = ["sub", "user_id", "session_id", "role", "iat", "exp"]
LOGIN_MINUTES = 15
HINT = "Log in again: open the link that `basicchat login` prints."


def hashed(secret: str) -> str:
    """SHA-256 in hexadecimal: how random secrets are kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def local_secret(path: Path) -> str:
    """The key of this data folder, made on first use and readable by its owner alone."""
    known = _read(path)
    if known:
        return known
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(48)
    # Written whole under another name first: an empty or half-written key would be a known key.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(made)
        _publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return _read(path)


def _publish(draft: Path, path: Path) -> None:
    """Give the draft its name, unless another process was faster."""
    try:
        path.hardlink_to(draft)
    except OSError:
        # The name is taken, perhaps by an empty file; or the file system knows no hard links.
        if not _read(path):
            draft.replace(path)


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return ""


class Authenticator:
    """The one place where a token becomes an actor."""

    def __init__(self, store: Store, clock: Clock, secret: str, *, token_hours: float) -> None:
        self._store = store
        self._clock = clock
        self._secret = secret
        self._hours = token_hours

    @property
    def token_seconds(self) -> int:
        """How long a token is valid."""
        return int(self._hours * 3600)

    def issue(self, user: User, session_id: str, hours: float | None = None) -> str:
        """Make a JWT for a user."""
        now = self._clock.now()
        claims = {
            "sub": user.id,
            "user_id": user.id,
            "session_id": session_id,
            "role": user.role,
            "iat": now,
            "exp": now + timedelta(hours=hours or self._hours),
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    async def authenticate(self, token: str | None) -> Actor:
        """The actor that a token stands for, with the role that they have now.

        Raises:
            Unauthenticated: there is no token, it does not hold, or its user is gone.
        """
        if not token:
            raise Unauthenticated("Not logged in", hint=HINT)
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                options={"require": CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except (jwt.InvalidTokenError, UnicodeError) as wrong:
            raise Unauthenticated("The token does not hold", hint=HINT) from wrong
        if not isinstance(claims["exp"], int) or claims["exp"] <= self._clock.now().timestamp():
            raise Unauthenticated("The token has expired", hint=HINT)
        user = await self._store.user(str(claims["user_id"]))
        if user is None or claims["sub"] != claims["user_id"]:
            raise Unauthenticated("The token does not hold", hint=HINT)
        return Actor(user=user, session_id=str(claims["session_id"]))

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
        """
        async with self._store.transaction() as change:
            user_id = await change.take_login_code(hashed(code), self._clock.now())
        user = await self._store.user(user_id) if user_id else None
        if user is None:
            raise Unauthenticated("This login link has been used or has lapsed", hint=HINT)
        return user
