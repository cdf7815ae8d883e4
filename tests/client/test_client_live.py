"""The client against the real server, over roads that break."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random

import msgspec
import pytest

from basicchat.client import (
    Accepted,
    BasicChatClient,
    ChatError,
    Delta,
    Event,
    Signal,
    State,
    Timing,
)
from basicchat.testing.scripted_llm import PacedLLM
from support.restartable_server import (
    QUICK,
    SECONDS,
    Place,
    Road,
    client_on,
    final_text,
    place,
    reaches,
    road,
    settings_for,
    turn,
)

WORDS = [f"{'🐝' if n % 7 == 0 else 'word'} {n} é " for n in range(120)]
TEXT = "".join(WORDS)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Place]:
    replies = {"short": ["Bees ", "dance."], "": WORDS}
    async with place(
        settings_for(tmp_path), lambda: PacedLLM(replies, tokens_per_second=100)
    ) as here:
        yield here


@pytest.fixture
async def way(server: Place) -> AsyncIterator[Road]:
    async with road(server.port) as here:
        yield here


async def test_a_turn_as_it_happens(server: Place, way: Road) -> None:
    async with client_on(way, server) as client:
        assert client.user
        assert client.state.transport == "websocket"
        events = [event async for event in client.stream_query("short?")]
    assert isinstance(events[0], Accepted)
    assert "".join(event.text for event in events if isinstance(event, Delta)) == "Bees dance."
    kinds = [event.type for event in events if isinstance(event, Event)]
    assert kinds[0] == "message.created"
    assert kinds[-1] == "run.completed"
    assert client.state.status == "closed"


async def test_a_whole_answer_and_a_room(server: Place, way: Road) -> None:
    async with client_on(way, server) as client:
        answer = await client.send_query("short?")
        assert answer["answer"] == "Bees dance."
        snapshot = await client.join(answer["room_id"])
        assert [message["text"] for message in snapshot["messages"]] == ["short?", "Bees dance."]
        started = await client.send_message({"query": "short again", "room_id": answer["room_id"]})
        assert started["room_id"] == answer["room_id"]
        with pytest.raises(ChatError) as failed:
            await client.join("c_none")
        assert failed.value.kind == "not_found"


async def test_typing_shows_and_a_message_without_a_mention_is_only_posted(
    server: Place, way: Road
) -> None:
    services = server.owner.server_context.router.services
    async with services.store.transaction() as change:
        other = await services.users.add(change, "Other", "member", None)
    async with client_on(way, server) as writer, client_on(way, server, 2) as reader:
        room = await writer.call("rooms.create", {"name": "Shared"})
        invited = {"room_id": room["room_id"], "user_id": other.id}
        await writer.call("rooms.invite", invited)
        await reader.join(room["room_id"])
        seen: list[bool] = []
        both = asyncio.Event()

        def on_signal(signal: Signal) -> None:
            if signal.type == "typing":
                seen.append(signal.data["typing"])
            if len(seen) == 2:
                both.set()

        reader.on("signal", on_signal)
        await writer.typing(room["room_id"])
        await writer.typing(room["room_id"], typing=False)
        async with asyncio.timeout(SECONDS):
            await both.wait()
            said = [
                event async for event in writer.stream_query("hello all", room_id=room["room_id"])
            ]
        assert seen == [True, False]
        assert [event.type for event in said] == ["accepted"]


@pytest.mark.parametrize("seed", range(3))
async def test_cut_many_times_in_mid_answer(server: Place, way: Road, seed: int) -> None:
    random = Random(seed)
    way.cut_after = lambda: random.randrange(1500, 6000)
    async with client_on(way, server, seed) as client:
        asked = [turn(client, f"question {n}") for n in range(3)]
        async with asyncio.timeout(3 * SECONDS):
            ended = await asyncio.gather(*asked)
    for text, end in ended:
        assert (end.type, text) == ("run.completed", TEXT)
        assert final_text(end) == TEXT
    assert way.cuts >= 5


async def test_others_in_the_room_lose_nothing_either(server: Place, way: Road) -> None:
    random = Random(7)
    async with client_on(way, server) as asker, client_on(way, server, 2) as reader:
        room = await asker.call("rooms.create", {"name": "Bees"})
        await reader.join(room["room_id"])
        seqs: list[int] = []
        text = ""
        over = asyncio.Event()

        def on_event(event: Event) -> None:
            if event.stream.startswith("room:") and event.seq is not None:
                seqs.append(event.seq)
            if event.type == "run.completed":
                over.set()

        def on_delta(delta: Delta) -> None:
            nonlocal text
            assert delta.off == len(text)
            text += delta.text

        reader.on("event", on_event)
        reader.on("delta", on_delta)
        way.cut_after = lambda: random.randrange(1500, 6000)
        way.cut()
        _, end = await turn(asker, "question", room_id=room["room_id"])
        async with asyncio.timeout(SECONDS):
            await over.wait()
    assert text == final_text(end) == TEXT
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


async def test_the_server_restarts_in_mid_answer(server: Place, way: Road) -> None:
    async with client_on(way, server) as client:
        turned = asyncio.create_task(turn(client, "question"))
        room = await client.call("rooms.create", {})
        await reaches_text(client)
        await server.stop()
        await reaches(client, "reconnecting")
        waiting = asyncio.create_task(client.send_query("short?"))
        await server.start()
        text, end = await turned
        assert end.type in ("run.interrupted", "run.cancelled")
        assert text
        assert TEXT.startswith(text)
        assert (await waiting)["answer"] == "Bees dance."
        assert room["room_id"] in [
            each["room_id"] for each in (await client.call("rooms.list"))["rooms"]
        ]


async def reaches_text(client: BasicChatClient) -> None:
    seen = asyncio.Event()

    def look(delta: Delta) -> None:
        if delta.off > 50:
            seen.set()

    end = client.on("delta", look)
    async with asyncio.timeout(SECONDS):
        await seen.wait()
    end()


async def test_offline_messages_are_sent_once(server: Place, way: Road) -> None:
    async with client_on(way, server) as client:
        room = await client.call("rooms.create", {"name": "Offline"})
        way.close()
        await reaches(client, "reconnecting")
        asked = [
            asyncio.create_task(client.send_query(f"short {n}", room_id=room["room_id"]))
            for n in range(10)
        ]
        typing = await client.typing(room["room_id"])
        assert typing is None
        way.closed = False
        random = Random(3)
        way.cut_after = lambda: random.randrange(2000, 6000)
        async with asyncio.timeout(SECONDS):
            answers = await asyncio.gather(*asked)
        way.cut_after = lambda: None
        way.cut()
        listed = await client.call("messages.list", {"room_id": room["room_id"]})
    assert all(answer["answer"] == "Bees dance." for answer in answers)
    texts = [m["text"] for m in listed["messages"] if m["author"]["kind"] == "user"]
    assert sorted(texts) == sorted(f"short {n}" for n in range(10))


async def test_a_queue_is_not_refused_for_coming_all_at_once(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, messages_per_minute=1200)
    async with (
        place(settings, lambda: PacedLLM({"": ["Yes."]})) as server,
        road(server.port) as way,
        client_on(way, server) as client,
    ):
        room = await client.call("rooms.create", {})
        way.close()
        await reaches(client, "reconnecting")
        params = {"room_id": room["room_id"], "limit": 1}
        # More than a minute's burst allows.
        asked = [asyncio.create_task(client.call("messages.list", params)) for _ in range(400)]
        way.closed = False
        async with asyncio.timeout(SECONDS):
            assert len(await asyncio.gather(*asked)) == 400


@pytest.mark.parametrize("seed", range(2))
async def test_in_any_weather(server: Place, way: Road, seed: int) -> None:
    """WebSocket comes and goes, proxies mute events, connections are cut; all at random."""
    random = Random(seed)
    clients = [client_on(way, server, n, timing=_with_little_patience()) for n in range(3)]
    for client in clients:
        await client.connect()
    room = await clients[0].call("rooms.create", {"name": "Storm"})

    async def weather() -> None:
        while True:
            way.refused, way.muted = random.random() < 0.5, random.random() < 0.2
            way.cut_after = partial(random.randrange, 1000, random.choice([4000, 10_000, 40_000]))
            if random.random() < 0.5:
                way.cut()
            # The moment of a change is what is tried here; nothing depends on the pause.
            await asyncio.sleep(random.uniform(0.05, 0.4))

    storm = asyncio.create_task(weather())
    try:
        async with asyncio.timeout(6 * SECONDS):
            ended = await asyncio.gather(
                *(
                    turn(client, f"question {n}", room_id=room["room_id"])
                    for n, client in enumerate(clients)
                    for _ in range(2)
                )
            )
    finally:
        storm.cancel()
    for text, end in ended:
        assert (end.type, text, final_text(end)) == ("run.completed", TEXT, TEXT)
    assert way.cuts >= 10
    way.cut_after = lambda: None
    listed = await clients[0].call("messages.list", {"room_id": room["room_id"]})
    asked = [m["text"] for m in listed["messages"] if m["author"]["kind"] == "user"]
    assert sorted(asked) == sorted(2 * [f"question {n}" for n in range(3)])
    for client in clients:
        await client.close()


@pytest.mark.parametrize("muted", [False, True])
async def test_websocket_blocked(server: Place, way: Road, muted: bool) -> None:
    way.refused, way.muted = True, muted
    # Events that do not come are given up after this; the connection itself stays.
    timing = msgspec.structs.replace(QUICK, progress_timeout=10.0)
    states: list[State] = []
    client = client_on(way, server, timing=timing)
    client.on("state", states.append)
    async with client:
        assert client.state.transport == "sse", "what it begins with"
        text, end = await turn(client, "question")
        assert (text, final_text(end)) == (TEXT, TEXT)
        assert client.state.transport == ("poll" if muted else "sse")
        again, _ = await turn(client, "short?", room_id=end.data["room_id"])
        assert again == "Bees dance."
        turned = asyncio.create_task(turn(client, "question", room_id=end.data["room_id"]))
        await reaches_text(client)
        way.refused = False
        await reaches(client, "online", "websocket")
        text, _ = await turned
        assert text == TEXT
        assert "reconnecting" not in [state.status for state in states[states_online(states) :]]


def states_online(states: list[State]) -> int:
    return next(n for n, state in enumerate(states) if state.status == "online")


def _with_little_patience() -> Timing:
    # A silent connection is given up, and what it carried is sent again, long before a request is
    # given up.
    return msgspec.structs.replace(
        QUICK, probe_after=0.25, probe_timeout=0.25, progress_timeout=20.0
    )
