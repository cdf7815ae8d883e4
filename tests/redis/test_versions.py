"""Nodes of two versions that serve together during a rolling upgrade.

`SENT` has messages as version 0.1.0 sends them: later versions must read them. Each is also read
with a field, or a last element, that a later version may add.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from basicchat.accounts import rate_limiter_redis
from basicchat.app import App
from basicchat.engine import run_directory_redis
from basicchat.hub import bus_items, node_streams, presence_redis
from basicchat.mcp.features import task_peers
from basicchat.mcp.http import forwarding
from basicchat.storage.tables import metadata
from support import postgres
from support.redis_server import RedisServer
from support.servers import SECONDS, lift
from support.two_nodes import Reader, two_nodes

EVENT = (
    b'{"stream":"room:r1","epoch":"e1","seq":7,"type":"message.created",'
    b'"at":"2026-11-30T12:00:00Z","data":{"text":"hi"}}'
)
DELTA = b'{"run":"n1","part":0,"kind":"answer","off":3,"text":"abc"}'
Decode = Callable[[bytes], Any]


def item(kind: bytes) -> Decode:
    """The decoder of a kind of the bus' items."""
    return lambda content: bus_items.decode(kind, content)[0]


SENT: dict[str, tuple[Decode, bytes]] = {
    "an event": (item(b"e"), EVENT),
    "events": (item(b"E"), b'{"stream":"room:r1","epoch":"e1","events":[' + EVENT + b"]}"),
    "a signal": (item(b"s"), b'{"stream":"room:r1","type":"typing","data":{"typing":true}}'),
    "the end of a stream": (item(b"c"), b"{}"),
    "a wake-up": (item(b"w"), b"{}"),
    "presence": (
        presence_redis._decode,
        b'{"node":"n1","number":3,"changes":{"ann":"online"},"asks":true}',
    ),
    "a request about a run": (
        run_directory_redis._decode,
        b'{"type":"request","node":"n1","number":4,"run_id":"r","have":{"r":{"0":5}}}',
    ),
    "the answer to it": (
        run_directory_redis._decode,
        b'{"type":"answer","number":4,"cancelled":true,"deltas":[' + DELTA + b"]}",
    ),
    "the head of an MCP request": (
        forwarding._decode_request,
        b'{"node":"n1","actor":{"user":{"id":"ann","name":"Ann","role":"member"},'
        b'"session_id":"s1","scopes":["read"]},"origin":null,"method":"POST",'
        b'"headers":[["accept","text/plain"]],"body_bytes":3,"body_hash":"ff"}',
    ),
    "the head of its response": (
        forwarding._decode_response,
        b'{"status":200,"headers":[["YQ==","Yg=="]]}',
    ),
    "a question about a task": (
        task_peers._decode_request,
        b'{"task_id":"t1","responses":{"q":1}}',
    ),
    "the answer about a task": (
        task_peers._decode_answer,
        b'{"questions":{"q":{}},"unfit":"x"}',
    ),
}
# In MessagePack.
SENT_PACKED: dict[str, tuple[Decode, bytes]] = {
    "a frame": (
        node_streams._decode,
        b"\x98\xa2n1\xc3\x05\xa4open\x01\x02\xabjobs.cancel\xc4\x03xyz",
    ),
    "charges": (
        rate_limiter_redis._decode,
        b"\x82\xa4node\xa2n1\xa5costs\x81\xa2s1\xcb?\xf8\x00\x00\x00\x00\x00\x00",
    ),
}


@pytest.mark.parametrize("name", SENT)
def test_messages_of_this_version_and_of_a_later_one_are_read(name: str) -> None:
    decode, sent = SENT[name]
    later = json.dumps({**json.loads(sent), "added_later": {"a": [1]}}).encode()
    # Nothing that was sent is ignored: it is there when the message is encoded again.
    for message in (sent, later):
        assert json.loads(msgspec.json.encode(decode(message))) == json.loads(sent)


@pytest.mark.parametrize("name", SENT_PACKED)
def test_packed_messages_of_this_version_and_of_a_later_one_are_read(name: str) -> None:
    decode, sent = SENT_PACKED[name]
    content = msgspec.msgpack.decode(sent)
    later = [*content, 1] if isinstance(content, list) else {**content, "added_later": 1}
    assert decode(msgspec.msgpack.encode(later)) == decode(sent)


