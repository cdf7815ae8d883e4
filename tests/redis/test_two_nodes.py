"""Two nodes of one server on one database and a real Redis, as their clients see them."""

import asyncio
from pathlib import Path

import pytest

from basicchat.app import App
from basicchat.app.maintenance import interrupt_abandoned_runs
from basicchat.domain.errors import Conflict, UpstreamUnavailable
from basicchat.ops.process_names import FOLDER, ended_processes
from basicchat.redis import link as redis_link
from basicchat.transports.memory import MemoryClient
from support.redis_server import RedisServer, redis_server
from support.servers import ANSWER, eventually, lift
from support.two_nodes import Reader, node


async def test_messages_typing_and_presence_reach_the_other_node(nodes: tuple[App, App]) -> None:
    readers = [Reader(app) for app in nodes]
    for reader in readers:
        await reader.hello()
    room = (await readers[0].call("rooms.create", {"name": "Bees"}))["room_id"]
    for reader in readers:
        await reader.follow(room)
    await readers[1].call("messages.post", {"room_id": room, "text": "hello"})
    event = await readers[0].until("message.created")
    assert event["data"]["text"] == "hello"
    # A user of one node alone is present at the other one, until the connection ends.
    here, there = nodes
    async with here.store.transaction() as change:
        ada = await here.services.users.add(change, "Ada", "member", None)
    guest = MemoryClient(here.server_context.connect, here.token(ada))
    await guest.call("session.hello", {})
    await eventually(lambda: there.services.presence.status(ada.id) == "online")
    await guest.close()
    await eventually(lambda: there.services.presence.status(ada.id) is None)


async def test_an_answer_is_resumed_in_its_middle_on_another_node(
    nodes: tuple[App, App], gate: asyncio.Semaphore
) -> None:
    one, other = (Reader(app) for app in nodes)
    await one.hello()
    room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
    await one.follow(room)
    run = await one.call("stream_request", {"room_id": room, "query": "How do bees talk?"})
    lift(gate, 2)
    await one.until(text="".join(ANSWER[:2]))
    await other.hello()
    await other.follow(room)
    other.text = await joined_text(other, room, run["run_id"])
    await other.until(text="".join(ANSWER[:2]))
    lift(gate)
    event = await other.until("run.completed")
    assert event["data"]["run_id"] == run["run_id"]
    assert (other.text, other.gaps) == ("".join(ANSWER), 0)


async def joined_text(reader: Reader, room: str, run_id: str) -> str:
    """The text of a run as this node knows it."""
    parts = (await reader.call("runs.get", {"run_id": run_id}))["parts"]
    return "".join(part["text"] for part in parts)


async def test_a_run_is_cancelled_and_continued_from_the_other_node(
    nodes: tuple[App, App], gate: asyncio.Semaphore
) -> None:
    one, other = (Reader(app) for app in nodes)
    await one.hello()
    await other.hello()
    room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
    await one.follow(room)
    await other.follow(room)
    run = await one.call("stream_request", {"room_id": room, "query": "How do bees talk?"})
    lift(gate, 2)
    await other.until(text="".join(ANSWER[:2]))
    cancelled = await other.call("runs.cancel", {"run_id": run["run_id"]})
    assert cancelled["cancelled"]
    event = await other.until("run.cancelled")
    assert "".join(part["text"] for part in event["data"]["parts"]) == "".join(ANSWER[:2])
    lift(gate)
    await other.call("runs.continue", {"run_id": run["run_id"]})
    event = await one.until("run.completed")
    text = "".join(part["text"] for part in event["data"]["parts"])
    assert text == "".join(ANSWER)


async def test_a_dead_nodes_run_is_interrupted_with_its_text_and_stays_so(
    nodes: tuple[App, App],
    gate: asyncio.Semaphore,
    redis: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis_link, "RECOVERY_SECONDS", 0.0)
    frozen, survivor = nodes
    one, other = (Reader(app) for app in nodes)
    await one.hello()
    await other.hello()
    room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
    await other.follow(room)
    run_id = (await one.call("stream_request", {"room_id": room, "query": "Bees?"}))["run_id"]
    lift(gate, 2)
    text = "".join(ANSWER[:2])
    await other.until(text=text)
    await frozen.services.run_streams.save(10)
    await interrupt_abandoned_runs(survivor)
    assert (await other.call("runs.get", {"run_id": run_id}))["status"] == "running"
    # As if the heartbeat had stopped for long.
    redis.admin.delete(f"run:{run_id}")
    await asyncio.gather(*(interrupt_abandoned_runs(survivor) for _ in range(2)))
    event = await other.until("run.interrupted", "run.completed")
    assert event["type"] == "run.interrupted"
    assert "".join(part["text"] for part in event["data"]["parts"]) == text
    # The node wakes up, and finds that the run is over.
    lift(gate)
    await frozen.services.runner.wait(run_id)
    assert frozen.services.live_runs.find(run_id) is None
    run = await other.call("runs.get", {"run_id": run_id})
    assert (run["status"], "".join(part["text"] for part in run["parts"])) == ("interrupted", text)
    messages = await other.call("messages.list", {"room_id": room})
    assert [message["text"] for message in messages["messages"]] == ["Bees?", text]


