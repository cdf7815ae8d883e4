"""How passwords are hashed, and how many at a time."""

import asyncio

import pytest

from basicchat.accounts import passwords
from basicchat.accounts.passwords import HashCost, Passwords
from basicchat.domain.errors import InvalidInput

CHEAP = HashCost(passes=1, memory_kib=8, lanes=1)
PASSWORD = "correct horse battery"


async def test_hashes_are_strong_by_default() -> None:
    """The second recommendation of RFC 9106, section 4."""
    strong = Passwords()
    made = await strong.hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await strong.verify(PASSWORD, made)
    assert not await strong.verify(PASSWORD + "x", made)


async def test_a_hash_is_verified_at_the_cost_it_was_made_with() -> None:
    made = await Passwords(CHEAP).hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await Passwords(HashCost(passes=2, memory_kib=16, lanes=1)).verify(PASSWORD, made)


async def test_a_missing_account_costs_as_much_as_a_wrong_password() -> None:
    """Otherwise the time would say which accounts there are."""
    hasher = Passwords(CHEAP)
    assert not await hasher.verify(PASSWORD, None)
    assert (hasher._decoy or "").startswith("$argon2id$v=19$m=8,t=1,p=1$")


@pytest.mark.parametrize("password", ["", "x" * 7, "x" * 1025])
async def test_unsuitable_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        await Passwords(CHEAP).hash(password)


async def test_many_logins_at_once_are_bounded() -> None:
    hasher = Passwords(CHEAP)
    places = passwords.MAX_PARALLEL_HASHES + passwords.MAX_WAITING_PER_ORIGIN
    outcomes = await asyncio.gather(
        *(hasher.verify("x", None) for _ in range(places + 70)), return_exceptions=True
    )
    kinds = [type(each).__name__ for each in outcomes]
    # On a busy machine, the first ones may have ended before the last ones begin.
    assert places <= kinds.count("bool") < places + 70
    assert kinds.count("bool") + kinds.count("RateLimited") == places + 70
    assert await hasher.verify("x", None) is False
