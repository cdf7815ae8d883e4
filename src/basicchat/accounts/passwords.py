"""Passwords, hashed with argon2id in threads, a few at a time."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from basicchat.domain.errors import InvalidInput, RateLimited

T = TypeVar("T")
MIN_LENGTH, MAX_LENGTH = 8, 1024
# Each hash takes about 64 MiB and 0.1 s of a core.
MAX_PARALLEL_HASHES = 2
MAX_WAITING_HASHES = 32


def checked(password: str) -> str:
    """The password, if it is acceptable.

    Raises:
        InvalidInput: it is too short or too long.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise InvalidInput(
            f"password: must have {MIN_LENGTH} to {MAX_LENGTH} characters",
            field="password",
            hint="Several unrelated words are strong and easy to remember.",
            reason="password_length",
            params={"min_length": MIN_LENGTH, "max_length": MAX_LENGTH},
        )
    return password


def generate() -> str:
    """Generate a random password with 95 bits of entropy, without easily confused characters."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


class Passwords:
    """Hashes and verifies passwords, with limits on parallel and on waiting requests."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(MAX_PARALLEL_HASHES)
        self._waiting = 0
        self._hasher: Any = None
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """Hash a new password.

        Raises:
            InvalidInput: it is too short or too long.
            RateLimited: too many requests are waiting.
        """
        plain = checked(password)
        return await self._in_thread(lambda: str(self._load_hasher().hash(plain)))

    async def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the password matches the hash.

        Takes the same time if there is no hash, so that timing does not reveal who has an account.

        Raises:
            RateLimited: too many requests are waiting.
        """
        return await self._in_thread(lambda: self._verify(password[:MAX_LENGTH], password_hash))

    def _verify(self, password: str, password_hash: str | None) -> bool:
        hasher = self._load_hasher()
        if password_hash is None and self._decoy is None:
            self._decoy = hasher.hash(generate())
        matches = bool(hasher.verify(password, password_hash or self._decoy))
        return matches and password_hash is not None

    def _load_hasher(self) -> Any:
        if self._hasher is None:
            from pwdlib import PasswordHash  # noqa: PLC0415
            from pwdlib.hashers.argon2 import Argon2Hasher  # noqa: PLC0415

            self._hasher = PasswordHash((Argon2Hasher(),))
        return self._hasher

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING_HASHES:
            raise RateLimited(
                "Too many people are logging in right now", retry_after_ms=2000, reason="login_busy"
            )
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1
