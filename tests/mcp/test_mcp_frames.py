"""Frames in, messages out: whatever comes is read, or answered with what is wrong with it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Broken, Notification, Reply, Request, Stray

READ = {
    '{"jsonrpc":"2.0","id":1,"method":"ping"}': Request(1, "ping", None),
    '{"jsonrpc":"2.0","id":"a","method":"é","params":{"x":[1]}}': Request("a", "é", {"x": [1]}),
    '{"jsonrpc":"2.0","method":"notifications/initialized"}': Notification(
        "notifications/initialized", None
    ),
    '{"jsonrpc":"2.0","id":7,"result":{"a":1}}': Reply(7, result={"a": 1}),
    '{"jsonrpc":"2.0","id":7,"result":{}}': Reply(7, result={}),
    '{"jsonrpc":"2.0","id":7,"error":{"code":1,"message":"no"}}': Reply(
        7, error={"code": 1, "message": "no"}
    ),
}


@pytest.mark.parametrize("raw", READ)
def test_well_formed_frames(raw: str) -> None:
    assert frames.decode(raw) == READ[raw]
    assert frames.decode(raw.encode()) == READ[raw]


PARSE, INVALID = frames.PARSE_ERROR, frames.INVALID_REQUEST
# frame, the id that is answered, the code, what the message names
BROKEN: list[tuple[str | bytes, object, int, str]] = [
    ("", None, PARSE, "JSON"),
    ("{", None, PARSE, "JSON"),
    ("hello", None, PARSE, "JSON"),
    (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', None, PARSE, "UTF-8"),
    ("[" * 100_000, None, PARSE, "JSON"),
    ("null", None, INVALID, "object"),
    ("3", None, INVALID, "object"),
    ("[]", None, INVALID, "batches"),
    ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', None, INVALID, "batches"),
    ("{}", None, INVALID, "jsonrpc"),
    ('{"id":1,"method":"ping"}', 1, INVALID, "jsonrpc"),
    ('{"jsonrpc":"1.0","id":1,"method":"ping"}', 1, INVALID, "jsonrpc"),
    ('{"jsonrpc":"2.0","id":null,"method":"ping"}', None, INVALID, "not null"),
    ('{"jsonrpc":"2.0","id":1.5,"method":"ping"}', None, INVALID, "integer"),
    ('{"jsonrpc":"2.0","id":true,"method":"ping"}', None, INVALID, "integer"),
    ('{"jsonrpc":"2.0","id":{},"method":"ping"}', None, INVALID, "integer"),
    ('{"jsonrpc":"2.0","id":1}', 1, INVALID, "names its method"),
    ('{"jsonrpc":"2.0","id":"x","method":5}', "x", INVALID, "names its method"),
    ('{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', 1, INVALID, "params"),
    ('{"jsonrpc":"2.0","method":"ping","params":null}', None, INVALID, "params"),
]


@pytest.mark.parametrize(("raw", "known", "code", "named"), BROKEN)
def test_malformed_frames(raw: str | bytes, known: object, code: int, named: str) -> None:
    message = frames.decode(raw)
    assert isinstance(message, Broken)
    assert (message.id, message.code) == (known, code)
    assert named in message.message


@pytest.mark.parametrize(
    "raw",
    [
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"what?"}}',
        '{"jsonrpc":"2.0","result":{}}',
        '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}',
        '{"jsonrpc":"2.0","id":1,"result":7}',
    ],
)
def test_a_stray_response_is_not_answered(raw: str) -> None:
    """Else two that do not understand each other would go on for ever."""
    assert isinstance(frames.decode(raw), Stray)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary() | st.text() | json_values.map(json.dumps))
def test_decoding_never_raises(raw: bytes | str) -> None:
    assert isinstance(frames.decode(raw), Request | Notification | Reply | Broken | Stray)


@given(
    st.dictionaries(
        st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error"]),
        st.sampled_from(["2.0", "a", 1, None, {}, [], True]),
    )
)
def test_only_responses_are_not_answered(message: dict[str, object]) -> None:
    read = frames.decode(json.dumps(message))
    if isinstance(read, Stray):
        assert "method" not in message
        assert {"result", "error"} & message.keys()
