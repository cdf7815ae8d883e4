"""PROTOCOL §6: every kind of error as its asker gets it."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from basicchat.api.router import method_table
from basicchat.domain.chat import ChatRequest
from basicchat.domain.errors import InvalidInput, UpstreamUnavailable
from basicchat.protocol.errors import KINDS, WireError
from basicchat.testing.scripted_llm import PacedLLM
from support.servers import RunningServer, WireFailure, events_of, running, settings_for

SECRET = "swordfish-in-the-exception"
DOWN = UpstreamUnavailable(
    "scripted does not answer", provider="scripted", hint="Start it.", retryable=False
)
LONG = InvalidInput("The question is too long for the model", field="query", hint="Shorten it.")


def faulty() -> PacedLLM:
    """Fails in the way that the question asks for."""

    def script(request: ChatRequest) -> Any:
        match request.question:
            case "down":
                return ["so far "], DOWN
            case "long":
                return [], LONG
            case "bug":
                return ["so far "], RuntimeError(SECRET)
            case _:
                return ["fine"], None

    def chunks(request: ChatRequest) -> Any:
        texts, error = script(request)
        yield from texts
        if error is not None:
            raise error

    return PacedLLM(chunks)


async def error_of(work: Any) -> dict[str, Any]:
    with pytest.raises(WireFailure) as failed:
        await work
    error = failed.value.error
    typed = msgspec.convert(error, WireError, strict=True)
    assert msgspec.json.decode(msgspec.json.encode(typed)) == error
    assert KINDS[typed.data.kind].code == typed.code
    return error


INVALID: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("query", {}, "query", ["query", "missing"]),
    ("query", {"query": 5}, "query", ["query", "str", "5 came"]),
    ("query", {"query": ""}, "query", ["query", ">= 1", '"" came']),
    ("query", {"query": "x" * 200_001}, "query", ["query", "200000", "came"]),
    (
        "query",
        {"query": "x", "reasoning_mode": "wild"},
        "reasoning_mode",
        ["reasoning_mode", "wild", "allowed: auto, standard"],
    ),
    ("query", {"query": "x", "document_ids": ["a", 7]}, "document_ids[1]", ["str", "7 came"]),
    ("messages.list", {"room_id": "x", "limit": 0}, "limit", ["limit", ">= 1", "0 came"]),
    ("messages.list", {"room_id": "x", "limit": 201}, "limit", ["limit", "<= 200", "201 came"]),
    ("messages.list", {"room_id": "x", "before": "1"}, "before", ["int", '"1" came']),
    ("documents.search", {"query": "x", "k": 1.5}, "k", ["k", "int", "1.5 came"]),
    ("rooms.join", {"room_id": "x" * 201}, "room_id", ["room_id", "200", "came"]),
    (
        "session.hello",
        {"resume": {"session_id": "x", "resume_token": "y", "cursors": {"s": {"epoch": "e"}}}},
        "resume.cursors[...].seq",
        ["seq", "missing"],
    ),
    ("session.hello", {"resume": {}}, "resume.session_id", ["session_id", "missing"]),
    ("tool_execution", {"name": "calculator", "arguments": []}, "arguments", ["object", "[] came"]),
]


@pytest.mark.parametrize(("method", "params", "field", "told"), INVALID)
async def test_invalid_params_name_the_field_the_value_and_the_allowed_ones(
    server: RunningServer, method: str, params: dict[str, Any], field: str, told: list[str]
) -> None:
    async with server.talk() as talk:
        error = await error_of(talk.call(method, **params))
        assert (error["code"], error["data"]["field"]) == (-32602, field)
        for words in told:
            assert words in error["message"]
        assert len(error["message"]) < 400


async def test_secrets_are_not_repeated(server: RunningServer) -> None:
    async with server.talk() as talk:
        for params in ({"token": "x" * 8193}, {"resume": {"session_id": "s", "resume_token": 77}}):
            error = await error_of(talk.call("session.hello", **params))
            assert error["data"]["field"].endswith("token")
            assert "came" not in error["message"]
        error = await error_of(talk.call("users.create", name="Ann", password="hunter2"))
        assert error["data"]["field"] == "password"
        assert "hunter2" not in str(error)


async def test_unknown_fields_are_ignored(server: RunningServer) -> None:
    async with server.talk() as talk:
        assert await talk.call("rooms.create", name="Bees", colour="yellow")


async def test_an_unknown_method_says_so(server: RunningServer) -> None:
    async with server.talk() as talk:
        error = await error_of(talk.call("x" * 5000))
        assert error["message"].startswith("Unknown message type")
        assert len(error["message"]) < 200


async def test_upstream_failures_are_named_and_keep_the_text(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path), faulty()) as server, server.talk() as talk:
        error = await error_of(talk.call("query", query="down"))
        assert error == {
            "code": -32050,
            "message": "scripted does not answer",
            "data": {"kind": "upstream_unavailable", "retryable": False, "hint": "Start it."},
        }
        run = await talk.ended()
        assert (run["status"], run["parts"][0]["text"]) == ("failed", "so far ")
        assert run["error"]["kind"] == "upstream_unavailable"
        assert run["error"]["hint"] == "Start it."
        assert (await talk.call("query", query="well?"))["answer"] == "fine"


async def test_client_errors_stay_client_errors(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path), faulty()) as server, server.talk() as talk:
        error = await error_of(talk.call("query", query="long"))
        assert (error["code"], error["data"]["hint"]) == (-32602, "Shorten it.")


@pytest.mark.parametrize("way", ["query", "stream_request"])
async def test_an_internal_error_has_an_incident_and_no_text(
    tmp_path: Path, way: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with running(settings_for(tmp_path), faulty()) as server, server.talk() as talk:
        if way == "query":
            error = await error_of(talk.call("query", query="bug"))
            incident = error["data"]["incident"]
            assert (error["code"], error["data"]["retryable"]) == (-32603, True)
            assert error["message"].startswith("Processing error")
        run = None
        if way == "stream_request":
            await talk.call("stream_request", query="bug")
            run = await talk.ended()
            error = run["error"]
            incident = error["incident"]
        assert len(incident) >= 12
        assert SECRET not in json.dumps([error, run, *talk.heard])
    out, err = capfd.readouterr()
    assert incident in out + err
    assert SECRET in out + err, "the log knows what happened"


async def test_a_broken_handler_affects_no_other(server: RunningServer) -> None:
    """A table that is gone under the server's feet is as unforeseen as can be."""
    async with server.talk() as talk, server.talk() as other:
        path = server.app.settings.database_path
        with closing(sqlite3.connect(path)) as database:
            database.execute("ALTER TABLE rooms RENAME TO gone")
        error = await error_of(talk.call("rooms.list"))
        assert error["data"]["incident"]
        assert "gone" not in error["message"]
        assert "rooms" not in error["message"]
        assert path.name not in json.dumps(error)
        assert await talk.call("session.ping")
        assert await other.call("session.ping")


