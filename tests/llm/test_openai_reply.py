"""Replies with OpenAI's format: framings, contents, tool calls and counts of every kind."""

from contextlib import suppress
from typing import Any
from unittest.mock import ANY

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.domain.chat import (
    Finish,
    ModelChunk,
    TextDelta,
    ToolCall,
)
from basicchat.domain.errors import UpstreamUnavailable
from basicchat.domain.runs import Usage
from basicchat.llm.framing import Unreadable
from basicchat.llm.openai_reply import ReplyDecoder
from basicchat.testing.raw_server import answer, raw_server
from support.openai_stream import (
    ADD,
    DONE,
    SUB,
    TEXT,
    USAGE,
    call,
    decoded,
    delta,
    event,
    llm_at,
    reply,
    stream_of,
)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([delta(reasoning="hm")], [TextDelta(kind="reasoning", text="hm")]),
        ([delta(reasoning_content="hm")], [TextDelta(kind="reasoning", text="hm")]),
        (
            [delta(reasoning="hm", reasoning_content="hm", content="so")],
            [TextDelta(kind="reasoning", text="hm"), TextDelta(kind="answer", text="so")],
        ),
        ([delta(role="assistant", content="")], []),
        ([delta(role="assistant", content=None, refusal=None)], []),
        ([b": keep-alive\n\n", b"event: message\n", b"\n"], []),
        ([delta("stop"), DONE], [Finish(reason="stop")]),
        ([delta("length"), DONE], [Finish(reason="length")]),
        ([delta("content_filter"), DONE], [Finish(reason="content_filter")]),
        ([delta("end_turn"), DONE], [Finish(reason="stop")]),
        ([delta("MAX_TOKENS"), DONE], [Finish(reason="length")]),
        ([delta(refusal="No."), delta("stop"), DONE], [Finish(reason="refusal", detail="No.")]),
        ([DONE], [Finish(reason="other")]),
        (
            [delta("stop"), event(USAGE), DONE],
            [Finish(reason="stop", usage=Usage(input_tokens=3, output_tokens=2))],
        ),
        (
            # Two calls, letter by letter and interleaved.
            [
                delta(tool_calls=[call("", index=0, id="a", name="add")]),
                delta(tool_calls=[call("", index=1, id="b", name="sub")]),
                delta(tool_calls=[call('{"x"', index=0)]),
                delta(tool_calls=[call("{}", index=1), call(":1}", index=0)]),
                delta("tool_calls"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
        (
            # All numbered 0, whole, and ended with "stop".
            [
                delta(tool_calls=[call('{"x":1}', index=0, id="a", name="add")]),
                delta(tool_calls=[call("", index=0, id="b", name="sub")]),
                delta("stop"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
        (
            # Not numbered.
            [
                delta(tool_calls=[call('{"x"', id="a", name="add")]),
                delta(tool_calls=[call(":1}")]),
                delta(tool_calls=[call("", id="b", name="sub")]),
                delta("tool_calls"),
                DONE,
            ],
            [ADD, SUB, Finish(reason="tool_calls")],
        ),
    ],
)
def test_streams(events: list[bytes], expected: list[ModelChunk]) -> None:
    assert decoded(*events) == expected


@pytest.mark.parametrize("arguments", ["{", "[1]", "7", "nonsense", '{"x": 1', [1], 7, True])
def test_arguments_that_are_no_object_are_an_error_of_the_call(arguments: Any) -> None:
    (made, end) = decoded(delta(tool_calls=[call(arguments, index=0, id="a", name="add")]), DONE)
    assert isinstance(made, ToolCall)
    assert (made.name, made.arguments, made.error is None) == ("add", {}, False)
    assert end == Finish(reason="tool_calls")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"x": 1}', {"x": 1}),
        ('"{\\"x\\": 1}"', {"x": 1}),
        ('```json\n{"x": 1}\n```', {"x": 1}),
        ("{'x': 1, 'y': None}", {"x": 1, "y": None}),
        ({"x": 1}, {"x": 1}),
        ("null", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_arguments_in_other_forms_are_read(arguments: Any, expected: dict[str, Any]) -> None:
    (made, _) = decoded(delta(tool_calls=[call(arguments, index=0, id="a", name="add")]), DONE)
    assert made == ToolCall(id="a", name="add", arguments=expected)


@pytest.mark.parametrize(
    "events",
    [
        # Side fields of unexpected types.
        [delta("stop", content="Hi", tool_calls=None, function_call=None), DONE],
        [delta("stop", content="Hi", tool_calls={}, refusal=7.5, role=3), DONE],
        [delta("stop", content="Hi", tool_calls="none", reasoning={"a": 1}), DONE],
        [delta("stop", content="Hi", reasoning_content=None), DONE],
        [delta(content="Hi"), delta("stop"), event({"choices": [], "usage": {}}), DONE],
        [
            event({"choices": [{"delta": {"content": "Hi"}, "finish_reason": {}}], "usage": 7}),
            delta("stop"),
            DONE,
        ],
        [
            event({"choices": None}),
            event({"choices": {"delta": {"content": "Hi"}}}),
            delta("stop"),
            DONE,
        ],
        [event({"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}), DONE],
        [event({"choices": [{"text": "Hi", "finish_reason": "stop"}]}), DONE],
        [
            event({"choices": [{"delta": {"content": "Hi"}}], "error": None, "id": 5}),
            delta("stop"),
            DONE,
        ],
        # Content as parts.
        [delta("stop", content=[{"type": "text", "text": "H"}, "i"]), DONE],
        [delta("stop", content={"type": "output_text", "text": "Hi"}), DONE],
        [event({"message": {"role": "assistant", "content": "Hi"}, "done": True})],
        [delta("stop", content=["H", {"text": "i"}, None, True]), DONE],
        # Other framings.
        [b"data:" + delta("stop", content="Hi")[6:], b"data:[DONE]\n\n"],
        [delta("stop", content="Hi")[6:], b"[DONE]\n"],
        [b"\xef\xbb\xbf" + delta("stop", content="Hi"), DONE],
        [b"event: message\nid: 1\nretry: 5\n", delta("stop", content="Hi"), DONE],
        [
            b'data: {"choices": [{"delta":\ndata: {"content": "Hi"},\n'
            b'data: "finish_reason": "stop"}]}\n\n',
            DONE,
        ],
    ],
)
def test_unusual_streams_lose_nothing(events: list[bytes]) -> None:
    decoder = ReplyDecoder()
    lines = [line for e in events for line in e.split(b"\n")]
    chunks = [chunk for line in lines for chunk in decoder.feed(line)]
    chunks += [] if decoder.done else [*decoder.close(), *decoder.end()]
    assert "".join(each.text for each in chunks if isinstance(each, TextDelta)) == "Hi"
    assert chunks[-1] == Finish(reason="stop", usage=ANY)


def test_parts_that_think_are_reasoning() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    events = [delta(content=[thinking]), delta(content=[{"type": "text", "text": "so"}])]
    assert decoded(*events) == [
        TextDelta(kind="reasoning", text="hm"),
        TextDelta(kind="answer", text="so"),
    ]


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 3.0, "completion_tokens": "2"}, Usage(input_tokens=3, output_tokens=2)),
        ({"prompt_tokens": None}, Usage(input_tokens=0, output_tokens=0)),
        ({"prompt_tokens": -1, "completion_tokens": []}, Usage(input_tokens=0, output_tokens=0)),
        (
            {"prompt_tokens": 10**30, "completion_tokens": "many"},
            Usage(input_tokens=2**53, output_tokens=0),
        ),
    ],
)
def test_counts_of_any_type(usage: Any, expected: Usage) -> None:
    end = decoded(delta("stop"), event({"choices": [], "usage": usage}), DONE)[-1]
    assert isinstance(end, Finish)
    assert end.usage == expected


@pytest.mark.parametrize(
    "body",
    [
        '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},'
        '"finish_reason":"stop"}]}',
        '{\n  "choices": [\n    {"message": {"content": "Hi"}, "finish_reason": "stop"}\n  ]\n}\n',
        '{"choices":[{"message":{"content":"Hi"},"finish_reason":null}]}',
    ],
)
async def test_one_object_in_place_of_a_stream_is_the_reply(body: str) -> None:
    async with raw_server([answer(body)]) as server:
        assert await reply(llm_at(server)) == TEXT


@pytest.mark.parametrize(
    "error",
    [
        {"error": {"message": "out of luck"}},
        {"error": "out of luck"},
        {"object": "error", "message": "out of luck", "code": 500},
        {"detail": "out of luck"},
        {"message": "out of luck", "status": 500},
        {"errors": [{"message": "out of luck"}]},
    ],
)
async def test_an_error_within_a_reply_is_shown(error: dict[str, Any]) -> None:
    for events in ([event(error), DONE], [msgspec.json.encode(error)]):
        async with raw_server([stream_of(*events)]) as server:
            with pytest.raises(UpstreamUnavailable, match="out of luck"):
                await reply(llm_at(server))
    named = b"event: error\ndata: " + msgspec.json.encode({"text": "no"}) + b"\n\n"
    async with raw_server([stream_of(named)]) as server:
        with pytest.raises(UpstreamUnavailable, match="failed in the middle"):
            await reply(llm_at(server))


@pytest.mark.parametrize(
    "events",
    [
        [delta(tool_calls=[call("", index=i, id=f"{i}", name="f")]) for i in range(200)],
        [delta(tool_calls=[call("x" * 100_000, index=0)]) for _ in range(11)],
    ],
)
def test_tool_calls_are_bounded(events: list[bytes]) -> None:
    with pytest.raises(Unreadable):
        decoded(*events)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_read_or_refused(data: bytes) -> None:
    for line in (b"data: " + data).split(b"\n"):
        with suppress(Unreadable):
            list(ReplyDecoder().feed(line))
