"""PROTOCOL §4: durable events, deltas, slow consumers, subscriptions."""

import asyncio
import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from basicchat.testing.scripted_llm import PacedLLM
from basicchat.transports.memory import MemoryClient, MemorySocket
from support.servers import (
    ANSWER,
    SECONDS,
    RunningServer,
    events_of,
    eventually,
    lift,
    running,
    scripted,
    settings_for,
    text_of,
)

TEXT = "".join(ANSWER)


async def test_events_of_a_stream_are_numbered_without_gaps(server: RunningServer) -> None:
    async with server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        stream = f"room:{run['room_id']}"
        notes = await talk.until("run.completed")
        events = events_of(notes, stream)
        first = run["seq"] + 1
        assert [event["seq"] for event in events] == [*range(first, first + len(events))]
        assert [event["type"] for event in events] == [
            "message.created", "run.started", "run.step", "message.created", "run.completed",
        ]  # fmt: skip
        assert {params["epoch"] for name, params in notes if name == "events"} >= {run["epoch"]}
        assert all(event["at"].endswith("Z") for event in events)


async def test_every_connection_gets_the_same_events(server: RunningServer) -> None:
    async with server.talk() as author, server.talk() as other:
        room = await author.call("rooms.create", name="both")
        for talk in (author, other):
            await talk.call("rooms.join", room_id=room["room_id"])
        await author.call("stream_request", query="why?", room_id=room["room_id"])
        stream = f"room:{room['room_id']}"
        seen = [events_of(await talk.until("run.completed"), stream) for talk in (author, other)]
        assert seen[0] == seen[1] != []


async def test_offsets_count_code_points(server: RunningServer) -> None:
    async with server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        notes = await talk.until("run.completed")
        assert text_of(notes) == TEXT
        parts = events_of(notes, f"room:{run['room_id']}")[-1]["data"]["parts"]
        assert parts == [{"part": 0, "kind": "answer", "text": TEXT, "off": len(TEXT)}]


async def test_reasoning_is_a_part_of_its_own(server: RunningServer) -> None:
    async with server.talk() as talk:
        await talk.call("stream_request", query="think")
        notes = await talk.until("run.completed")
        kinds = {params["part"]: params["kind"] for name, params in notes if name == "delta"}
        assert kinds == {0: "reasoning", 1: "answer"}
        assert (text_of(notes, 0), text_of(notes, 1)) == ("Let me see.", TEXT)


async def test_joining_while_a_run_streams_leaves_no_gap(tmp_path: Path) -> None:
    words = [f"word{n} " for n in range(400)]
    llm = PacedLLM({"": words}, tokens_per_second=800)
    async with running(settings_for(tmp_path), llm) as server, server.talk() as author:
        run = await author.call("stream_request", query="count")
        room_id, run_id = run["room_id"], run["run_id"]
        texts = await asyncio.gather(*(_joined(server, room_id, run_id) for _ in range(12)))
        assert texts == ["".join(words)] * 12


async def _joined(server: RunningServer, room_id: str, run_id: str) -> str:
    """The text that somebody has in the end who joined at some time."""
    async with server.talk() as talk:
        snapshot = await talk.call("rooms.join", room_id=room_id)
        (active,) = snapshot["active_runs"]
        assert active["run_id"] == run_id
        have = active["parts"][0]["text"] if active["parts"] else ""
        seqs = [snapshot["seq"]]
        notes = await talk.until("run.completed")
        seqs += [event["seq"] for event in events_of(notes, f"room:{room_id}")]
        assert seqs == [*range(seqs[0], seqs[0] + len(seqs))]
        return text_of(notes, have=have)


async def test_any_interleaving_of_losses_and_resumptions_gives_the_whole(tmp_path: Path) -> None:
    words = [f"w{n}é " for n in range(300)]
    llm = PacedLLM({"": words}, tokens_per_second=100)
    chance = random.Random(7)
    async with running(settings_for(tmp_path), llm) as server:
        async with server.talk() as talk:
            run = await talk.call("stream_request", query="count")
            welcome = talk.welcome
        stream, run_id = f"room:{run['room_id']}", run["run_id"]
        cursor, have, types, losses = run["seq"], "", [], 0
        while "run.completed" not in types:
            back = {
                "session_id": welcome["session_id"],
                "resume_token": welcome["resume_token"],
                "cursors": {stream: {"epoch": run["epoch"], "seq": cursor}},
                "runs": {run_id: {"0": len(have)}},
            }
            async with server.talk(resume=back) as talk:
                welcome = talk.welcome
                assert welcome["resumed"]
                assert welcome["streams"][stream]["recovered"]
                for _ in range(chance.randrange(0, 40)):
                    note = await talk.note()
                    have = text_of([note], have=have)
                    for event in events_of([note], stream):
                        assert event["seq"] == cursor + 1
                        cursor = event["seq"]
                        types.append(event["type"])
                        if event["type"] == "run.completed":
                            (part,) = event["data"]["parts"]
                            assert part["text"].startswith(have)
                            have = part["text"]
                    if "run.completed" in types:
                        break
            losses += 1
        assert losses > 3
        assert have == "".join(words)


