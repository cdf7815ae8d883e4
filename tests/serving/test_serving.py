"""The server as users run it: started, interrupted, killed, and beside other processes."""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from support.server_process import SECONDS, Process, command, counting, serving

COUNTED = "".join(f"{n} " for n in range(10_000))


async def test_it_says_where_it_listens_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    began = time.monotonic()
    async with serving(tmp_path) as process:
        print(f"ready after {time.monotonic() - began:.2f} s")
        assert "is listening on http://127.0.0.1:" in process.lines[0]
        assert process.lines[1].startswith("Model provider: extractive")
        assert process.lines[2].startswith("Log in once with this link: http://127.0.0.1:")
        async with process.talk() as talk:
            assert await talk.call("session.ping")
            process.signal(signal.SIGINT)
            assert await talk.close_code() == 1001
        code, err = await process.ended()
        assert "Traceback" not in err
        assert code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_an_answer_that_ends_soon_is_finished(tmp_path: Path, number: signal.Signals) -> None:
    async with counting(tmp_path) as process:
        async with process.talk() as talk:
            await talk.call("stream_request", query="100")
            await talk.text(20)
            process.signal(number)
            run = await talk.event("run.completed", "run.interrupted", "run.cancelled")
            assert run["status"] == "completed"
            assert run["parts"][0]["text"] == "".join(f"{n} " for n in range(100))
            assert await talk.close_code() == 1001
        code, err = await process.ended()
        assert "Traceback" not in err, err
        assert code == 0


async def test_an_answer_without_end_is_interrupted(tmp_path: Path) -> None:
    async with counting(tmp_path, 0.3) as process:
        async with process.http() as http, process.talk() as talk:
            started = await talk.call("stream_request", query="on and on")
            text = await talk.text(20)
            stream = {"stream": f"room:{started['room_id']}"}
            async with http.stream("GET", "/api/events", params=stream) as feed:
                process.signal(signal.SIGINT)
                run = await talk.event("run.completed", "run.interrupted", "run.cancelled")
                assert run["status"] == "interrupted"
                assert run["parts"][0]["text"].startswith(text)
                assert await talk.close_code() == 1001
                async with asyncio.timeout(SECONDS):
                    said = b"".join([piece async for piece in feed.aiter_raw()])
                assert b"run.interrupted" in said
        _, err = await process.ended()
        assert "Traceback" not in err
        assert "graceful" not in err, "an open feed was ended by force"
    async with counting(tmp_path) as process, process.talk() as talk:
        again = await talk.call("runs.get", run_id=started["run_id"])
        assert again["status"] == "interrupted"
        assert again["parts"] == run["parts"]


async def test_an_answer_in_progress_survives_a_kill(tmp_path: Path) -> None:
    async with counting(tmp_path) as process, process.talk() as talk:
        whole = await talk.call("query", query="30")
        started = await talk.call("stream_request", query="on and on", client_msg_id="one")
        # At a hundred words a second this takes more than two seconds; one is the longest
        # that may be lost.
        length = len("".join(f"{n} " for n in range(250)))
        text = await talk.text(length, started["run_id"])
        process.signal(signal.SIGKILL)
        await process.ended()
    async with counting(tmp_path) as process, process.talk() as talk:
        run = await talk.call("runs.get", run_id=started["run_id"])
        assert run["status"] == "interrupted"
        (part,) = run["parts"]
        assert COUNTED.startswith(part["text"])
        assert part["off"] == len(part["text"]) > len(text) * 0.4
        listed = await talk.call("messages.list", room_id=started["room_id"])
        question, answer = listed["messages"]
        assert question["text"] == "on and on"
        assert (answer["text"], answer["run_status"]) == (part["text"], "interrupted")
        (first, second) = (await talk.call("messages.list", room_id=whole["room_id"]))["messages"]
        assert (first["text"], second["text"]) == ("30", whole["answer"])
        # Also what had been promised for this id.
        again = await talk.call("stream_request", query="on and on", client_msg_id="one")
        assert again == started


