"""Tokens: what holds, what does not, and whose role counts."""

import asyncio
import base64
import json
import stat
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from basicchat.accounts.tokens import LOGIN_MINUTES, Authenticator, local_secret
from basicchat.domain.errors import Unauthenticated
from basicchat.domain.secrets import hashed
from basicchat.domain.values import Actor, User
from basicchat.storage.sqlite.store import open_sqlite_store
from basicchat.storage.store import SqlStore
from basicchat.testing.clock import FakeClock

SECRET = "k" * 48
ANN = User(id="ann", name="Ann", role="owner")
BEN = User(id="ben", name="Ben", role="member")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[SqlStore]:
    opened = await open_sqlite_store(tmp_path / "basicchat.db", clock)
    async with opened.transaction() as change:
        for user in (ANN, BEN):
            await change.put_user(user, clock.now())
    yield opened
    await opened.close()


@pytest.fixture
def door(store: SqlStore, clock: FakeClock) -> Authenticator:
    return Authenticator(store, clock, SECRET, token_hours=24)


def claims(clock: FakeClock, **changes: Any) -> dict[str, Any]:
    """The claims of a token that holds, with changes; None leaves a claim out."""
    now = int(clock.now().timestamp())
    whole = {
        "sub": "ann",
        "user_id": "ann",
        "session_id": "s_1",
        "role": "owner",
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def signed(payload: dict[str, Any], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, key, algorithm=algorithm)


async def refused(door: Authenticator, token: str | None) -> str:
    with pytest.raises(Unauthenticated) as caught:
        await door.authenticate(token)
    assert caught.value.hint is not None
    return caught.value.message


async def test_a_token_authenticates_its_user(door: Authenticator, clock: FakeClock) -> None:
    token = door.issue(BEN, "s_7")
    assert await door.authenticate(token) == Actor(user=BEN, session_id="s_7")
    said = jwt.decode(token, options={"verify_signature": False})
    assert (said["sub"], said["user_id"], said["session_id"], said["role"]) == (
        "ben",
        "ben",
        "s_7",
        "member",
    )
    assert said["exp"] - said["iat"] == door.token_seconds == 24 * 3600
    assert jwt.get_unverified_header(token)["alg"] == "HS256"


async def test_a_token_expires(door: Authenticator, clock: FakeClock) -> None:
    day, hour = door.issue(ANN, "s"), door.issue(ANN, "s", hours=1)
    clock.advance(3599)
    await door.authenticate(hour)
    clock.advance(1)
    assert await refused(door, hour) == "The token has expired"
    clock.advance(23 * 3600 - 1)
    await door.authenticate(day)
    clock.advance(1)
    assert await refused(door, day) == "The token has expired"


# what is wrong, what is changed in the claims
WRONG_CLAIMS: list[tuple[str, dict[str, Any]]] = [
    *((f"no {name}", {name: None}) for name in claims(FakeClock())),
    ("expired", {"exp": 1}),
    ("expires never", {"exp": True}),
    ("expires in words", {"exp": "tomorrow"}),
    ("another's user_id", {"user_id": "ben"}),
    ("another's sub", {"sub": "ben"}),
    ("a number as sub", {"sub": 5, "user_id": 5}),
    ("a list as user", {"user_id": ["ann"]}),
    ("nobody", {"sub": "carl", "user_id": "carl"}),
    ("for another audience", {"aud": "another server"}),
    ("not valid yet", {"nbf": 10**11}),
]


async def test_a_token_is_checked_again_though_its_signature_is_cached(
    store: SqlStore, clock: FakeClock
) -> None:
    door = Authenticator(store, clock, SECRET, token_hours=1, remembered=2)
    tokens = [door.issue(BEN, f"s_{number}") for number in range(4)]
    for _ in range(2):
        for number, token in enumerate(tokens):
            assert await door.authenticate(token) == Actor(user=BEN, session_id=f"s_{number}")
    await refused(door, f"{tokens[3].rpartition('.')[0]}.{tokens[2].rpartition('.')[2]}")
    async with store.transaction() as change:
        await change.void_login("s_3", clock.now(), clock.now() + timedelta(hours=1))
    assert await refused(door, tokens[3]) == "The token was revoked"
    clock.advance(3601)
    assert await refused(door, tokens[2]) == "The token has expired"


@pytest.mark.parametrize(("wrong", "changes"), WRONG_CLAIMS, ids=[name for name, _ in WRONG_CLAIMS])
async def test_wrong_claims_are_refused(
    door: Authenticator, clock: FakeClock, wrong: str, changes: dict[str, Any]
) -> None:
    await door.authenticate(signed(claims(clock)))
    await refused(door, signed(claims(clock, **changes)))


def unsigned(payload: dict[str, Any], alg: str) -> str:
    parts = ({"alg": alg, "typ": "JWT"}, payload)
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*coded, b""]).decode()


