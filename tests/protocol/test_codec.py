"""The codec, as tables of frames; each case names the rule of the wire contract that it holds."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basicchat.protocol import codec
from basicchat.protocol.codec import (
    MAX_BATCH,
    MAX_VALUES,
    Envelope,
    Frame,
    Invalid,
    Request,
    decode,
    encode_error,
    encode_notification,
    encode_result,
)
from basicchat.protocol.errors import wire_error
from basicchat.protocol.jsonrpc import encode_batch

PING = b'{"jsonrpc":"2.0","id":1,"method":"session.ping"}'


def said(item: Request | Invalid) -> tuple[Any, ...]:
    """An item as a table states it."""
    if isinstance(item, Invalid):
        return ("error", item.id, item.error.code)
    params = msgspec.json.decode(item.params)
    return ("notify" if item.notify else "call", item.id, item.method, params)


def only(frame: Frame) -> tuple[Any, ...]:
    assert not frame.batch
    (item,) = frame.items
    return said(item)


# rule, frame, what it says
JSONRPC = [
    ("2.1", '{"jsonrpc":"2.0","id":1,"method":"a"}', ("call", 1, "a", {})),
    (
        "2.1",
        '{"jsonrpc":"2.0","id":"x","method":"a","params":{"k":1}}',
        ("call", "x", "a", {"k": 1}),
    ),
    ("2.1", '{"jsonrpc":"2.0","id":1.5,"method":"a"}', ("call", 1.5, "a", {})),
    ("2.1", '{"jsonrpc":"2.0","id":null,"method":"a"}', ("call", None, "a", {})),
    ("2.1", '{"jsonrpc":"2.0","method":"a"}', ("notify", None, "a", {})),
    ("2.1", ' \r\n\t{"jsonrpc":"2.0","id":1,"method":"a"}\n', ("call", 1, "a", {})),
    ("2.1", '{"jsonrpc":"2.0","id":1,"method":"\u00e4\U0001f600"}', ("call", 1, "ä😀", {})),
    ("2.1", '{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}', ("call", 1, "a", [1])),
    ("2.1", f'{{"jsonrpc":"2.0","id":{10**30},"method":"a"}}', ("call", 10**30, "a", {})),
    ("2.1", f'{{"jsonrpc":"2.0","id":{-(2**64)},"method":"a"}}', ("call", -(2**64), "a", {})),
    ("2.1", '{"jsonrpc":"2.0","id":1,"method":"a","type":"b","new":1}', ("call", 1, "a", {})),
    ("2.2", '{"jsonrpc":"2.0","id":7}', ("error", 7, -32600)),
    ("2.2", '{"jsonrpc":"1.0","id":7,"method":"a"}', ("error", 7, -32600)),
    ("2.2", '{"id":7,"method":"a"}', ("error", 7, -32600)),
    ("2.2", '{"jsonrpc":2.0,"id":7,"method":"a"}', ("error", 7, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":7,"method":5}', ("error", 7, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":7,"method":null}', ("error", 7, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":true,"method":"a"}', ("error", None, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":{},"method":"a"}', ("error", None, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":[1],"method":"a"}', ("error", None, -32600)),
    ("2.2", '{"jsonrpc":"2.0","id":1e999,"method":"a"}', ("error", None, -32600)),
    ("2.2", "{}", ("error", None, -32600)),
    ("2.2", "5", ("error", None, -32600)),
    ("2.2", '"a"', ("error", None, -32600)),
    ("2.2", "null", ("error", None, -32600)),
    ("2.2", "true", ("error", None, -32600)),
    ("2.2", "", ("error", None, -32700)),
    ("2.2", "  ", ("error", None, -32700)),
    ("2.2", "{", ("error", None, -32700)),
    ("2.2", "5 6", ("error", None, -32700)),
    ("2.2", PING.decode() + "x", ("error", None, -32700)),
    ("2.2", PING.decode() + PING.decode(), ("error", None, -32700)),
    ("2.2", '{"jsonrpc":"2.0","id":NaN,"method":"a"}', ("error", None, -32700)),
    ("2.2", '{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":NaN}}', ("error", None, -32700)),
    (
        "2.2",
        '{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":Infinity}}',
        ("error", None, -32700),
    ),
    ("2.2", "{'jsonrpc':'2.0'}", ("error", None, -32700)),
    ("2.2", '{"jsonrpc":"2.0","id":"\\ud800","method":"a"}', ("error", None, -32700)),
    ("2.2", '{"jsonrpc":"2.0","id":1,"method":"\ud800"}', ("error", None, -32700)),
    ("2.2", "\ufeff" + PING.decode(), ("error", None, -32700)),
    ("2.2", "[" * 100_000, ("error", None, -32700)),
    ("2.2", '{"a":' * 10_000, ("error", None, -32700)),
    ("2.2", "[]", ("error", None, -32600)),
    ("2.2", "[1,", ("error", None, -32700)),
]
COMPACT = [
    ("2.3", '{"type":"a","id":1,"k":2}', ("call", 1, "a", {"k": 2})),
    ("2.3", '{"type":"a"}', ("call", None, "a", {})),
    ("2.3", '{"type":"a","id":"x","params":{"k":2}}', ("call", "x", "a", {"params": {"k": 2}})),
    ("2.3", '{"type":"a","id":1,"jsonrpc":"2.0"}', ("call", 1, "a", {"jsonrpc": "2.0"})),
    ("2.3", '{"type":"a","id":1,"k":"\\u00e4"}', ("call", 1, "a", {"k": "ä"})),
    ("2.3", '{"jsonrpc":"2.0","id":1,"method":"a"}', ("error", 1, -32600)),
    ("2.3", '{"id":1}', ("error", 1, -32600)),
    ("2.3", '{"type":5,"id":1}', ("error", 1, -32600)),
    ("2.3", '{"type":"a","id":{}}', ("error", None, -32600)),
    ("2.3", "nonsense", ("error", None, -32700)),
]


@pytest.mark.parametrize(("rule", "frame", "expected"), JSONRPC)
def test_a_jsonrpc_frame(rule: str, frame: str, expected: tuple[Any, ...]) -> None:
    decoded = decode(frame, "jsonrpc")
    assert only(decoded) == expected
    assert decoded.envelope == "jsonrpc"


def test_deep_nesting_is_refused_or_read() -> None:
    """How deep it may be is up to Python; from 3.14 on, the size of the stack decides."""
    frame = '{"jsonrpc":"2.0","id":1,"method":"a","params":' + "[" * 9999 + "]" * 9999 + "}"
    kind, *_ = only(decode(frame, "jsonrpc"))
    assert kind in ("call", "error")


@pytest.mark.parametrize(("rule", "frame", "expected"), COMPACT)
def test_a_compact_frame(rule: str, frame: str, expected: tuple[Any, ...]) -> None:
    decoded = decode(frame, "compact")
    assert only(decoded) == expected
    assert decoded.envelope == "compact"


@pytest.mark.parametrize(
    "broken",
    [
        b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":"\xff"}}',
        b'{"jsonrpc":"2.0","id":1,"method":"a","unknown":"\xc3"}',
        b'{"jsonrpc":"2.0","id":1,"method":"a","params":{"k":"\xed\xa0\x80"}}',
        b'{"jsonrpc":"2.0","id":"\xed\xa0\x80","method":"a"}',
        b'{"type":"a","id":1,"k":"\xff"}',
        b'[{"jsonrpc":"2.0","id":1,"method":"\xf5"}]',
        b"\x80",
    ],
)
def test_invalid_utf8_is_invalid_json(broken: bytes) -> None:
    """Rule 2.1: frames are UTF-8, down to their last string; bytes and text answer alike."""
    for envelope in (None, "jsonrpc", "compact"):
        assert only(decode(broken, envelope)) == ("error", None, -32700)
    assert only(decode(broken.decode(errors="surrogateescape"), None)) == ("error", None, -32700)


@pytest.mark.parametrize(
    ("first", "spoken"),
    [
        ('{"type":"session.hello","id":1}', "compact"),
        ('{"type":"session.hello","id":{}}', "compact"),
        ('{"type":5,"id":1}', "compact"),
        ('[{"type":"session.hello","id":1}]', "compact"),
        ('[{"type":"a"},{"jsonrpc":"2.0","id":1,"method":"a"}]', "compact"),
        ('{"jsonrpc":"2.0","type":"a","id":1,"method":"a"}', "jsonrpc"),
        ('{"jsonrpc":"2.0","id":1,"method":"a"}', "jsonrpc"),
        ('{"jsonrpc":2,"type":"a"}', "jsonrpc"),
        ('{"id":1}', "jsonrpc"),
        ("nonsense", "jsonrpc"),
        ("[]", "jsonrpc"),
        ("", "jsonrpc"),
    ],
)
def test_the_first_frame_chooses_the_envelope(first: str, spoken: Envelope) -> None:
    """Rule 2.3: `type` and no `jsonrpc`."""
    assert decode(first, None).envelope == spoken


def test_a_compact_batch_refuses_other_frames() -> None:
    frame = decode('[{"type":"a","id":1},{"jsonrpc":"2.0","id":2,"method":"a"}]', None)
    assert [said(item) for item in frame.items] == [("call", 1, "a", {}), ("error", 2, -32600)]


@pytest.mark.parametrize(("count", "taken"), [(1, True), (MAX_BATCH, True), (MAX_BATCH + 1, False)])
def test_a_batch_holds_at_most_64(count: int, taken: bool) -> None:
    """Rule 2.1."""
    frame = decode(b"[" + b",".join([PING] * count) + b"]", None)
    assert frame.batch is taken
    if taken:
        assert len(frame.items) == count == len({id(item) for item in frame.items})
    else:
        assert only(frame) == ("error", None, -32600)


MANY = 3 * MAX_VALUES
HEAVY = {
    "arrays": b"[" + b"[]," * MANY + b"[]]",
    "numbers": b"[" + b"1," * MANY + b"1]",
    "nested arrays": b"[" * MANY + b"]" * MANY,
    "nested objects": b'{"a":' * MANY + b"1" + b"}" * MANY,
    "members": b'{"type":"a",' + b",".join(b'"%d":1' % n for n in range(MANY)) + b"}",
    "parameters": PING[:-1] + b',"params":{"a":[' + b"{}," * MANY + b"{}]}}",
}


@pytest.mark.parametrize("what", HEAVY)
def test_a_frame_of_many_values_is_refused_before_it_is_decoded(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 2.2: nobody else waits until it is decoded."""
    monkeypatch.setattr(codec.jsonrpc, "read", None)
    assert only(decode(HEAVY[what], None)) == ("error", None, -32600)
    assert only(decode(HEAVY[what].decode(), None)) == ("error", None, -32600)


