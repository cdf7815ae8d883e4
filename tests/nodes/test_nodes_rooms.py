"""Rooms and documents of people who are on different nodes."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from support.servers import RunningServer, Talk, WireFailure
from support.users import Person, put_member, rpc, upload


def at(whose: Person, node: RunningServer) -> Person:
    """The same user, at one node."""
    return replace(whose, server=node)


class Pair:
    """Ada on one node and Bob on the other, in one room."""

    def __init__(self, ada: Talk, bob: Talk, room: str) -> None:
        self.ada, self.bob, self.room = ada, bob, room


@pytest.fixture
async def pair(server: RunningServer, ada: Person, bob: Person) -> AsyncIterator[Pair]:
    one, other = server.nodes
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    await put_member(server, room, bob, "member")
    async with at(ada, one).talk() as here, at(bob, other).talk() as there:
        for talk in (here, there):
            await talk.call("rooms.join", room_id=room)
        yield Pair(here, there, room)


async def heard(talk: Talk, name: str, **expected: Any) -> dict[str, Any]:
    """The next event or signal of a type with these values."""
    while True:
        kind, params = await talk.note()
        items = params["events"] if kind == "events" else [params]
        for item in items:
            data = item.get("data") or {}
            if item.get("type") == name and expected.items() <= data.items():
                return dict(data)


async def test_typing_read_positions_drafts_and_unread_counts(
    server: RunningServer, ada: Person, bob: Person, pair: Pair
) -> None:
    await pair.ada.call("typing.set", room_id=pair.room, typing=True)
    assert (await heard(pair.bob, "typing"))["typing"]
    # She stops over a connection to the other node, and so does what she types there.
    await at(ada, server.nodes[1]).call("typing.set", room_id=pair.room, typing=False)
    assert not (await heard(pair.bob, "typing"))["typing"]
    await pair.ada.call("messages.post", room_id=pair.room, text="hello")
    posted = await heard(pair.bob, "message.created", text="hello")
    for node in server.nodes:
        (room,) = (await at(bob, node).call("rooms.list"))["rooms"]
        assert room["unread"] == 1
    await pair.bob.call("rooms.read", room_id=pair.room, seq=posted["seq"])
    for node in server.nodes:
        (room,) = (await at(bob, node).call("rooms.list"))["rooms"]
        assert room["unread"] == 0
    async with at(bob, server.nodes[0]).talk() as second:
        await pair.bob.call("drafts.set", room_id=pair.room, text="I was")
        assert (await heard(second, "draft"))["text"] == "I was"


async def test_a_status_is_set_over_another_node_than_that_of_the_connection(
    server: RunningServer, bob: Person, pair: Pair
) -> None:
    session_id = pair.bob.welcome["session_id"]
    token = server.app.services.authenticator.issue(bob.user, session_id)
    for status in ("away", "online"):
        async with at(replace(bob, token=token), server.nodes[0]).http() as client:
            assert await rpc(client, "presence.set", {"status": status})
        while True:
            joined = (await heard(pair.ada, "presence"))["joined"]
            if joined.get(bob.user.id) == {"status": status}:
                break


async def test_a_removed_member_hears_nothing_more(
    server: RunningServer, ada: Person, bob: Person, pair: Pair
) -> None:
    await pair.ada.call("rooms.remove", room_id=pair.room, user_id=bob.user.id)
    for text in ("a secret", "another"):
        await pair.ada.call("messages.post", room_id=pair.room, text=text)
    # What comes after everything that could have come before.
    marker = (await at(bob, server.nodes[0]).call("rooms.create", name="Mine"))["room_id"]
    while True:
        kind, params = await pair.bob.note()
        items = params["events"] if kind == "events" else []
        assert not any((item["data"] or {}).get("text") for item in items)
        if any(item["data"].get("room_id") == marker for item in items):
            break
    for node in server.nodes:
        with pytest.raises(WireFailure):
            await at(bob, node).call("messages.list", room_id=pair.room)


async def test_a_deleted_room_is_gone_for_all(
    server: RunningServer, bob: Person, pair: Pair
) -> None:
    await pair.ada.call("rooms.delete", room_id=pair.room)
    await heard(pair.bob, "room.deleted", room_id=pair.room)
    with pytest.raises(WireFailure):
        await pair.bob.call("messages.post", room_id=pair.room, text="hello?")


async def test_documents_and_their_notices(server: RunningServer, bob: Person, pair: Pair) -> None:
    one, other = server.nodes
    async with at(bob, one).http() as client:
        told = (await upload(client, "bees.txt", b"Bees dance.\n")).json()
    await heard(pair.bob, "document.updated", document_id=told["document_id"], status="ready")
    (document,) = (await at(bob, other).call("documents.list"))["documents"]
    assert document["title"] == "bees.txt"
    task = await at(bob, other).call("tasks.get", task_id=told["task_id"])
    assert task["status"] == "completed"
    await at(bob, other).call("documents.delete", document_id=told["document_id"])
    await heard(pair.bob, "document.removed", document_id=told["document_id"])
    assert (await at(bob, one).call("documents.list"))["documents"] == []