async def test_wrong_signatures_are_refused(door: Authenticator, clock: FakeClock) -> None:
    good = claims(clock)
    token = signed(good)
    head, body, signature = token.split(".")
    raised = signed(claims(clock, user_id="ben", sub="ben")).split(".")[1]
    table: list[str | None] = [
        None,
        "",
        "x",
        "a.b.c",
        "é😀",
        "\ud800",
        token + "x",
        token[:-2],
        f"{head}.{raised}.{signature}",
        f"{head}.{body}.",
        unsigned(good, "none"),
        unsigned(good, "None"),
        unsigned(good, "HS256"),
        signed(good, "another key that is long enough, too"),
        signed(good, SECRET + "k" * 16, "HS512"),
        jwt.encode(good, None, algorithm="none"),
    ]
    for each in table:
        assert await refused(door, each) in ("Not logged in", "The token is invalid")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=100) | st.lists(st.text(max_size=20), max_size=4).map(".".join))
async def test_any_text_is_refused(door: Authenticator, text: str) -> None:
    await refused(door, text)


async def test_the_role_is_the_one_of_now(
    door: Authenticator, store: SqlStore, clock: FakeClock
) -> None:
    """What a token says of a role is for others to read; the store decides."""
    token = signed(claims(clock, sub="ben", user_id="ben", role="owner"))
    assert (await door.authenticate(token)).user.role == "member"
    async with store.transaction() as change:
        await change.put_user(User(id="ben", name="Ben", role="guest"), clock.now())
    assert (await door.authenticate(token)).user.role == "guest"


async def test_a_login_code_works_once(door: Authenticator, store: SqlStore) -> None:
    code, other = await door.login_code(ANN), await door.login_code(BEN)
    assert code != other
    attempts = await asyncio.gather(*(door.redeem(code) for _ in range(5)), return_exceptions=True)
    assert [each for each in attempts if isinstance(each, User)] == [ANN]
    assert sum(isinstance(each, Unauthenticated) for each in attempts) == 4
    assert await door.redeem(other) == BEN
    for wrong in ("", "x", code, hashed(code)):
        with pytest.raises(Unauthenticated, match="already used or has expired"):
            await door.redeem(wrong)


async def test_a_login_code_expires(door: Authenticator, clock: FakeClock) -> None:
    first, second = await door.login_code(ANN), await door.login_code(ANN)
    clock.advance(timedelta(minutes=LOGIN_MINUTES).total_seconds())
    assert await door.redeem(first) == ANN
    clock.advance(1)
    with pytest.raises(Unauthenticated, match="expired"):
        await door.redeem(second)


def test_the_local_secret_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    made = local_secret(path)
    assert len(made) >= 48
    assert local_secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret"]
    assert local_secret(tmp_path / "other") != made


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: local_secret(path), range(32)))) == 1


@pytest.mark.parametrize("found", ["", "\n"])
def test_an_empty_secret_counts_as_unset(tmp_path: Path, found: str) -> None:
    """A process that was killed while it wrote the key must not leave a key that all know."""
    path = tmp_path / "secret"
    path.write_text(found)
    assert len(local_secret(path)) >= 48
    assert local_secret(path) == path.read_text()
    path.write_text("of the operator's own\n")
    assert local_secret(path) == "of the operator's own"