def test_what_is_within_strings_does_not_count() -> None:
    text = msgspec.json.encode('[{"a": [1, 2]}]\\' * MANY)
    frame = decode(b'{"type":"a","id":1,"text":%b}' % text, None)
    assert [type(item) for item in frame.items] == [Request]


def test_a_batch_keeps_its_order_and_explains_each_wrong_item() -> None:
    """Rule 2.2: one wrong item spoils no other."""
    frame = decode('[1,{"jsonrpc":"2.0","id":2,"method":"a"},[],{"id":3},{"jsonrpc":"2.0"}]', None)
    assert frame.batch
    assert [said(item)[:3] for item in frame.items] == [
        ("error", None, -32600),
        ("call", 2, "a"),
        ("error", None, -32600),
        ("error", 3, -32600),
        ("error", None, -32600),
    ]


ids = st.none() | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(
    # In a compact frame, parameters stand beside the fields that make it a frame.
    st.text().filter(lambda key: key not in ("id", "type", "jsonrpc")),
    values,
    max_size=4,
)


@settings(deadline=None)
@given(id=ids, method=st.text(), params=objects)
def test_a_request_is_returned_as_it_was_sent(id: Any, method: str, params: dict[str, Any]) -> None:
    jsonrpc = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
    for envelope in (None, "jsonrpc"):
        frame = decode(msgspec.json.encode(jsonrpc), envelope)
        assert only(frame) == ("call", id, method, params)
    compact = {"type": method, "id": id, **params}
    frame = decode(msgspec.json.encode(compact), "compact")
    assert only(frame) == ("call", id, method, params)


