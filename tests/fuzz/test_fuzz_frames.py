"""Whatever a client sends: everything is answered, and nobody else notices."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from basicchat.transports.metered_websocket import UNADMITTED_BYTES
from support.fuzz_server import (
    BEFORE_HELLO,
    BINARY,
    CLOSE,
    STATES,
    TEXT,
    FuzzServer,
    frame,
    memory,
)

MIB = 1 << 20
KINDS = {"parse", "invalid_request", "unknown_method", "invalid_params", "unauthenticated"}
KINDS |= {"forbidden", "not_found", "conflict", "too_large", "rate_limited", "cancelled"}
KINDS |= {"upstream_unavailable"}
often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
states = st.sampled_from(STATES)


def is_json(data: bytes) -> bool:
    """Whether this might be JSON; what Python takes for it, and this server need not, too."""
    try:
        json.loads(data.decode())
    except RecursionError:
        return False
    except ValueError:
        return False
    return True


def kind_of(reply: Any) -> str | None:
    """The kind of an error; None for a result."""
    return reply["error"]["data"]["kind"] if "error" in reply else None


async def answered(
    stage: FuzzServer, state: str, frames: list[tuple[bytes, int]], count: int
) -> Any:
    """Send frames in a state; so many answers must come, and no other connection notice."""
    peer, due = await stage.in_state(state)
    for data, opcode in frames:
        peer.send(data, opcode)
    replies = await peer.replies(count + due)
    await peer.socket.close()
    await stage.undisturbed()
    return [reply for reply in replies if isinstance(reply, list) or reply["id"] != "hello"]


# --- what is no JSON ----------------------------------------------------------------------------

junk = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.sampled_from([b"", b" ", b"{", b"[", b'{"a":', b"nul", b"\xff\xfe{}", b"\x00", b"[1,]"]),
    st.text('[]{}",:0123456789eE+-.tfn\\u ', max_size=60).map(str.encode),
).filter(lambda data: not is_json(data))


def text_frame(data: bytes) -> tuple[bytes, int]:
    """A text frame, if the bytes are UTF-8; as text they would otherwise end the connection."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return data, BINARY
    return data, TEXT


@often
@given(states, st.lists(st.tuples(junk, st.booleans()), min_size=1, max_size=40))
def test_invalid_json_is_reported(
    stage: FuzzServer, state: str, sent: list[tuple[bytes, bool]]
) -> None:
    frames = [(data, BINARY) if binary else text_frame(data) for data, binary in sent]
    replies = stage.run(answered(stage, state, frames, len(frames)))
    assert {reply["id"] for reply in replies} == {None}
    assert {kind_of(reply) for reply in replies} <= {"parse", "rate_limited"}


@often
@given(states, st.binary(min_size=1, max_size=40))
def test_invalid_utf8_ends_only_its_own_connection(
    stage: FuzzServer, state: str, data: bytes
) -> None:
    async def example() -> int | None:
        peer, _ = await stage.in_state(state)
        peer.send(data + b"\xff")
        code = await peer.close_code()
        await stage.undisturbed()
        return code

    assert stage.run(example()) == 1007


# --- any JSON -----------------------------------------------------------------------------------

INTEGERS = st.one_of(
    st.integers(-10, 10),
    st.sampled_from([2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63) - 1, 10**300]),
    st.integers(),
)
scalars = st.one_of(
    st.none(), st.booleans(), INTEGERS, st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)  # fmt: skip
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
NAMES = ["session.ping", "session.hello", "rooms.list", "rooms.join", "runs.get", "messages.list"]
NAMES += ["documents.search", "tool_execution", "query", "nonsense", ""]
likely = st.fixed_dictionaries(
    {"id": st.one_of(scalars, anything)},
    optional={
        "jsonrpc": st.one_of(st.just("2.0"), anything),
        "method": st.one_of(st.sampled_from(NAMES), anything),
        "type": st.one_of(st.sampled_from(NAMES), anything),
        "params": anything,
        "token": anything,
        "resume": anything,
        "query": anything,
    },
)
items = st.one_of(likely, likely, anything)


def is_notification(item: Any, state: str) -> bool:
    """Whether nobody waits for an answer to this; no client of the compact form says so."""
    return (
        state != "compact"
        and isinstance(item, dict)
        and item.get("jsonrpc") == "2.0"
        and isinstance(item.get("method"), str)
        and isinstance(item.get("type", ""), str)
        and "id" not in item
    )


def due_for(value: Any, state: str) -> int | None:
    """How many answers there must be in the reply to a frame; None if it is no batch."""
    if isinstance(value, list) and 0 < len(value) <= 64:
        return sum(not is_notification(item, state) for item in value)
    return None if not is_notification(value, state) else 0


