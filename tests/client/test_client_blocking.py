"""The blocking face, against a server in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from basicchat.client import Accepted, BlockingClient, ChatError, Delta, State
from basicchat.testing.scripted_llm import PacedLLM
from support.restartable_server import QUICK, SECONDS, Place, place, settings_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Place]:
    up, found = threading.Event(), []
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with place(settings_for(tmp_path), lambda: PacedLLM({"": ["Bees ", "dance."]})) as it:
            found.append(it)
            up.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert up.wait(SECONDS)
    yield found[0]
    loop.call_soon_threadsafe(over.set)
    thread.join(SECONDS)
    loop.close()


def test_the_same_without_asyncio(server: Place) -> None:
    url = f"http://127.0.0.1:{server.port}"
    states: list[State] = []
    with BlockingClient(url, server.token(), timing=QUICK) as client:
        client.on("state", states.append)
        assert client.user
        assert client.user["role"] == "owner"
        assert client.server
        assert client.limits["max_frame_bytes"]
        events = list(client.stream_query("why?"))
        assert isinstance(events[0], Accepted)
        text = "".join(event.text for event in events if isinstance(event, Delta))
        assert text == "Bees dance."
        room_id = events[0].room_id
        assert client.send_query("and?", room_id=room_id)["answer"] == "Bees dance."
        assert len(client.join(room_id)["messages"]) == 4
        assert client.leave(room_id) == {"room_id": room_id}
        with pytest.raises(ChatError, match="no such room"):
            client.join("c_none")
    assert client.state.status == states[-1].status == "closed"
    client.close()
    with pytest.raises(ChatError) as closed:
        client.call("rooms.list")
    assert closed.value.kind == "closed"


def test_the_names_of_the_javascript_client(server: Place) -> None:
    with BlockingClient(f"http://127.0.0.1:{server.port}", server.token()) as client:
        send, stream, message = (
            getattr(client, name) for name in ("sendQuery", "streamQuery", "sendMessage")
        )
        answer = send("why?", reasoningMode="standard")
        assert answer["answer"] == "Bees dance."
        kinds = [event.type for event in stream("and?", roomId=answer["room_id"])]
        assert (kinds[0], kinds[-1]) == ("accepted", "run.completed")
        assert message({"type": "rooms.list"})["rooms"][0]["room_id"] == answer["room_id"]


def test_a_stream_may_be_left_early(server: Place) -> None:
    with BlockingClient(f"http://127.0.0.1:{server.port}", server.token()) as client:
        for event in client.stream_query("why?"):
            assert isinstance(event, Accepted)
            break
        assert client.call("rooms.list")["rooms"]


def test_a_refused_connection_leaves_no_thread() -> None:
    # Threads of earlier tests may end meanwhile.
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="Every transport is disabled"):
        BlockingClient(websocket=False, http=False)
    with pytest.raises(ValueError, match="Invalid address"):
        BlockingClient("127.0.0.1:8765")
    assert set(threading.enumerate()) <= before
