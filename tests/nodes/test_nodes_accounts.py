"""Ways in that begin on one node and end on the other."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from support.oauth_apps import app_of, browser
from support.servers import RunningServer, WireFailure, eventually
from support.users import PASSWORD, Person, key_of

CSRF = {"x-basicchat": "1"}


def at(whose: Person, node: RunningServer) -> Person:
    """The same user, at one node."""
    return replace(whose, server=node)


async def log_in(node: RunningServer, name: str, password: str) -> httpx2.Response:
    """A login at a node."""
    async with node.http(headers=CSRF) as client:
        return await client.post("/api/login", json={"name": name, "password": password})


async def test_links_and_invitations_of_one_node_are_used_up_on_the_other(
    server: RunningServer, ada: Person
) -> None:
    one, other = server.nodes
    code = await one.app.services.authenticator.login_code(ada.user)
    for node, is_valid in ((other, True), (one, False)):
        async with node.http() as client:
            answer = await client.get(f"/login?code={code}")
        assert (server.cookie in answer.cookies) is is_valid
    room = (await at(ada, one).call("rooms.create", name="Bees"))["room_id"]
    made = await at(ada, one).call("invitations.create", room_id=room, uses=1)
    body: dict[str, Any] = {"code": made["code"], "name": "Cyd", "password": PASSWORD}
    async with other.http(headers=CSRF) as client:
        assert (await client.post("/api/invitations/accept", json=body)).status_code == 200
    async with one.http(headers=CSRF) as client:
        again = await client.post("/api/invitations/accept", json=body | {"name": "Dan"})
        assert again.status_code != 200
    assert (await log_in(one, "Cyd", PASSWORD)).status_code == 200


async def test_failed_logins_count_on_all_nodes(server: RunningServer, ada: Person) -> None:
    limit = server.app.settings.limits.login_attempts
    for number in range(limit):
        node = server.nodes[number % 2]
        assert (await log_in(node, "Ada", "wrong password")).status_code == 401
    for node in server.nodes:
        assert (await log_in(node, "Ada", "wrong password")).status_code == 429


async def test_an_app_is_connected_step_by_step_on_another_node_each(
    server: RunningServer, ada: Person
) -> None:
    app = await app_of(server)
    async with browser(ada) as tab, browser(ada) as other_tab:
        query = app.query()
        page = (await tab.open(query)).text
        assert (await other_tab.press(page, "allow")).status_code == 200
        # The page's ticket is used up everywhere, and so is the code.
        for _ in range(2):
            assert (await tab.press(page, "allow")).status_code >= 400
        answer = await tab.consent(query)
    tokens = (await app.exchange(answer["code"])).json()
    assert [await is_admitted(node, tokens["access_token"]) for node in server.nodes] == [True] * 2
    for _ in range(2):
        assert (await app.exchange(answer["code"])).is_error
    # Which took back what the code was exchanged for.
    assert not await is_admitted(server, tokens["access_token"])
    first = await app.connect(ada)
    # Within the reuse window the answer is the same, whichever node gives it.
    renewed = [(await app.refresh(first["refresh_token"])).json() for _ in range(2)]
    assert renewed[0]["refresh_token"] == renewed[1]["refresh_token"]
    access = renewed[0]["access_token"]
    assert [await is_admitted(node, access) for node in server.nodes] == [True] * 2
    assert (await app.revoke(renewed[0]["refresh_token"])).status_code == 200
    assert [await is_admitted(node, access) for node in server.nodes] == [False] * 2
    assert server.balancer is not None
    assert min(server.balancer.served.values()) >= 6


async def is_admitted(node: RunningServer, token: str) -> bool:
    """Whether MCP at a node takes a token, in a request that its own address does not matter to."""
    async with node.http(headers={"authorization": f"Bearer {token}"}) as client:
        return (await client.get("/mcp", headers={"accept": "text/plain"})).status_code != 401


@pytest.mark.parametrize("how", ["key", "suspended", "logged out"])
async def test_access_that_one_node_takes_ends_what_the_other_serves(
    server: RunningServer, ada: Person, how: str
) -> None:
    one, other = server.nodes
    key = await key_of(at(ada, one), "read", "write")
    boss = Person(one, server.app.owner, server.token())
    user = key if how == "key" else ada
    async with at(user, other).talk() as talk:
        run = await talk.call("stream_request", query="It waits")
        if how == "key":
            key_id = key.token.split("_")[1]
            await at(ada, one).call("keys.revoke", key_id=key_id)
        elif how == "suspended":
            await boss.call("users.update", user_id=ada.user.id, status="suspended")
        else:
            await boss.call("session.logout_everywhere", user_id=ada.user.id)
        assert await talk.close_code() == (4403 if how == "suspended" else 4401)
    live_runs = other.app.services.live_runs
    if how != "logged out":
        await eventually(lambda: live_runs.find(run["run_id"]) is None)
    with pytest.raises(WireFailure):
        await at(user, one).call("rooms.list")