async def test_ingestion_goes_on_after_a_kill(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, process.http() as http, process.talk() as talk:
        ids = [await upload(http, n) for n in range(12)]
        while (await talk.event("document.updated"))["status"] != "ready":
            pass
        process.signal(signal.SIGKILL)
        await process.ended()
    async with serving(tmp_path) as process, process.talk() as talk:
        await all_ready(talk, ids)
        await all_completed(talk)
        for n in range(12):
            (hit, *_) = (await talk.call("documents.search", query=f"subject{n}"))["hits"]
            assert hit["document_id"] == ids[n]


async def upload(http: Any, n: int) -> str:
    """Upload a small document; its id."""
    text = f"# Number {n}\n\nThis is about subject{n} and nothing else.\n".encode()
    answer = await http.post("/api/documents", files={"file": (f"n{n}.md", text)})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["document_id"])


async def all_ready(talk: Any, ids: list[str]) -> None:
    """Wait until these documents are indexed."""
    async with asyncio.timeout(SECONDS * 2):
        while True:
            listed = (await talk.call("documents.list", limit=200))["documents"]
            states = {document["document_id"]: document["status"] for document in listed}
            assert "failed" not in states.values()
            if all(states[each] == "ready" for each in ids):
                return
            await talk.event("document.updated")


async def all_completed(talk: Any) -> None:
    """Wait until all tasks are completed; a document is ready just before its task is."""
    async with asyncio.timeout(SECONDS):
        while True:
            states = {task["status"] for task in (await talk.call("tasks.list"))["tasks"]}
            assert states <= {"running", "completed"}
            if states == {"completed"}:
                return
            await talk.event("task.updated")


async def test_a_command_beside_the_server_disturbs_nothing(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for n in range(10):
        (docs / f"cli{n}.md").write_text(f"# From outside\n\nIt says outside{n} here.\n")
    async with counting(tmp_path) as process:
        async with process.http() as http, process.talk() as talk, process.talk() as other:
            started = await talk.call("stream_request", query="on and on")
            indexing = asyncio.create_task(command(tmp_path, "index", str(docs)))
            ids = [await upload(http, n) for n in range(10)]
            await all_ready(other, ids)
            code, _, err = await indexing
            assert (code, err) == (0, "")
            run = await other.call("runs.get", run_id=started["run_id"])
            assert run["status"] == "running", "another process must not settle this one's runs"
            assert (await other.call("runs.cancel", run_id=started["run_id"]))["cancelled"]
            listed = (await other.call("documents.list"))["documents"]
            assert len(listed) == 20
            for word in ("outside7", "subject7"):
                assert (await other.call("documents.search", query=word))["hits"]
            process.signal(signal.SIGINT)
        assert "Traceback" not in (await process.ended())[1]


async def test_it_refuses_to_be_seen_by_others_without_a_secret(tmp_path: Path) -> None:
    code, out, err = await command(tmp_path, "serve", "--host", "0.0.0.0", "--port", "0")
    assert code != 0
    assert "secret_key" in out + err
    assert "Traceback" not in err


async def test_it_says_when_its_port_is_taken(tmp_path: Path) -> None:
    async with serving(tmp_path) as process:
        port = process.url.rpartition(":")[2]
        code, _, err = await command(tmp_path, "serve", "--port", port)
        assert code != 0
        assert f"Cannot listen on 127.0.0.1:{port}" in err
        assert await _alive(process)


async def _alive(process: Process) -> bool:
    async with process.talk() as talk:
        return bool(await talk.call("session.ping"))


async def test_pings_are_answered_while_documents_are_indexed(tmp_path: Path) -> None:
    async with (
        serving(tmp_path) as process,
        process.http() as http,
        process.talk() as watcher,
        process.talk() as pinger,
    ):
        ids: list[str] = []

        async def index_all() -> None:
            ids.extend([await upload(http, n) for n in range(100)])
            await all_ready(watcher, ids)

        indexed = asyncio.create_task(index_all())
        times: list[float] = []
        while not indexed.done():
            began = time.perf_counter()
            async with asyncio.timeout(60):
                await pinger.call("session.ping")
            times.append(time.perf_counter() - began)
            pinger.heard.clear()
        await indexed
    assert len(ids) == 100
    times.sort()
    print(f"{len(times)} pings, p99 {times[int(len(times) * 0.99)] * 1000:.1f} ms")