async def test_a_stopping_server_takes_no_more_runs(server: RunningServer) -> None:
    async with server.talk() as talk:
        draining = asyncio.create_task(server.app.services.runner.drain(0))
        await draining
        error = await error_of(talk.call("stream_request", query="why?"))
        assert (error["code"], error["data"]["retry_after_ms"]) == (-32029, 2000)
        assert (await server.app.store.rooms(server.app.owner.id)).rooms == ()


async def test_a_stopping_server_says_1001(server: RunningServer) -> None:
    async with server.talk() as talk:
        stopping = asyncio.create_task(server.stop())
        assert await talk.close_code() == 1001
        await stopping


async def test_an_idle_client_receives_nothing(server: RunningServer) -> None:
    async with server.talk() as talk, server.talk() as other:
        await other.call("rooms.create", name="for all devices")
        assert events_of([await talk.note()])[0]["type"] == "room.updated"
        assert (await talk.call("session.ping"))["at"]
        assert not talk.heard


def test_all_kinds_are_there() -> None:
    assert {kind: known.code for kind, known in KINDS.items()} == {
        "parse": -32700,
        "invalid_request": -32600,
        "unknown_method": -32601,
        "invalid_params": -32602,
        "internal": -32603,
        "unauthenticated": -32001,
        "forbidden": -32003,
        "not_found": -32004,
        "conflict": -32009,
        "too_large": -32010,
        "storage_full": -32011,
        "rate_limited": -32029,
        "upstream_unavailable": -32050,
        "cancelled": -32051,
    }
    assert [name for name, method in method_table().items() if method.open] == ["session.hello"]
