"""What waits to be sent: whose it is, and how it outlives its program."""

import asyncio
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basicchat.api.router import method_table
from basicchat.client import BasicChatClient, ChatError, FileQueue, QueuedItem, Restored
from basicchat.client.outbox_store import MAX_AGE_SECONDS, OutboxStore
from basicchat.client.request_queue import MAX_WAITING_BYTES, RequestQueue
from basicchat.client.retry_rules import takes_client_msg_id
from basicchat.testing.scripted_llm import PacedLLM
from support.restartable_server import (
    QUICK,
    SECONDS,
    Place,
    client_on,
    place,
    reaches,
    road,
    settings_for,
)

BIG = 1 << 20
HERE = "http://here/"
NOW = time.time()


class Shelf:
    """A storage in memory; `broken` fails all."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], QueuedItem] = {}
        self.broken = False

    def put(self, item: QueuedItem) -> None:
        if self.broken:
            raise OSError("the disk is full")
        self.items[item.server, item.user, item.id] = item

    def remove(self, server: str, user: str, item_id: str) -> None:
        self.items.pop((server, user, item_id), None)

    def claim(self, server: str, user: str) -> list[QueuedItem]:
        return [
            item for (of, whose, _), item in self.items.items() if (of, whose) == (server, user)
        ]

    def close(self) -> None:
        """Nothing to close."""


def waiting(shelf: Shelf) -> list[tuple[str, str]]:
    return [(item.user, item.method) for item in shelf.items.values()]


def test_the_retry_table_matches_the_servers() -> None:
    once = {
        name
        for name, method in method_table().items()
        if "client_msg_id" in method.params.__struct_fields__
    }
    assert {name for name in method_table() if takes_client_msg_id(name)} == once


async def test_only_requests_of_the_user_are_queued_until_answered() -> None:
    shelf = Shelf()
    requests = RequestQueue(OutboxStore(shelf, HERE))
    asked = requests.add("query", {"query": "?"}, BIG, user="a")
    requests.add("rooms.list", {}, BIG, user="a")
    requests.add("tool_execution", {"name": "calculator"}, BIG, user="a")
    nobodys = requests.add("stream_request", {"query": "?"}, BIG)
    assert waiting(shelf) == [("a", "query")]
    requests.assign_user("a")
    assert waiting(shelf) == [("a", "query"), ("a", "stream_request")]
    assert requests.on_reply({"id": asked.id, "result": {}}, 0.0) is asked
    assert waiting(shelf) == [("a", "stream_request")]
    requests.discard(nobodys)
    assert waiting(shelf) == []


async def test_queued_requests_are_not_sent_as_another_user() -> None:
    shelf = Shelf()
    requests = RequestQueue(OutboxStore(shelf, HERE))
    mine = requests.add("query", {"query": "my secret"}, BIG, user="a")
    requests.assign_user("b")
    error = mine.reply.exception()
    assert isinstance(error, ChatError)
    assert error.kind == "unauthenticated"
    assert list(requests.take_due("b's", 0.0)) == []
    assert waiting(shelf) == [("a", "query")], "it is still theirs"


async def test_an_expired_token_is_not_an_answer() -> None:
    requests = RequestQueue()
    entry = requests.add("query", {}, BIG, user="a")
    assert list(requests.take_due("one", 0.0)) == [entry]
    error = {"code": -32001, "message": "No", "data": {"kind": "unauthenticated"}}
    assert requests.on_reply({"id": entry.id, "error": error}, 0.0) is entry
    assert list(requests.take_due("two", 0.0)) == [entry]


async def test_the_queue_is_bounded_in_bytes_too() -> None:
    requests = RequestQueue()
    long = {"query": "x" * (BIG - 1000)}
    for _ in range(MAX_WAITING_BYTES // BIG):
        requests.add("query", long, BIG)
    with pytest.raises(ChatError) as full:
        requests.add("query", long, BIG)
    assert full.value.kind == "queue_full"


def test_expired_queue_entries_are_dropped(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf()
    outbox = OutboxStore(shelf, HERE)
    for name in ("one", "two"):
        outbox.put("a", "query", {"client_msg_id": name})
    old = shelf.items[HERE, "a", "one"]
    item = {name: getattr(old, name) for name in old.__struct_fields__}
    shelf.put(QueuedItem(**{**item, "at": old.at - MAX_AGE_SECONDS - 60}))
    assert [item.id for item in OutboxStore(shelf, HERE).claim("a")] == ["two"]
    assert OutboxStore(shelf, "http://elsewhere/").claim("a") == []
    assert [item.id for item in shelf.items.values()] == ["two"]
    shelf.broken = True
    outbox.put("a", "query", {"client_msg_id": "three"})
    assert "not stored: the disk is full" in caplog.text


def an_item(**fields: Any) -> QueuedItem:
    given: dict[str, Any] = {"server": HERE, "user": "a", "id": "1", "method": "query"}
    return QueuedItem(**{**given, "params": {"query": "🐝"}, "at": NOW, **fields})


def test_a_file_keeps_items_per_user(tmp_path: Path) -> None:
    path = tmp_path / "new" / "queue.sqlite"
    queue = FileQueue(path)
    items = [an_item(), an_item(id="2"), an_item(user="b"), an_item(server="http://elsewhere/")]
    for item in items:
        queue.put(item)
    queue.put(an_item(at=NOW + 1))
    queue.put(an_item(user="gone", at=NOW - MAX_AGE_SECONDS - 60))
    queue.remove(HERE, "a", "2")
    queue.remove(HERE, "a", "none")
    queue.close()
    again = FileQueue(path)
    assert again.claim(HERE, "a") == [an_item(at=NOW + 1)]
    assert again.claim(HERE, "gone") == []
    assert again.claim(HERE, "b") == [an_item(user="b")]
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_has_one_program_at_a_time(tmp_path: Path) -> None:
    first, second = FileQueue(tmp_path / "queue"), FileQueue(tmp_path / "queue")
    first.put(an_item())
    with pytest.raises(OSError, match="locked"):
        second.put(an_item(id="2"))
    first.close()
    second.put(an_item(id="2"))
    assert [item.id for item in second.claim(HERE, "a")] == ["1", "2"]
    second.close()
    (tmp_path / "broken").write_text("This is no database, and was never one.")
    with pytest.raises(OSError, match="not a database"):
        FileQueue(tmp_path / "broken").claim(HERE, "a")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(settings_for(tmp_path), lambda: PacedLLM({"": ["Bees ", "dance."]})) as here:
        yield here


async def test_it_is_sent_by_the_next_program_once(server: Place, tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    async with road(server.port) as way:
        first = client_on(way, server, queue=FileQueue(path))
        await first.connect()
        room = await first.call("rooms.create", {"name": "Later"})
        way.close()
        await reaches(first, "reconnecting")
        asked = asyncio.create_task(first.send_query("later?", room_id=room["room_id"]))
        await asyncio.sleep(0)
        await first.close()
        with pytest.raises(ChatError) as closed:
            await asked
        assert closed.value.kind == "closed"
        way.closed = False
        restored: asyncio.Future[Restored] = asyncio.get_running_loop().create_future()
        second = client_on(way, server, queue=FileQueue(path))
        second.on("restored", restored.set_result)
        async with second, asyncio.timeout(SECONDS):
            sent = await restored
            assert (sent.method, sent.params["query"]) == ("query", "later?")
            assert (await sent.reply)["answer"] == "Bees dance."
            assert await said_in(second, room["room_id"]) == ["later?"]
        async with client_on(way, server, queue=FileQueue(path)) as third:
            assert await said_in(third, room["room_id"]) == ["later?"]


async def test_a_program_that_is_online_sends_the_queue_of_a_closed_one(
    server: Place, tmp_path: Path
) -> None:
    """It cannot use the file before, and asks for it from time to time."""
    path = tmp_path / "queue.sqlite"
    hesitant = msgspec.structs.replace(QUICK, backoff_base=600.0, backoff_cap=600.0)
    async with road(server.port) as way:
        first = client_on(way, server, queue=FileQueue(path), timing=hesitant, random=lambda: 1.0)
        await first.connect()
        room = await first.call("rooms.create", {"name": "Later"})
        way.close()
        await reaches(first, "reconnecting")
        asked = asyncio.create_task(first.send_query("later?", room_id=room["room_id"]))
        restored: asyncio.Future[Restored] = asyncio.get_running_loop().create_future()
        way.closed = False
        second = client_on(way, server, queue=FileQueue(path))
        second.on("restored", restored.set_result)
        async with second, asyncio.timeout(SECONDS):
            assert not restored.done()
            await first.close()
            with pytest.raises(ChatError):
                await asked
            assert (await (await restored).reply)["answer"] == "Bees dance."
            assert await said_in(second, room["room_id"]) == ["later?"]


async def test_an_unanswered_request_is_not_shown_twice(server: Place, tmp_path: Path) -> None:
    path = tmp_path / "queue.sqlite"
    async with road(server.port) as way, road(server.port) as clear:
        first = client_on(way, server, queue=FileQueue(path))
        witness = client_on(clear, server)
        await first.connect()
        room = await first.call("rooms.create", {"name": "Crash"})
        async with witness:
            said = asyncio.Event()
            witness.on("event", lambda event: said.set())
            await witness.join(room["room_id"])
            way.deaf = True
            asked = asyncio.create_task(first.send_query("sent?", room_id=room["room_id"]))
            async with asyncio.timeout(SECONDS):
                await said.wait()
        way.close()
        await first.close()
        await asyncio.gather(asked, return_exceptions=True)
        way.closed = way.deaf = False
        restored: asyncio.Future[Restored] = asyncio.get_running_loop().create_future()
        second = client_on(way, server, queue=FileQueue(path))
        second.on("restored", restored.set_result)
        async with second, asyncio.timeout(SECONDS):
            assert (await (await restored).reply)["answer"] == "Bees dance."
            assert await said_in(second, room["room_id"]) == ["sent?"]


async def said_in(client: BasicChatClient, room_id: str) -> list[str]:
    """What people, not the assistant, said in a room."""
    listed = await client.call("messages.list", {"room_id": room_id})
    return [m["text"] for m in listed["messages"] if m["author"]["kind"] == "user"]
