"""The part of the store's contract that is about apps."""

from datetime import timedelta
from typing import Any

import msgspec

from basicchat.domain.oauth import AuthorizationCode, Grant, OAuthClient
from basicchat.domain.store import Store
from basicchat.domain.values import User
from basicchat.testing.clock import FakeClock


def client(clock: FakeClock, client_id: str = "app") -> OAuthClient:
    return OAuthClient(
        client_id=client_id,
        name="An app",
        redirect_uris=("http://127.0.0.1/back",),
        auth="none",
        grant_types=("authorization_code",),
        created_at=clock.now(),
    )


def grant(clock: FakeClock, grant_id: str = "g_1", **changes: Any) -> Grant:
    made: dict[str, Any] = {
        "user_id": "ann",
        "client_id": "app",
        "client_name": "An app",
        "redirect_host": "127.0.0.1",
        "scopes": ("read", "write"),
        "resource": "http://127.0.0.1/mcp",
        "access_hash": "a",
        "access_scopes": ("read",),
        "access_expires_at": clock.now() + timedelta(hours=1),
        "created_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=1),
        "refresh_hash": "r",
    }
    return Grant(grant_id=grant_id, **(made | changes))


def code(clock: FakeClock, user_id: str = "ann", code_hash: str = "c") -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=code_hash,
        user_id=user_id,
        client_id="app",
        client_name="An app",
        redirect_uri="http://127.0.0.1/back",
        scopes=("read",),
        resource="http://127.0.0.1/mcp",
        challenge="x",
        expires_at=clock.now() + timedelta(minutes=1),
    )


async def keeps_clients_but_not_too_many(store: Store, clock: FakeClock) -> None:
    """Who has been granted something stays; of the others the oldest goes."""

    async def add(client_id: str) -> bool:
        clock.advance(1)
        async with store.transaction() as change:
            return await change.add_oauth_client(client(clock, client_id), 3)

    assert [await add(name) for name in ("one", "two", "three")] == [True] * 3
    async with store.transaction() as change:
        await change.add_grant(grant(clock, client_id="one"), 10)
    assert await add("four")
    found = [await store.oauth_client(name) for name in ("one", "two", "three", "four")]
    assert [each.client_id if each else None for each in found] == ["one", None, "three", "four"]
    async with store.transaction() as change:
        for name in ("three", "four"):
            await change.add_grant(grant(clock, f"g_{name}", client_id=name), 10)
    assert not await add("five")


async def spends_a_code_once(store: Store, clock: FakeClock) -> None:
    made = code(clock)
    async with store.transaction() as change:
        await change.add_authorization_code(made)
    assert await store.authorization_code("c") == made
    async with store.transaction() as change:
        assert await change.spend_code("c", "g_1")
        assert not await change.spend_code("c", "g_2")
        assert not await change.spend_code("unknown", "g_2")
    spent = await store.authorization_code("c")
    assert spent is not None
    assert spent.grant_id == "g_1"


async def exchanges_a_grants_tokens_once(store: Store, clock: FakeClock) -> None:
    first = grant(clock)
    async with store.transaction() as change:
        await change.add_grant(first, 10)
    assert await store.grant("g_1") == first
    renewed = grant(clock, access_hash="b", refresh_hash="s")
    async with store.transaction() as change:
        assert await change.renew_grant(renewed, "r")
        assert not await change.renew_grant(grant(clock, refresh_hash="t"), "r")
    assert await store.grant("g_1") == renewed
    async with store.transaction() as change:
        await change.note_grant_use("g_1", clock.now())
    used = await store.grant("g_1")
    assert used is not None
    assert used.used_at == clock.now()
    async with store.transaction() as change:
        assert await change.delete_grant("g_1")
        assert not await change.delete_grant("g_1")
        assert not await change.renew_grant(renewed, "s")
    assert await store.grants("ann") == ()


async def keeps_the_grants_of_each_user_apart(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        for number in range(5):
            clock.advance(1)
            await change.add_grant(grant(clock, f"g_{number}"), 3)
            if number == 2:
                clock.advance(1)
                await change.note_grant_use("g_0", clock.now() + timedelta(hours=1))
        await change.add_grant(grant(clock, "g_ben", user_id="ben"), 3)
    assert [each.grant_id for each in await store.grants("ann")] == ["g_0", "g_3", "g_4"]
    assert [each.grant_id for each in await store.grants("ben")] == ["g_ben"]


async def ends_what_apps_have_with_the_user(store: Store, clock: FakeClock) -> None:
    async def give() -> None:
        async with store.transaction() as change:
            await change.put_user(User(id="carl", name="Carl", role="member"), clock.now())
            await change.add_grant(grant(clock, user_id="carl"), 10)
            await change.add_authorization_code(code(clock, "carl"))

    for how in ("void", "retire", "delete"):
        await give()
        async with store.transaction() as change:
            if how == "void":
                await change.void_tokens("carl", clock.now())
            elif how == "retire":
                await change.retire_user("carl")
            else:
                await change.delete_user("carl")
        assert await store.grants("carl") == (), how
        assert await store.authorization_code("c") is None, how


async def sweeps_what_has_expired(store: Store, clock: FakeClock) -> None:
    async with store.transaction() as change:
        await change.add_oauth_client(client(clock, "idle"), 10)
        await change.add_oauth_client(client(clock, "app"), 10)
        await change.add_grant(grant(clock, "g_short", client_id="gone"), 10)
        await change.add_grant(grant(clock, expires_at=clock.now() + timedelta(days=9)), 10)
        await change.add_authorization_code(code(clock))
    clock.advance(2 * 86400)
    now = clock.now()
    async with store.transaction() as change:
        await change.sweep_oauth(now, now - timedelta(days=3), now - timedelta(days=3))
    assert [each.grant_id for each in await store.grants("ann")] == ["g_1"]
    assert await store.authorization_code("c") is not None
    assert await store.oauth_client("idle") is not None
    async with store.transaction() as change:
        await change.sweep_oauth(now, now, now)
    assert await store.authorization_code("c") is None
    assert await store.oauth_client("idle") is None
    assert await store.oauth_client("app") is not None


async def remembers_clients_that_had_tokens_lately(store: Store, clock: FakeClock) -> None:
    """So that an app which was disconnected can come again."""
    start = clock.now()
    async with store.transaction() as change:
        for name in ("never", "once", "lately"):
            await change.add_oauth_client(client(clock, name), 10)
    clock.advance(86400)
    async with store.transaction() as change:
        await change.add_grant(grant(clock, "g_once", client_id="once"), 10)
        await change.add_grant(grant(clock, "g_lately", client_id="lately"), 10)
    first = await store.grant("g_lately")
    assert first is not None
    clock.advance(86400)
    renewed = msgspec.structs.replace(first, refresh_hash="s", used_at=clock.now())
    async with store.transaction() as change:
        assert await change.renew_grant(renewed, "r")
        for name in ("g_once", "g_lately"):
            await change.delete_grant(name)
    for days, left in ((0.5, ["once", "lately"]), (1.5, ["lately"]), (2.5, [])):
        async with store.transaction() as change:
            await change.sweep_oauth(clock.now(), start, start + timedelta(days=days))
        found = [await store.oauth_client(name) for name in ("never", "once", "lately")]
        assert [each.client_id for each in found if each] == left


OAUTH_CHECKS = [
    remembers_clients_that_had_tokens_lately,
    keeps_clients_but_not_too_many,
    spends_a_code_once,
    exchanges_a_grants_tokens_once,
    keeps_the_grants_of_each_user_apart,
    ends_what_apps_have_with_the_user,
    sweeps_what_has_expired,
]