@often
@given(states, st.lists(st.one_of(items, st.lists(items, max_size=70)), max_size=12))
def test_any_json_is_answered(stage: FuzzServer, state: str, values: list[Any]) -> None:
    if state == BEFORE_HELLO:
        # The first frame chooses the envelope.
        values = [{"jsonrpc": "2.0", "id": 0, "method": "session.ping"}, *values]
    sizes = [due_for(value, state) for value in values]
    frames = [(json.dumps(value, ensure_ascii=False).encode(), TEXT) for value in values]
    count = sum(size != 0 for size in sizes)
    replies = stage.run(answered(stage, state, frames, count))
    batches = sorted(len(reply) for reply in replies if isinstance(reply, list))
    assert batches == sorted(size for size in sizes if size)
    single = [reply for reply in replies if isinstance(reply, dict)]
    inside = [each for reply in replies if isinstance(reply, list) for each in reply]
    for reply in single + inside:
        assert kind_of(reply) in KINDS | {None}, reply


surrogates = st.lists(
    st.one_of(
        st.integers(0xD800, 0xDFFF).map("\\u{:04x}".format),
        st.sampled_from(["a", "\\ud83d\\udc1d", "\\u0000", "\\n"]),
    ),
    min_size=1,
    max_size=6,
).map("".join)
PLACES = (
    '{"jsonrpc":"2.0","id":1,"method":"%s"}',
    '{"jsonrpc":"2.0","id":"%s","method":"session.ping"}',
    '{"jsonrpc":"2.0","id":1,"method":"query","params":{"query":"%s"}}',
    '{"jsonrpc":"2.0","id":1,"method":"rooms.create","params":{"name":"%s"}}',
    '{"jsonrpc":"2.0","id":1,"method":"documents.search","params":{"query":"%s"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tool_execution","params":'
    '{"name":"calculator","arguments":{"%s":"%s"}}}',
    '{"type":"rooms.create","id":1,"name":"%s"}',
    '["%s"]',
)


@often
@given(states, st.sampled_from(PLACES), surrogates)
def test_halves_of_surrogate_pairs(stage: FuzzServer, state: str, place: str, text: str) -> None:
    data = place.replace("%s", text).encode()
    (reply,) = stage.run(answered(stage, state, [(data, TEXT)], 1))
    for each in reply if isinstance(reply, list) else [reply]:
        assert kind_of(each) in KINDS | {None}


DEEP = (("[", "]"), ('{"a":', "}"), ('[{"b":[', "]}]"))
AROUND = (
    "%s",
    '{"jsonrpc":"2.0","id":1,"method":"session.ping","params":%s}',
    '{"jsonrpc":"2.0","id":%s,"method":"session.ping"}',
    '{"jsonrpc":"2.0","id":1,"method":"tool_execution","params":'
    '{"name":"calculator","client_msg_id":"deep","arguments":{"a":%s}}}',
    '{"jsonrpc":"2.0","id":1,"method":"session.hello","params":{"resume":%s}}',
    '{"type":"query","id":1,"query":%s}',
)


@often
@given(
    states,
    st.sampled_from(AROUND),
    st.sampled_from(DEEP),
    st.one_of(st.integers(1, 2000), st.sampled_from([5000, 30_000, 100_000])),
    st.booleans(),
)
def test_deep_json(
    stage: FuzzServer, state: str, around: str, brackets: tuple[str, str], depth: int, closed: bool
) -> None:
    left, right = brackets
    text = around.replace("%s", left * depth + "1" + right * depth * closed)
    assume(state != BEFORE_HELLO or len(text) < UNADMITTED_BYTES)
    (reply,) = stage.run(answered(stage, state, [(text.encode(), TEXT)], 1))
    for each in reply if isinstance(reply, list) else [reply]:
        assert kind_of(each) in KINDS | {None}