# On each channel, what a node of a later version may send there.
UNKNOWN: dict[str, tuple[bytes, ...]] = {
    "items:{room}": (
        b"Z" + b"n" * 16 + b"{}",
        b"e" + b"n" * 16 + EVENT.replace(b"message.created", b"message.pinned"),
        b"s" + b"n" * 16 + b'{"stream":"room:r1","type":"reaction","data":{}}',
    ),
    "listeners:{room}": (b"*later", b""),
    "presence": (b'{"node":"n2","number":1,"changes":{"ann":"busy"}}', b"{}"),
    "runs": (b'{"type":"later","node":"n2"}', b"\xff"),
    "runs:{node}": (b'{"type":"later","number":1}',),
    "node:{node}": (msgspec.msgpack.encode(["n2", True, 1, "later"]), b"{}"),
    "charges": (msgspec.msgpack.encode([1, 2]), b"{}"),
}


async def test_messages_that_a_node_does_not_know_do_no_harm(
    nodes: tuple[App, App], gate: asyncio.Semaphore, redis: RedisServer
) -> None:
    one, other = (Reader(app) for app in nodes)
    await one.hello()
    await other.hello()
    room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
    for reader in (one, other):
        await reader.follow(room)
    for app in nodes:
        link = app.resources.link
        assert link is not None
        for channel, messages in UNKNOWN.items():
            name = channel.format(room=f"room:{room}", node=link.node)
            for message in messages:
                assert redis.admin.publish(f"basicchat:0:{name}", message) >= 0
    await converse(one, other, room, gate)


async def converse(one: Reader, other: Reader, room: str, gate: asyncio.Semaphore) -> None:
    """Post, ask, read, search and mark as read, at two nodes."""
    async with asyncio.timeout(SECONDS):
        lift(gate)
        posted = await one.call("messages.post", {"room_id": room, "text": "hello"})
        while (await other.until("message.created"))["data"]["text"] != "hello":
            pass
        await other.call("stream_request", {"room_id": room, "query": "How do bees talk?"})
        await one.until("run.completed")
        edit = {"message_id": posted["message_id"], "text": "hello again"}
        await other.call("messages.edit", edit)
        await one.until("message.updated")
        listed = await one.call("messages.list", {"room_id": room})
        texts = {each["message_id"]: each["text"] for each in listed["messages"]}
        assert texts[posted["message_id"]] == "hello again"
        found = await other.call("messages.search", {"query": "again"})
        assert posted["message_id"] in [each["message_id"] for each in found["messages"]]
        await other.call("rooms.list", {})
        await other.call("tasks.list", {})


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_a_node_serves_on_a_schema_that_a_later_version_has_extended(
    engine: str, tmp_path: Any, gate: asyncio.Semaphore, request: pytest.FixtureRequest
) -> None:
    """Added columns, and added fields in the values of all rows."""
    redis: RedisServer = request.getfixturevalue("redis")
    file = tmp_path / "shared.db"
    database_url = f"sqlite:///{file}"
    if engine == "postgres":
        server = request.getfixturevalue("postgres_server")
        database_url = await postgres.create(server, f"later_{tmp_path.name}"[:60].lower())
    async with two_nodes(tmp_path, redis.url, gate, database_url) as nodes:
        one, other = (Reader(app) for app in nodes)
        await one.hello()
        await other.hello()
        room = (await one.call("rooms.create", {"name": "Bees"}))["room_id"]
        for reader in (one, other):
            await reader.follow(room)
        # All statements were prepared by now.
        await converse(one, other, room, gate)
        if engine == "postgres":
            await extend_postgres(database_url)
        else:
            extend_sqlite(str(file))
        await converse(one, other, room, gate)
        joined = await other.call("rooms.join", {"room_id": room})
        assert len(joined["messages"]) == 6


WITH_VALUES = ("messages", "runs", "tasks", "documents")


async def extend_postgres(url: str) -> None:
    """Extend all tables as a migration of a later version would."""
    tables = [name.strip() for name in postgres.TABLES.split(",")]
    added = [f"ALTER TABLE {name} ADD COLUMN added_later TEXT" for name in tables]
    value = "convert_from(data, 'UTF8')::jsonb || '{\"added_later\": {\"a\": 1}}'"
    changed = [
        f"UPDATE {name} SET data = convert_to(({value})::text, 'UTF8')" for name in WITH_VALUES
    ]
    await postgres.execute(url, *added, *changed)


def extend_sqlite(path: str) -> None:
    """The same in SQLite."""
    value = "json_set(CAST(data AS TEXT), '$.added_later', json('{\"a\": 1}'))"
    with sqlite3.connect(path, timeout=SECONDS) as database:
        for table in metadata.sorted_tables:
            database.execute(f"ALTER TABLE {table.name} ADD COLUMN added_later TEXT")
        for name in WITH_VALUES:
            database.execute(f"UPDATE {name} SET data = CAST({value} AS BLOB)")