async def test_an_old_snapshot_and_the_events_since_are_a_new_snapshot(
    server: RunningServer,
) -> None:
    async with server.talk() as writer, server.talk() as reader:
        room = await writer.call("rooms.create", name="state")
        room_id = room["room_id"]
        old = await reader.call("rooms.join", room_id=room_id)
        messages = {message["message_id"]: message for message in old["messages"]}
        for n in range(4):
            await writer.call("query", query=f"question {n}", room_id=room_id)
        new = await writer.call("rooms.join", room_id=room_id)
        seq = old["seq"]
        while seq < new["seq"]:
            for event in events_of([await reader.note()], f"room:{room_id}"):
                seq = event["seq"]
                if event["type"].startswith("message."):
                    messages[event["data"]["message_id"]] = event["data"]
        assert [*messages.values()] == new["messages"]
        assert (seq, old["epoch"]) == (new["seq"], new["epoch"])


async def test_a_slow_reader_is_closed_with_4408_and_delays_nobody(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"max_queue_bytes": 65536})
    async with running(settings) as server, server.talk() as talk:
        slow = server.app.memory_client()
        await slow.call("session.hello", {})
        slow.socket.stall()
        for n in range(400):
            await talk.call("rooms.create", name=f"{n} " + "x" * 180)
        assert slow.socket.closed == (4408, "the client reads too slowly; reconnect and resume")
        assert len(events_of([await talk.note() for _ in range(400)])) == 400
        await slow.close()


async def test_a_stopped_reader_in_a_full_room_recovers_exactly(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"max_queue_bytes": 65536})
    async with running(settings) as server, server.talk() as writer:
        room_id = (await writer.call("rooms.create", name="Full"))["room_id"]
        stream, readers = f"room:{room_id}", []
        for n in range(20):
            user = await server.person(f"Reader{n}")
            async with server.app.store.transaction() as change:
                await change.put_member(room_id, user.id, "member")
            client = MemoryClient(server.app.server_context.connect, server.app.token(user))
            welcome = await client.call("session.hello")
            snapshot = await client.call("rooms.join", {"room_id": room_id})
            readers.append(client)
        stopped, keeping_up = readers[-1], readers[:-1]
        stopped.socket.stall()
        said = []
        for n in range(150):
            said.append(f"{n} " + "x" * 500)
            await writer.call("stream_request", query=said[-1], room_id=room_id)
        assert stopped.socket.closed == (4408, "the client reads too slowly; reconnect and resume")
        assert stopped.connection.outbox.waiting_bytes == 0
        for client in keeping_up:
            assert await said_in(client, stream, len(said)) == said
        back = {key: welcome[key] for key in ("session_id", "resume_token")}
        back["cursors"] = {stream: {key: snapshot[key] for key in ("epoch", "seq")}}
        again = MemoryClient(server.app.server_context.connect, server.app.token(user))
        assert (await again.call("session.hello", {"resume": back}))["streams"][stream]["recovered"]
        assert await said_in(again, stream, len(said)) == said
        for client in (*readers, again):
            await client.close()


async def said_in(client: MemoryClient, stream: str, count: int) -> list[str]:
    """The texts of the next messages of a stream."""
    texts: list[str] = []
    while len(texts) < count:
        found = events_of([await client.next_note()], stream)
        texts += [each["data"]["text"] for each in found if each["type"] == "message.created"]
    return texts


async def test_a_slow_reader_of_an_answer_gets_deltas_merged(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    llm = PacedLLM({"": ["z"] * 5000}, gate=gate)
    async with running(settings_for(tmp_path), llm) as server:
        slow = server.app.memory_client()
        await slow.call("session.hello", {})
        run = await slow.call("stream_request", {"query": "why?"})
        slow.socket.stall()
        lift(gate)
        await server.app.services.runner.wait(run["run_id"])
        assert slow.connection.outbox.waiting_bytes < 64 * 1024
        slow.socket.resume()
        deltas, text = 0, ""
        while (note := await slow.next_note())[0] != "events" or not ended(note):
            deltas += note[0] == "delta"
            text = text_of([note], have=text)
        assert text == "z" * 5000
        assert deltas < 10
        await slow.close()


def ended(note: tuple[str, dict[str, Any]]) -> bool:
    return bool(note[1]["events"][0]["type"] == "run.completed")


async def test_a_stuck_socket_is_cut_off_while_others_read_on(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"max_queue_bytes": 65536})
    async with running(settings) as server, server.talk() as talk:
        async with server.talk() as stuck:
            stuck.socket.transport.pause_reading()
            for n in range(4000):
                await talk.call("rooms.create", name=f"{n} " + "x" * 190)
                if len(server.app.server_context.open) == 1:
                    break
            assert len(server.app.server_context.open) == 1, "the stuck connection should be gone"
            stuck.socket.transport.resume_reading()
            # What had been sent lies before the end.
            with suppress(ConnectionClosed):
                async with asyncio.timeout(SECONDS):
                    while True:
                        await stuck.socket.recv()
            assert await stuck.close_code() in (4408, 1006)
        assert await talk.call("session.ping")