NUMBERS = ("9" * 25, "-" + "9" * 400, "1" + "0" * 20_000, "1e400", "-1e999999999", "0.1e-400")
WITH_NUMBERS = (
    '{"jsonrpc":"2.0","id":%s,"method":"session.ping"}',
    '{"jsonrpc":"2.0","id":1,"method":"messages.list","params":{"room_id":"c","limit":%s}}',
    '{"jsonrpc":"2.0","id":1,"method":"documents.search","params":{"query":"a","k":%s}}',
    '{"jsonrpc":"2.0","id":1,"method":"tool_execution","params":'
    '{"name":"calculator","arguments":{"expression":"1","x":%s}}}',
    '{"jsonrpc":"2.0","id":1,"method":"tool_execution","params":'
    '{"name":"calculator","arguments":{"expression":"%s*%s"}}}',
    "%s",
    "[%s,%s]",
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("around", WITH_NUMBERS)
def test_huge_numbers(stage: FuzzServer, state: str, around: str) -> None:
    if state == BEFORE_HELLO:
        around = around.replace("[%s,%s]", "%s")
    frames = [(around.replace("%s", number).encode(), TEXT) for number in NUMBERS]
    for reply in stage.run(answered(stage, state, frames, len(frames))):
        for each in reply if isinstance(reply, list) else [reply]:
            assert kind_of(each) in KINDS | {None}, each


# --- sizes --------------------------------------------------------------------------------------


def ping_of(size: int) -> bytes:
    """A ping that takes so many bytes."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "session.ping"}).encode().ljust(size)


def unclosed(size: int) -> bytes:
    """A string without an end that takes so many bytes."""
    return b'{"jsonrpc":"2.0","id":1,"method":"'.ljust(size, b"x")


@pytest.mark.parametrize("make", [ping_of, unclosed])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("state", [state for state in STATES if state != BEFORE_HELLO])
def test_a_frame_as_large_as_may_be(stage: FuzzServer, state: str, opcode: int, make: Any) -> None:
    frames = [(make(MIB - 1), opcode), (make(MIB), opcode)]
    assert len(stage.run(answered(stage, state, frames, 2))) == 2


@pytest.mark.parametrize("pieces", [1, 2, 17])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize("state", STATES)
def test_a_larger_one_closes(stage: FuzzServer, state: str, opcode: int, pieces: int) -> None:
    async def example() -> int | None:
        peer, _ = await stage.in_state(state)
        data, step = ping_of(MIB + 1), (MIB + 1) // pieces + 1
        for at in range(0, len(data), step):
            kind = opcode if at == 0 else 0
            peer.write(frame(data[at : at + step], kind, final=at + step >= len(data)))
        code = await peer.close_code()
        await stage.undisturbed()
        return code

    # Before the hello, the connection ends before the message has arrived.
    overrun = state == BEFORE_HELLO and pieces > 1
    assert stage.run(example()) == (4400 if overrun else 1009)


@pytest.mark.parametrize("size", [MIB + 1, 2**32, 2**63 - 1])
def test_a_false_declared_size(stage: FuzzServer, size: int) -> None:
    async def example() -> int | None:
        peer, _ = await stage.in_state(BEFORE_HELLO)
        peer.write(b"\x81\xff" + size.to_bytes(8, "big") + bytes(4) + b"{")
        code = await peer.close_code()
        await stage.undisturbed()
        return code

    assert stage.run(example()) == 1009


# --- beneath the WebSocket, and at its end ------------------------------------------------------


@often
@given(states, st.lists(st.binary(min_size=1, max_size=60), min_size=1, max_size=5), st.booleans())
def test_any_bytes_in_place_of_frames(
    stage: FuzzServer, state: str, pieces: list[bytes], abort: bool
) -> None:
    async def example() -> None:
        peer, _ = await stage.in_state(state)
        for piece in pieces:
            peer.write(piece)
        # What looked like the beginning of a long frame is cut off.
        if abort:
            peer.socket.transport.abort()
        else:
            peer.socket.transport.write_eof()
        await peer.close_code()
        await stage.undisturbed()

    stage.run(example())


@often
@given(states, st.lists(st.tuples(st.one_of(junk, st.binary()), st.booleans()), max_size=20))
def test_frames_behind_the_close_frame(
    stage: FuzzServer, state: str, sent: list[tuple[bytes, bool]]
) -> None:
    async def example() -> None:
        peer, _ = await stage.in_state(state)
        ping = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "rooms.create"}).encode()
        behind = [frame(data, BINARY if binary else TEXT) for data, binary in sent]
        peer.write(b"".join([frame((1000).to_bytes(2, "big"), CLOSE), frame(ping), *behind]))
        assert await peer.close_code() in (1000, 1006)
        await stage.undisturbed()

    stage.run(example())


@often
@given(st.binary(max_size=200), st.sampled_from([b"", b"GET /ws HTTP/1.1\r\n", b"POST /api/rpc "]))
def test_any_bytes_in_place_of_a_handshake(stage: FuzzServer, data: bytes, start: bytes) -> None:
    async def example() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.app.settings.port)
        writer.write(start + data)
        writer.write_eof()
        async with asyncio.timeout(60):
            with suppress(ConnectionResetError):
                await reader.read()
        writer.close()
        await stage.undisturbed()

    stage.run(example())


# --- what it leaves -----------------------------------------------------------------------------


def test_memory_returns(stage: FuzzServer) -> None:
    """After ten more rounds of everything that is large, no more is taken than after ten."""
    large = [ping_of(MIB), unclosed(MIB), b"[" * (MIB - 1), b"[" + b"1," * (MIB // 2 - 2) + b"1]"]
    large += [b"9" * MIB, b"[" + b"{}," * 63 + b"{}]"]

    async def rounds(count: int) -> None:
        for _ in range(count):
            for state in STATES:
                if state == BEFORE_HELLO:
                    continue
                peer, due = await stage.in_state(state)
                for data in large:
                    peer.send(data)
                await peer.replies(len(large) + due)
                await peer.socket.close()
        await stage.left_behind()

    stage.run(rounds(10))
    before = memory()
    stage.run(rounds(10))
    assert memory() - before < 24 * MIB
