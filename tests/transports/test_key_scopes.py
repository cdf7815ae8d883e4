"""A key never has a scope above its owner's role, whatever becomes of the role."""

import pytest

from basicchat.domain.accounts import ApiKey
from basicchat.domain.values import ServerRole
from support.servers import RunningServer
from support.users import Person, key_of, owner, person


async def scopes(server: RunningServer, whose: Person) -> list[tuple[str, ...]]:
    return [key.scopes for key in await server.app.store.api_keys(whose.user.id)]


@pytest.mark.parametrize("role", ["member", "guest"])
async def test_a_key_with_a_scope_above_the_role_is_refused(
    server: RunningServer, role: ServerRole
) -> None:
    ann = await person(server, "Ann", role)
    by = ann if role == "member" else owner(server)
    asked = {"label": "x", "scopes": ["read", "admin"], "user_id": ann.user.id}
    assert await by.fails("keys.create", **asked) == "forbidden"
    assert await scopes(server, ann) == []
    made = await by.call("keys.create", **(asked | {"scopes": ["read", "write"]}))
    assert made["key"]["scopes"] == ["read", "write"]


async def test_a_key_gains_nothing_by_a_promotion(server: RunningServer) -> None:
    boss, ann = owner(server), await person(server, "Ann", "admin")
    key = await key_of(ann, "read", "admin")
    assert await key.call("users.list")
    for role in ("member", "admin"):
        await boss.call("users.update", user_id=ann.user.id, role=role)
        assert await key.fails("users.update", user_id=ann.user.id, role="guest") == "forbidden"
        assert await scopes(server, ann) == [("read",)]


async def test_an_older_key_above_its_role_gains_nothing_either(server: RunningServer) -> None:
    """Earlier versions created such keys."""
    boss, ann = owner(server), await person(server, "Ann", "member")
    key = await key_of(ann, "read")
    (stored,) = await server.app.store.api_keys(ann.user.id)
    fields = {name: getattr(stored, name) for name in ApiKey.__struct_fields__}
    async with server.app.store.transaction() as change:
        await change.put_api_key(ApiKey(**(fields | {"scopes": ("read", "admin")})))
    actor = await server.app.services.authenticator.authenticate(key.token)
    assert actor.scopes == ("read",)
    await boss.call("users.update", user_id=ann.user.id, role="owner")
    assert await scopes(server, ann) == [("read",)]
    actor = await server.app.services.authenticator.authenticate(key.token)
    assert actor.scopes == ("read",)
