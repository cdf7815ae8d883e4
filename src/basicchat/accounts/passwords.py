"""Passwords: hashed with argon2id, away from the event loop, a few at a time."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from basicchat.domain.errors import InvalidInput, RateLimited

T = TypeVar("T")
SHORTEST, LONGEST = 8, 1024
# Each takes some 64 MiB and a tenth of a second of a core.
AT_ONCE = 2
MOST_WAITING = 32


def checked(password: str) -> str:
    """The password, if it may be one.

    Raises:
        InvalidInput: too short, or too long to be worth hashing.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"password: {SHORTEST} to {LONGEST} characters",
            field="password",
            hint="A few words that nobody would put together are good, and easy to keep in mind.",
        )
    return password


def made() -> str:
    """A random password, 95 bits strong, of characters that are told apart easily."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


class Passwords:
    """Hashes and verifies; at most a few at a time, and not too many waiting."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._hasher: Any = None
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to keep of a new password."""
        plain = checked(password)
        return await self._away(lambda: str(self._hashing().hash(plain)))

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether this is the password.

        Takes the same time if there is none, so that nobody learns who has an account.
        """
        return await self._away(lambda: self._verify(password[:LONGEST], kept))

    def _verify(self, password: str, kept: str | None) -> bool:
        hasher = self._hashing()
        if kept is None and self._decoy is None:
            self._decoy = hasher.hash(made())
        holds = bool(hasher.verify(password, kept or self._decoy))
        return holds and kept is not None

    def _hashing(self) -> Any:
        if self._hasher is None:
            from pwdlib import PasswordHash  # noqa: PLC0415
            from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415

            self._hasher = PasswordHash((Argon2Hasher(),))
        return self._hasher

    async def _away(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise RateLimited("Too many people are logging in at once", retry_after_ms=2000)
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
