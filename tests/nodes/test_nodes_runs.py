"""Runs that one node owns, as requests to the other node meet them."""

import asyncio
from dataclasses import replace

from support.servers import ANSWER, SECONDS, RunningServer, eventually, lift
from support.users import Person


def at(whose: Person, node: RunningServer) -> Person:
    """The same user, at one node."""
    return replace(whose, server=node)


async def test_a_repeated_query_waits_for_the_run_of_the_other_node(
    server: RunningServer, ada: Person, gate: asyncio.Semaphore
) -> None:
    one, other = (at(ada, node) for node in server.nodes)
    room = (await one.call("rooms.create", name="Bees"))["room_id"]
    asked = {"query": "How do bees talk?", "room_id": room, "client_msg_id": "the same"}
    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        first = group.create_task(one.call("query", **asked))
        runner = server.nodes[0].app.services.runner
        await eventually(lambda: runner.active == 1)
        again = group.create_task(other.call("query", **asked))
        begun = group.create_task(other.call("stream_request", **asked))
        assert (await begun)["room_id"] == room
        lift(gate)
        replies = [await first, await again]
    assert replies[0]["run_id"] == replies[1]["run_id"]
    assert [reply["answer"] for reply in replies] == ["".join(ANSWER)] * 2
    assert [node.app.services.runner.active for node in server.nodes] == [0, 0]


async def test_a_room_that_is_deleted_on_the_other_node_has_no_runs_left(
    server: RunningServer, ada: Person
) -> None:
    one, other = (at(ada, node) for node in server.nodes)
    room = (await one.call("rooms.create", name="Bees"))["room_id"]
    await one.call("stream_request", query="How do bees talk?", room_id=room)
    runner = server.nodes[0].app.services.runner
    await eventually(lambda: runner.active == 1)
    await other.call("rooms.delete", room_id=room)
    await eventually(lambda: runner.active == 0)
    assert (await one.call("rooms.list"))["rooms"] == []
