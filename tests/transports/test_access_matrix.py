"""The permission matrix, held by every transport: actor × verb × thing."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest

from basicchat.accounts.permissions import ALLOWED, SCOPE_OF, Kind, Relation, Verb
from basicchat.domain.values import ServerRole
from basicchat.transports.memory import CallError, MemoryClient
from support.servers import RunningServer, WireFailure, running, settings_for
from support.users import Person, key_of, person, put_member, rpc, upload

Ask = Callable[[str, Mapping[str, Any]], Any]


@asynccontextmanager
async def over_websocket(who: Person) -> AsyncIterator[Ask]:
    async with who.talk() as talk:

        async def ask(method: str, params: Mapping[str, Any]) -> Any:
            return await talk.call(method, **params)

        yield ask


@asynccontextmanager
async def over_compact_websocket(who: Person) -> AsyncIterator[Ask]:
    async with who.server.socket(additional_headers=who.bearer) as talk:

        async def ask(method: str, params: Mapping[str, Any]) -> Any:
            await talk.send({"type": method, "id": 1, **params})
            while (frame := await talk.receive())["type"] not in ("response", "error"):
                pass
            if frame["type"] == "error":
                raise WireFailure(frame["error"])
            return frame["result"]

        yield ask


@asynccontextmanager
async def over_http(who: Person) -> AsyncIterator[Ask]:
    async with who.http() as client:
        yield lambda method, params: rpc(client, method, params)


@asynccontextmanager
async def over_memory(who: Person) -> AsyncIterator[Ask]:
    client = MemoryClient(who.server.app.server_context.connect, who.token)

    async def ask(method: str, params: Mapping[str, Any]) -> Any:
        try:
            return await client.call(method, dict(params))
        except CallError as failed:
            raise WireFailure(
                {"message": failed.error.message, "data": {"kind": failed.error.data.kind}}
            ) from failed

    try:
        yield ask
    finally:
        await client.close()


TRANSPORTS: dict[str, Callable[[Person], AbstractAsyncContextManager[Ask]]] = {
    "websocket": over_websocket,
    "compact": over_compact_websocket,
    "http": over_http,
    "memory": over_memory,
}

# What shows a verb on a kind of thing; "$id" is the thing's. None of these changes the thing.
ON_THINGS: dict[tuple[Kind, Verb], tuple[str, dict[str, Any]]] = {
    ("room", "see"): ("messages.list", {"room_id": "$id"}),
    ("room", "write"): ("query", {"room_id": "$id", "query": "hello", "reasoning_mode": "wild"}),
    ("room", "manage"): ("rooms.update", {"room_id": "$id", "name": "Same"}),
    ("run", "see"): ("runs.get", {"run_id": "$id"}),
    ("run", "write"): ("runs.cancel", {"run_id": "$id"}),
    ("message", "write"): ("messages.regenerate", {"message_id": "$id"}),
    ("collection", "see"): ("collections.get", {"collection_id": "$id"}),
    ("collection", "write"): (
        "documents.add",
        {"name": "x.txt", "text": "x", "collection_id": "$id"},
    ),
    ("collection", "manage"): ("collections.update", {"collection_id": "$id"}),
    ("document", "see"): ("documents.get", {"document_id": "$id"}),
    ("document", "manage"): ("documents.update", {"document_id": "$id"}),
    ("task", "see"): ("tasks.get", {"task_id": "$id"}),
    ("task", "manage"): ("tasks.cancel", {"task_id": "$id"}),
}
# What shows that one may do something on the server at all.
ON_SERVER: dict[Verb, tuple[str, dict[str, Any]]] = {
    "see": ("rooms.list", {}),
    "start": ("rooms.create", {}),
    "use_tools": ("tool_execution", {"name": "calculator", "arguments": {"expression": "1"}}),
    "look_up": ("users.list", {}),
    "make_keys": ("keys.list", {}),
    "invite": ("invitations.list", {}),
    "administer": ("users.delete", {"user_id": "u_unknown"}),
}
ROOM_KINDS = ("room", "run", "message")
# The roles that members of the room have in the collection, and so for its documents.
COLLECTION_KINDS = ("collection", "document")
COLLECTION_ROLES: dict[str, Relation] = {"owner": "owner", "member": "editor", "viewer": "viewer"}
PASSED = {"done", "invalid_params", "conflict"}


@dataclass
class Place:
    """A server with somebody for every role and relation, and a thing of every kind."""

    server: RunningServer
    people: dict[str, Person]
    things: dict[str, str]


async def _things(server: RunningServer, whose: Person) -> dict[str, str]:
    started = await whose.call("query", query="Why do bees dance?")
    created = await whose.call("collections.create", name="Bees")
    collection_id = created["collection"]["collection_id"]
    async with whose.http() as client:
        arrival = (await upload(client, "bees.txt", b"Bees dance.", collection_id)).json()
    await server.app.services.jobs.wait([arrival["task_id"]])
    return {
        "room": started["room_id"],
        "run": started["run_id"],
        "message": started["message_id"],
        "collection": collection_id,
        "document": arrival["document_id"],
        "task": arrival["task_id"],
    }


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    async with running(settings_for(folder)) as server:
        people = {role: await person(server, f"a {role}", role) for role in get_args(ServerRole)}
        for relation in ("room-owner", "room-member", "room-viewer"):
            people[relation] = await person(server, relation)
        things = await _things(server, people["room-owner"])
        for relation in ("member", "viewer"):
            whose = people[f"room-{relation}"]
            await put_member(server, things["room"], whose, relation)
            await people["room-owner"].call(
                "collections.share",
                collection_id=things["collection"],
                user_id=whose.user.id,
                role=COLLECTION_ROLES[relation],
            )
        yield Place(server, people, things)


async def outcome(ask: Ask, method: str, params: Mapping[str, Any]) -> str:
    try:
        await ask(method, params)
    except WireFailure as failed:
        return failed.kind
    return "done"


def relation_of(who: str, kind: Kind) -> Relation | None:
    """What somebody is to the things that `room-owner` made."""
    if not who.startswith("room-"):
        return None
    relation: Any = who.removeprefix("room-")
    if kind in COLLECTION_KINDS:
        return COLLECTION_ROLES[relation]
    return relation if kind in ROOM_KINDS or relation == "owner" else None


def expected(relation: Relation | None, kind: Kind, verb: Verb) -> set[str]:
    if relation is None:
        return {"not_found"}
    return PASSED if verb in ALLOWED[kind].get(relation, ()) else {"forbidden"}


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_actor_verb_thing(transport: str, tmp_path: Path) -> None:
    """Everybody tries everything on everything."""
    async with place(tmp_path) as here:
        for who in here.people:
            async with TRANSPORTS[transport](here.people[who]) as ask:
                for (kind, verb), (method, params) in ON_THINGS.items():
                    filled = {n: here.things[kind] if v == "$id" else v for n, v in params.items()}
                    wanted = expected(relation_of(who, kind), kind, verb)
                    if (kind, verb, who) == ("collection", "write", "guest"):
                        # Guests add documents nowhere, so that they learn nothing of this one.
                        wanted = {"forbidden"}
                    assert await outcome(ask, method, filled) in wanted, (who, kind, verb)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_role_verb_server(transport: str, tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        for role in get_args(ServerRole):
            async with TRANSPORTS[transport](here.people[role]) as ask:
                for verb, (method, params) in ON_SERVER.items():
                    allowed = verb in ALLOWED["server"][role]
                    wanted = PASSED | {"not_found"} if allowed else {"forbidden"}
                    assert await outcome(ask, method, params) in wanted, (role, verb)


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_scope_verb_server(transport: str, tmp_path: Path) -> None:
    """A key may do what its user may, within its scopes; and never make another key."""
    async with place(tmp_path) as here:
        admin = here.people["owner"]
        for scopes in (["read"], ["read", "write"], ["read", "admin"], ["read", "write", "admin"]):
            async with TRANSPORTS[transport](await key_of(admin, *scopes)) as ask:
                for verb, (method, params) in ON_SERVER.items():
                    allowed = SCOPE_OF.get(verb) in scopes
                    wanted = PASSED | {"not_found"} if allowed else {"forbidden"}
                    assert await outcome(ask, method, params) in wanted, (scopes, verb)


@pytest.mark.parametrize("scopes", [["read"], ["read", "write"]])
async def test_scope_verb_thing(scopes: list[str], tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        key = await key_of(here.people["room-owner"], *scopes)
        async with over_http(key) as ask:
            for (kind, verb), (method, params) in ON_THINGS.items():
                filled = {n: here.things[kind] if v == "$id" else v for n, v in params.items()}
                got = await outcome(ask, method, filled)
                if SCOPE_OF[verb] in scopes:
                    assert got in PASSED | {"not_found"}, (kind, verb)
                else:
                    assert got == "forbidden", (kind, verb)


def test_every_verb_and_kind_is_tried() -> None:
    verbs = {verb for kinds in ALLOWED.values() for each in kinds.values() for verb in each}
    elsewhere = {"upload", "own", "secure", "write", "manage"}
    assert set(ON_SERVER) | elsewhere == verbs
    assert {kind for kind, _ in ON_THINGS} | {"server", "user", "key"} == set(ALLOWED)


RANKS: list[ServerRole] = ["guest", "member", "admin", "owner"]


async def test_roles_that_may_change_others(tmp_path: Path) -> None:
    """Administrators change members and guests; owners everyone else; nobody their own role."""
    async with running(settings_for(tmp_path)) as server:
        actors = {role: await person(server, f"actor {role}", role) for role in RANKS}
        targets = {role: await person(server, f"target {role}", role) for role in RANKS}
        for role, actor in actors.items():
            for other, target in targets.items():
                may = role == "owner" or (role == "admin" and other in ("member", "guest"))
                got = await actor.fails("users.update", user_id=target.user.id, role=other)
                wanted = "done" if may else "not_found"
                assert got == wanted, (role, other)
                keys = await actor.fails("keys.list", user_id=target.user.id)
                assert (keys == "done") is may, (role, other)
            assert (
                await actor.fails("users.update", user_id=actor.user.id, role=role) == "forbidden"
            )
        admin = actors["admin"]
        appoint = {"user_id": targets["guest"].user.id, "role": "admin"}
        assert await admin.fails("users.update", **appoint) == "forbidden"
        assert await admin.fails("users.create", name="x", role="admin") == "forbidden"
        assert await admin.fails("users.create", name="x", role="owner") == "forbidden"
        assert await admin.fails("invitations.create", role="admin") == "forbidden"
        assert await actors["member"].fails("invitations.create", role="member") == "forbidden"
        assert await actors["member"].fails("invitations.create", role="guest") == "done"
        assert (
            await admin.fails("keys.create", label="x", user_id=targets["guest"].user.id)
            == "forbidden"
        )


async def test_uploads_and_feeds_follow_the_matrix(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        for role in RANKS:
            async with here.people[role].http() as client:
                sent = await upload(client, "a.txt", b"text of " + role.encode())
                assert (sent.status_code != 403) is ("upload" in ALLOWED["server"][role])
                stream = f"room:{here.things['room']}"
                heard = await client.get("/api/events", params={"stream": stream, "wait": "0"})
                assert heard.status_code == 404
        async with here.people["room-viewer"].http() as client:
            heard = await client.get("/api/events", params={"stream": stream, "wait": "0"})
            assert heard.status_code == 200
        async with (await key_of(here.people["member"], "read")).http() as client:
            assert (await upload(client, "a.txt", b"x")).status_code == 403


async def test_a_guests_question_starts_no_run(tmp_path: Path) -> None:
    """A question without a room would open one."""
    async with running(settings_for(tmp_path)) as server:
        guest = await person(server, "Gast", "guest")
        assert await guest.fails("query", query="hm") == "forbidden"
        assert await guest.fails("stream_request", query="hm") == "forbidden"
        assert (await guest.call("rooms.list"))["rooms"] == []