@settings(deadline=None)
@given(id=ids, result=values)
def test_a_reply_carries_its_id_and_result(id: Any, result: Any) -> None:
    assert msgspec.json.decode(encode_result("jsonrpc", id, result)) == {
        "jsonrpc": "2.0",
        "id": id,
        "result": result,
    }
    assert msgspec.json.decode(encode_result("compact", id, result)) == {
        "type": "response",
        "id": id,
        "result": result,
    }


@settings(deadline=None)
@given(name=st.text(), params=objects)
def test_a_notification_says_its_name_and_parameters(name: str, params: dict[str, Any]) -> None:
    assert msgspec.json.decode(encode_notification("jsonrpc", name, params)) == {
        "jsonrpc": "2.0",
        "method": name,
        "params": params,
    }
    assert msgspec.json.decode(encode_notification("compact", name, params)) == {
        "type": name,
        **params,
    }


def answer(frame: Frame) -> bytes:
    """Answer a frame the way a server does that knows no method."""
    error = wire_error("unknown_method", "Unknown message type")
    replies = [
        encode_error(frame.envelope, item.id, item.error if isinstance(item, Invalid) else error)
        for item in frame.items
    ]
    return encode_batch(replies) if frame.batch else replies[0]


PIECES = (
    b'{ } [ ] , : " "id" "type" "jsonrpc":"2.0" "method" 1e400 - 0 null true'
    b" \\u \\ud83d \xff \xf0\x9f \x00"
)
pieces = st.sampled_from([*PIECES.split(b" "), b" "])
garbage = st.binary(max_size=200) | st.lists(pieces, max_size=30).map(b"".join)
envelopes = st.sampled_from([None, "jsonrpc", "compact"])


@settings(deadline=None)
@given(data=garbage, envelope=envelopes)
def test_any_bytes_are_answered(data: bytes, envelope: Envelope | None) -> None:
    """Rule 2.2: nothing is dropped silently, and nothing raises."""
    frame = decode(data, envelope)
    assert frame.items
    assert frame.envelope == (envelope or frame.envelope)
    msgspec.json.decode(answer(frame))


@settings(deadline=None)
@given(text=st.text(st.characters(), max_size=200), envelope=envelopes)
def test_any_text_is_answered(text: str, envelope: Envelope | None) -> None:
    msgspec.json.decode(answer(decode(text, envelope)))


@settings(deadline=None)
@given(values, envelopes)
def test_any_json_is_answered(value: Any, envelope: Envelope | None) -> None:
    """What parses as JSON is told that it is no request, not that it is no JSON."""
    for item in decode(msgspec.json.encode(value), envelope).items:
        assert not isinstance(item, Invalid) or item.error.code == -32600


def test_an_endless_number_is_refused() -> None:
    digits = b"9" * 100_000
    frame = decode(b'{"jsonrpc":"2.0","id":' + digits + b',"method":"a"}', None)
    assert only(frame)[0] == "error"