async def test_a_restarted_node_ends_the_runs_of_its_killed_predecessor_at_once(
    tmp_path: Path, gate: asyncio.Semaphore, redis: RedisServer
) -> None:
    async with node(tmp_path, "one", redis.url, gate) as killed:
        one = Reader(killed)
        await one.hello()
        room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
        run_id = (await one.call("stream_request", {"room_id": room, "query": "Bees?"}))["run_id"]
        await eventually(lambda: killed.services.runner.active == 1)
        link = killed.resources.link
        assert link is not None
        # As if it had run in the folder of the next one and been killed: its lock is free.
        folder = tmp_path / "other" / "data" / FOLDER
        folder.mkdir(parents=True)
        (folder / link.node).touch()
        async with node(tmp_path, "other", redis.url, gate) as restarted:
            run = await restarted.store.run(run_id)
            assert run is not None
            assert run.status == "interrupted"
            assert ended_processes(restarted.settings.data_dir) == frozenset()


async def test_a_session_is_resumed_on_the_other_node(nodes: tuple[App, App]) -> None:
    one, other = (Reader(app) for app in nodes)
    opened = await one.hello()
    token = opened["resume_token"]
    resume = {"session_id": opened["session_id"], "resume_token": token}
    resumed = await other.hello(resume=resume)
    assert (resumed["session_id"], resumed["resumed"]) == (opened["session_id"], True)


@pytest.mark.parametrize("nodes", ["postgres"], indirect=True)
async def test_a_document_of_one_node_is_found_and_deleted_on_the_other(
    nodes: tuple[App, App], tmp_path: Path
) -> None:
    path = tmp_path / "bees.txt"
    path.write_text("A queen bee lives for four years.")

    async def silent(name: str, progress: float, message: str) -> None:
        """Report nothing."""

    one, other = (Reader(app) for app in nodes)
    (document,) = await nodes[0].index_paths([path], silent)
    await other.hello()
    found = await other.call("documents.search", {"query": "queens"})
    assert [hit["document_id"] for hit in found["hits"]] == [document.document_id]
    await other.call("documents.delete", {"document_id": document.document_id})
    await one.hello()
    assert (await one.call("documents.search", {"query": "queens"}))["hits"] == []
    assert await nodes[0].resources.index.count() == (0, 0)


async def test_servers_with_other_databases_are_refused(
    nodes: tuple[App, App], tmp_path: Path, redis: RedisServer, gate: asyncio.Semaphore
) -> None:
    with pytest.raises(Conflict) as refused:
        async with node(tmp_path / "elsewhere", "one", redis.url, gate):
            pass
    assert refused.value.reason == "redis_of_another_server"
    async with node(tmp_path / "elsewhere", "one", f"{redis.url}?db=1", gate):
        pass


@pytest.mark.parametrize("url", ["unix://{}?db=99", "unix://:wrong@{}"])
async def test_a_redis_that_refuses_is_refused(
    url: str, tmp_path: Path, redis: RedisServer, gate: asyncio.Semaphore
) -> None:
    with pytest.raises(UpstreamUnavailable) as refused:
        async with node(tmp_path, "one", url.format(redis.socket), gate):
            pass
    assert (refused.value.reason, refused.value.retryable) == ("redis_refused", False)
    assert "wrong" not in refused.value.message


async def test_a_node_starts_without_redis(tmp_path: Path, gate: asyncio.Semaphore) -> None:
    lift(gate)
    async with node(tmp_path, "one", f"unix://{tmp_path}/none.sock", gate) as app:
        reader = Reader(app)
        await reader.hello()
        room = (await reader.call("rooms.create", {"name": "Bees"}))["room_id"]
        await reader.follow(room)
        await reader.call("stream_request", {"room_id": room, "query": "Bees?"})
        await reader.until("run.completed")


async def test_without_redis_each_node_goes_on_and_the_rest_follows_later(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(10_000)
    with redis_server() as server:
        async with (
            node(tmp_path, "one", server.url, gate) as here,
            node(tmp_path, "other", server.url, gate) as there,
        ):
            one, other = Reader(here), Reader(there)
            opened = await one.hello()
            await other.hello()
            room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
            await one.follow(room)
            await other.follow(room)
            server.stop()
            links = [app.resources.link for app in (here, there)]
            await eventually(lambda: not any(link and link.healthy for link in links))
            checks = {check.name: check for check in await here.checks.all()}
            assert (checks["redis"].ok, checks["redis"].needed) == (False, False)
            # Users of both nodes are told, also those who come now.
            for reader in (one, other):
                assert await reader.service() == {"other_servers": False, "database": True}
            late = Reader(here)
            await late.hello()
            assert not (await late.service())["other_servers"]
            await one.call("messages.post", {"room_id": room, "text": "within the node"})
            await one.until("message.created")
            await one.call("stream_request", {"room_id": room, "query": "How do bees talk?"})
            await one.until("run.completed")
            server.start()
            event = await other.until("message.created")
            assert event["data"]["text"] == "within the node"
            await other.until("run.completed")
            for reader in (one, other, late):
                assert (await reader.service())["other_servers"]
            await eventually(lambda: all(link and link.healthy for link in links))
            # Redis came back empty, and knows the session all the same.
            third = Reader(there)
            resume = {name: opened[name] for name in ("session_id", "resume_token")}
            assert (await third.hello(resume=resume))["resumed"]