async def test_followed_streams(server: RunningServer) -> None:
    async with server.talk() as author, server.talk() as other:
        own = f"user:{server.app.owner.id}"
        run = await author.call("stream_request", query="why?")
        room = f"room:{run['room_id']}"
        await author.until("run.completed")
        # The other device is on its user's stream, but in no room.
        assert {params["stream"] for _, params in [await other.note()]} == {own}
        await other.call("rooms.join", room_id=run["room_id"])
        await author.call("query", query="and?", room_id=run["room_id"])
        assert events_of(await other.until("run.completed"), room)
        await other.call("rooms.leave", room_id=run["room_id"])
        await author.call("query", query="and then?", room_id=run["room_id"])
        await author.call("rooms.update", room_id=run["room_id"], name="renamed")
        name, params = await other.note()
        # Who was there may have been told before the leaving.
        while name == "signal":
            name, params = await other.note()
        assert (name, params["stream"]) == ("events", own)


async def test_events_before_the_reply_count_against_its_position(
    server: RunningServer,
) -> None:
    """In a room that is followed already, a turn's events wait for no reply."""
    async with server.talk() as talk:
        room = await talk.call("rooms.create", name="Bees")
        joined = await talk.call("rooms.join", room_id=room["room_id"])
        number = await talk.ask("stream_request", query="Why?", room_id=room["room_id"])
        started = (await talk.reply(number))["result"]
        assert started["seq"] >= joined["seq"]
        notes = await talk.until("run.completed")
        events = events_of(notes, f"room:{room['room_id']}")
        assert [event["seq"] for event in events] == [
            started["seq"] + number for number in range(1, len(events) + 1)
        ]
        assert events[1]["type"] == "run.started"
        assert events[1]["data"]["run_id"] == started["run_id"]
        assert text_of(notes) == TEXT


async def test_repeating_a_request_on_a_new_connection_brings_its_events(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    asked = {"query": "why?", "client_msg_id": "again"}
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        async with server.talk() as talk:
            run = await talk.call("stream_request", **asked)
        async with server.talk() as back:
            assert await back.call("stream_request", **asked) == run
            lift(gate)
            notes = await back.until("run.completed")
            assert [event["seq"] for event in events_of(notes, f"room:{run['room_id']}")][:2] == [
                run["seq"] + 1, run["seq"] + 2,
            ]  # fmt: skip
            assert text_of(notes) == TEXT


async def test_two_joins_at_once_give_events_once_and_in_order(server: RunningServer) -> None:
    async with server.talk() as talk:
        room = await talk.call("rooms.create", name="twice")
        stream = f"room:{room['room_id']}"
        numbers = [await talk.ask("rooms.join", room_id=room["room_id"]) for _ in range(5)]
        await talk.ask("stream_request", query="why?", room_id=room["room_id"])
        for number in numbers:
            assert "result" in await talk.reply(number)
        seqs = [event["seq"] for event in events_of(await talk.until("run.completed"), stream)]
        assert seqs == sorted(set(seqs))


@pytest.mark.parametrize("hello", [True, False])
async def test_no_listener_is_left(server: RunningServer, hello: bool) -> None:
    for _ in range(3):
        async with server.talk() as talk:
            run = await talk.call("stream_request", query="why?")
            await talk.ended()
            if hello:
                await talk.call("session.hello")
                await talk.call("rooms.join", room_id=run["room_id"])
    await eventually(lambda: server.app.services.hub.streams() == [])
    assert not server.app.server_context.open
    assert not server.app.server_context.connections


async def test_events_are_encoded_once_per_codec(server: RunningServer) -> None:
    sockets = [MemorySocket() for _ in range(3)]
    hello = b'{"jsonrpc":"2.0","id":1,"method":"session.hello"}'
    for socket in sockets:
        connection = server.app.server_context.connect(socket, server.token())
        connection.received(hello)
        assert b"session_id" in (await socket.frames.get() or b"")
    async with server.talk() as talk:
        await talk.call("rooms.create", name="once")
    first, *others = [await socket.frames.get() for socket in sockets]
    assert json.loads(first or b"")["method"] == "events"
    assert all(frame is first for frame in others)
