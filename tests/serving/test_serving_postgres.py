"""A server whose data is in PostgreSQL, which stops and starts while it runs."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.app.factories import open_database
from basicchat.config import Settings
from basicchat.domain.errors import DatabaseUnavailable, UpstreamUnavailable
from basicchat.ops import health
from support.postgres import Server
from support.servers import (
    ANSWER,
    RunningServer,
    WireFailure,
    lift,
    running,
    scripted,
    settings_for,
)

SECONDS = 120


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A database server that no other test uses."""
    folder = Path(tempfile.mkdtemp(prefix="basicchat-own-"))
    server = Server(folder / "data")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def ready(server: RunningServer, wanted: bool) -> dict[str, Any]:
    """Wait until the server reports that it is ready or not; its report."""
    async with asyncio.timeout(SECONDS), server.http() as http:
        while True:
            reply = await http.get("/health/ready")
            if (reply.status_code == 200) is wanted:
                report: dict[str, Any] = reply.json()
                return report


async def failure(call: Any) -> dict[str, Any]:
    with pytest.raises(WireFailure) as failed:
        await call
    data: dict[str, Any] = failed.value.error["data"]
    return data


async def test_without_its_database_a_server_refuses_and_resumes_by_itself(
    tmp_path: Path, own_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "EXAMINE_SECONDS", 0.05)
    gate = asyncio.Semaphore(0)
    url = own_server.url("postgres")
    settings = settings_for(tmp_path, database_url=url, originals="database")
    async with running(settings, scripted(gate)) as server, server.talk() as talk:
        room_id = (await talk.call("rooms.create", name="Bees"))["room_id"]
        post = {"room_id": room_id, "text": "hello"}
        acknowledged = [
            (await talk.call("messages.post", **post, client_msg_id=f"m{number}"))["message_id"]
            for number in range(5)
        ]
        turn = await talk.call("stream_request", query="dance?", room_id=room_id)
        await ready(server, True)
        lift(gate, 2)
        while (await talk.note())[0] != "delta":
            pass
        own_server.stop()
        # Requests are refused, and the reason says that it is not the client's fault.
        refused = await failure(talk.call("messages.post", **post, client_msg_id="late"))
        assert (refused["kind"], refused["retryable"]) == ("upstream_unavailable", True)
        assert refused["reason"] == "database_unavailable"
        refused = await failure(talk.call("messages.list", room_id=room_id))
        assert refused["reason"] == "database_unavailable"
        report = await ready(server, False)
        assert report["dependencies"]["database"]["status"] != "ok"
        async with server.http() as http:
            assert (await http.get("/health/live")).status_code == 200
        # Nobody is thrown out because their token cannot be checked at this moment.
        for holders in server.app.services.access_revocation._holders.values():
            for holder in tuple(holders):
                with pytest.raises(DatabaseUnavailable):
                    await holder.recheck()
        # An answer that ends now is complete for its reader, and is stored later.
        lift(gate)
        # Meanwhile users are told what is away.
        signals: dict[str, Any] = {}
        async with asyncio.timeout(SECONDS):
            while not {"unsaved", "service"} <= signals.keys():
                note = (await talk.note())[1]
                signals[note.get("type", "")] = note.get("data")
        assert signals["service"] == {"other_servers": True, "database": False}
        own_server.start()
        run = await talk.ended()
        assert (run["run_id"], run["status"]) == (turn["run_id"], "completed")
        await ready(server, True)
        posted = await talk.call("messages.post", **post, client_msg_id="late")
        again = await talk.call("messages.post", **post, client_msg_id="late")
        assert again["message_id"] == posted["message_id"]
        listed = (await talk.call("messages.list", room_id=room_id))["messages"]
        assert [each["message_id"] for each in listed[:5]] == acknowledged
        assert [each["seq"] for each in listed] == sorted({each["seq"] for each in listed})
        texts = [each["text"] for each in listed[5:]]
        assert texts == ["dance?", "".join(ANSWER), "hello"]
        async with server.http(headers=server.bearer()) as http:
            sent = await http.post("/api/documents", files={"file": ("bees.txt", b"Bees dance")})
            document_id = sent.json()["document_id"]
    # Another node finds everything, and the owner is the same.
    settings = settings.model_copy(update={"data_dir": tmp_path / "other"})
    async with running(settings, scripted(gate)) as server, server.talk() as talk:
        async with server.http(headers=server.bearer()) as http:
            original = await http.get(f"/api/documents/{document_id}/content")
            assert original.content == b"Bees dance"
        listed = (await talk.call("messages.list", room_id=room_id))["messages"]
        assert [each["text"] for each in listed[5:]] == texts


async def test_a_missing_driver_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    for name in [name for name in sys.modules if name.startswith("basicchat.storage.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UpstreamUnavailable, match="not installed") as missing:
        await open_database(Settings(database_url="postgresql:///chat"))
    assert "pip install 'basicchat[postgres]'" in (missing.value.hint or "")
