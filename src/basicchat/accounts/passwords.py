"""Passwords, hashed with argon2id in threads, a few at a time."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from basicchat.accounts.fair_slots import FairSlots, TooManyWaiting
from basicchat.domain.errors import InvalidInput, RateLimited

T = TypeVar("T")
MIN_LENGTH, MAX_LENGTH = 8, 1024
# Each hash takes the memory of `HashCost`, and 0.1 s of a core.
MAX_PARALLEL_HASHES = 2
# Requests may wait for some seconds; those from one address for each other only.
MAX_WAITING_HASHES = 1024
MAX_WAITING_PER_ORIGIN = 128


class HashCost(msgspec.Struct, frozen=True):
    """What one hash costs, the second recommendation of RFC 9106, 4: without it, guessing is cheap.

    Attributes:
        passes: over the memory.
        memory_kib: memory of one hash.
        lanes: threads that may compute it.
    """

    passes: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


STRONG = HashCost()


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
    """Hashes and verifies passwords, with limits on parallel and on waiting requests.

    Args:
        cost: of new hashes; each hash is verified at the cost it was made with.
    """

    def __init__(self, cost: HashCost = STRONG) -> None:
        self._cost = cost
        self._slots = FairSlots(
            MAX_PARALLEL_HASHES,
            max_per_key=MAX_WAITING_PER_ORIGIN,
            max_waiting=MAX_WAITING_HASHES,
        )
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

    async def verify(self, password: str, password_hash: str | None, origin: str = "") -> bool:
        """Whether the password matches the hash.

        Takes the same time if there is no hash, so that timing does not reveal who has an account.

        Args:
            origin: where the request comes from; origins take turns.

        Raises:
            RateLimited: too many requests are waiting.
        """
        return await self._in_thread(
            lambda: self._verify(password[:MAX_LENGTH], password_hash), origin
        )

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

            cost = self._cost
            hasher = Argon2Hasher(cost.passes, cost.memory_kib, cost.lanes)
            self._hasher = PasswordHash((hasher,))
        return self._hasher

    async def _in_thread(self, work: Callable[[], T], origin: str = "") -> T:
        try:
            async with self._slots.slot(origin):
                return await asyncio.to_thread(work)
        except TooManyWaiting:
            raise RateLimited(
                "Too many people are logging in right now", retry_after_ms=2000, reason="login_busy"
            ) from None
