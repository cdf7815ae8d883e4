"""PROTOCOL §2: frames, batches, envelopes, heartbeats; and what malformed ones may not do."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from support.frozen_time import frozen_time, turns_until
from support.servers import SECONDS, RunningServer, request, running, settings_for

PING = request(1, "session.ping")
BROKEN: list[tuple[str, str | bytes, int, Any]] = [
    ("no JSON", "hello", -32700, None),
    ("half a frame", '{"jsonrpc":"2.0","id":7,"method":', -32700, None),
    ("nothing", "", -32700, None),
    ("nested too deep", "[" * 100_000, -32700, None),
    ("nested too deep in an object", '{"a":' * 10_000, -32700, None),
    ("a lone surrogate", '{"jsonrpc":"2.0","id":7,"method":"\\ud800"}', -32700, None),
    ("a number", "17", -32600, None),
    ("a string", '"session.ping"', -32600, None),
    ("null", "null", -32600, None),
    ("an empty batch", "[]", -32600, None),
    ("no version", '{"id":7,"method":"session.ping"}', -32600, 7),
    ("another version", '{"jsonrpc":"1.0","id":7,"method":"session.ping"}', -32600, 7),
    ("no method", '{"jsonrpc":"2.0","id":7}', -32600, 7),
    ("a method that is a number", '{"jsonrpc":"2.0","id":7,"method":3}', -32600, 7),
    ("an id that is an object", '{"jsonrpc":"2.0","id":{},"method":"session.ping"}', -32600, None),
    ("an unknown method", '{"jsonrpc":"2.0","id":7,"method":"no.such"}', -32601, 7),
    ("no params", '{"jsonrpc":"2.0","id":7,"method":"query"}', -32602, 7),
    ("params by position", '{"jsonrpc":"2.0","id":7,"method":"query","params":["x"]}', -32602, 7),
    ("params that are null", '{"jsonrpc":"2.0","id":7,"method":"query","params":null}', -32602, 7),
    ("a string id", '{"jsonrpc":"2.0","id":"a","method":"no.such"}', -32601, "a"),
    ("bytes that are JSON", b'{"jsonrpc":"2.0","id":7,"method":"no.such"}', -32601, 7),
    ("bytes that are nothing", b"\xff\xfe\x00", -32700, None),
]


@pytest.mark.parametrize(
    ("frame", "code", "number"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
async def test_malformed_frames_get_an_error_and_affect_no_other(
    server: RunningServer, frame: str | bytes, code: int, number: Any
) -> None:
    async with server.talk() as other, server.talk() as talk:
        await talk.send(frame)
        reply = await talk.receive()
        assert (reply["error"]["code"], reply["id"], reply["jsonrpc"]) == (code, number, "2.0")
        assert reply["error"]["data"]["kind"]
        assert (await talk.call("session.ping"))["at"]
        assert (await other.call("session.ping"))["at"]


async def test_frames_of_random_bytes_are_all_answered(server: RunningServer) -> None:
    async with server.talk() as talk:
        for size in range(1, 60):
            await talk.send(os.urandom(size))
            assert "error" in await talk.receive()
        assert (await talk.call("session.ping"))["at"]


async def test_a_batch_is_answered_by_one_array_in_order(server: RunningServer) -> None:
    async with server.talk() as talk:
        batch: list[Any] = [request(n, "session.ping") for n in range(62)]
        await talk.send([*batch, {"jsonrpc": "2.0", "method": "session.ping"}, 5])
        replies = await talk.receive()
        assert [reply["id"] for reply in replies] == [*range(62), None]
        assert all("at" in reply["result"] for reply in replies[:62])
        assert replies[62]["error"]["data"]["kind"] == "invalid_request"


async def test_a_batch_has_64_requests_at_most(server: RunningServer) -> None:
    async with server.talk() as talk:
        await talk.send([request(n, "rooms.list") for n in range(64)])
        assert [reply["id"] for reply in await talk.receive()] == [*range(64)]
        await talk.send([request(n, "session.ping") for n in range(65)])
        reply = await talk.receive()
        assert (reply["error"]["code"], reply["id"]) == (-32600, None)
        assert "65" in reply["error"]["message"]


async def test_notifications_get_no_reply(server: RunningServer) -> None:
    async with server.talk() as talk:
        await talk.send({"jsonrpc": "2.0", "method": "rooms.create", "params": {"name": "quiet"}})
        await talk.send({"jsonrpc": "2.0", "method": "no.such"})
        await talk.send([{"jsonrpc": "2.0", "method": "session.ping"}])
        notes = await talk.until("room.updated")
        assert len(notes) == 1
        assert (await talk.reply(await talk.ask("session.ping")))["result"]["at"]
        assert not talk.heard


async def test_a_frame_over_the_limit_closes_with_1009(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, limits={"max_frame_bytes": 4096})
    async with running(settings) as server, server.talk() as other:
        async with server.talk() as talk:
            await talk.send(json.dumps(PING).ljust(4096))
            assert "result" in await talk.receive()
            await talk.send(json.dumps(PING).ljust(4097))
            assert await talk.close_code() == 1009
        assert (await other.call("session.ping"))["at"]


async def test_invalid_utf8_closes_with_1007(server: RunningServer) -> None:
    async with server.talk() as other, server.talk() as talk:
        await talk.socket.send(b'{"a":"\xff"}', text=True)
        assert await talk.close_code() == 1007
        assert (await other.call("session.ping"))["at"]


async def test_a_message_in_fragments_is_one_frame(server: RunningServer) -> None:
    async with server.talk() as talk:
        raw = json.dumps(request(9, "session.ping"))
        await talk.socket.send([raw[:10], raw[10:11], raw[11:]])
        assert (await talk.reply(9))["result"]["at"]


async def test_the_compact_envelope_is_chosen_by_the_first_frame(server: RunningServer) -> None:
    async with server.socket() as talk:
        await talk.send({"type": "session.hello", "id": 1, "token": server.token()})
        hello = await talk.receive()
        assert (hello["type"], hello["id"]) == ("response", 1)
        assert hello["result"]["user"]["role"] == "owner"
        await talk.send({"type": "rooms.create", "id": 2, "name": "Bees"})
        frames = {frame["type"]: frame for frame in [await talk.receive(), await talk.receive()]}
        assert frames["response"]["result"]["name"] == "Bees"
        assert frames["events"]["events"][0]["type"] == "room.updated"
        assert "jsonrpc" not in frames["events"]
        await talk.send({"type": "no.such", "id": "x"})
        error = await talk.receive()
        assert (error["type"], error["id"], error["error"]["code"]) == ("error", "x", -32601)
        # The other envelope is not understood any more.
        await talk.send(PING)
        assert (await talk.receive())["error"]["data"]["field"] == "type"


async def test_the_other_envelope_stays_json_rpc(server: RunningServer) -> None:
    async with server.talk() as talk:
        await talk.send({"type": "session.ping", "id": 5})
        reply = await talk.receive()
        assert (reply["jsonrpc"], reply["id"], reply["error"]["code"]) == ("2.0", 5, -32600)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["basicchat.v1"], "basicchat.v1"),
        (["other", "basicchat.v1"], "basicchat.v1"),
        (None, None),
    ],
)
async def test_the_subprotocol_is_negotiated(
    server: RunningServer, offered: list[str] | None, chosen: str | None
) -> None:
    async with server.socket(subprotocols=offered) as talk:
        assert talk.socket.subprotocol == chosen
        assert (await talk.call("session.hello", token=server.token()))["session_id"]


async def test_an_unknown_subprotocol_closes_with_4400(server: RunningServer) -> None:
    async with connect(server.ws_url, subprotocols=["basicchat.v9"]) as socket:  # type: ignore[list-item]
        async with asyncio.timeout(SECONDS):
            await socket.wait_closed()
        assert socket.close_code == 4400


async def test_there_is_no_websocket_elsewhere(server: RunningServer) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(server.ws_url + "/other")
    assert refused.value.response.status_code == 403


HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PONG, PING_CODE, TEXT = 0x8A, 0x89, 0x81


async def frame_of(reader: asyncio.StreamReader) -> int:
    """The first byte of the next frame, whose payload is passed over."""
    code, length = await reader.readexactly(2)
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    await reader.readexactly(length)
    return code


def masked(code: int, payload: bytes) -> bytes:
    """A short frame as clients send it, with a mask of zeros."""
    return bytes((code, 0x80 | len(payload))) + bytes(4) + payload


async def test_any_traffic_resets_the_heartbeat(tmp_path: Path) -> None:
    """Who speaks is not dropped, though it answers no ping; who stops, is."""
    interval = 1.0
    settings = settings_for(tmp_path, limits={"heartbeat_seconds": interval})
    async with running(settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
        writer.write(HANDSHAKE)
        with frozen_time() as clock:
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(5):
                clock.advance(0.9 * interval)
                writer.write(masked(TEXT, b"17"))
                assert await frame_of(reader) == TEXT
            clock.advance(interval)
            assert await frame_of(reader) == PING_CODE
            # An unsolicited pong is traffic like any other.
            clock.advance(0.9 * interval)
            writer.write(masked(PONG, b""))
            (wire,) = server.server.server_state.connections
            await turns_until(lambda: not wire.silent_for())
            clock.advance(interval)
            assert await frame_of(reader) == PING_CODE
            clock.advance(interval)
            assert (await reader.read())[:1] == b"\x88"
        writer.close()


async def test_the_server_pings_and_drops_silent_clients(tmp_path: Path) -> None:
    interval = 1.0
    settings = settings_for(tmp_path, limits={"heartbeat_seconds": interval})
    async with running(settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.app.settings.port)
        # A peer that shakes hands and then never answers a ping.
        writer.write(HANDSHAKE)
        with frozen_time() as clock:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            clock.advance(interval)
            assert await frame_of(reader) == PING_CODE
            clock.advance(interval)
            assert (await reader.read())[:1] == b"\x88"
        writer.close()
        async with server.talk() as talk:
            assert talk.welcome["heartbeat_seconds"] == interval
