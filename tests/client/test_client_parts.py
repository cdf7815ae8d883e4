"""The parts of the client that touch nothing: tables and properties."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basicchat.client.aliases import camel, snake
from basicchat.client.cursors import accept_events
from basicchat.client.errors import ChatError, error_from
from basicchat.client.liveness import AwakeClock, LivenessCheck
from basicchat.client.request_queue import RequestQueue
from basicchat.client.retry_policy import http_is_next
from basicchat.client.run_text import ENDED_RUNS_KEPT, RunTexts
from basicchat.client.sse import EventStreamParser, ServerSentEvent
from basicchat.client.timing import Timing
from basicchat.protocol.errors import wire_error
from basicchat.protocol.types import Cursor


def test_every_third_attempt_in_vain_goes_over_http() -> None:
    assert [http_is_next(n) for n in range(7)] == [False, False, True, False, False, True, False]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60))))
def test_any_deltas_of_a_text_are_a_beginning_of_it(
    text: str, cuts: Sequence[tuple[int, int]]
) -> None:
    book, shown = RunTexts(), ""
    for start, length in cuts:
        if start > len(text):
            continue
        applied = book.apply("r", 0, "answer", start, text[start : start + length])
        assert applied.gap == (start > len(shown))
        assert applied.off == len(shown)
        shown += applied.added
        assert text.startswith(shown)
    shown += "".join(
        applied.added
        for _, applied in book.sync("r", [{"part": 0, "kind": "answer", "text": text}])
    )
    assert shown == text
    assert book.offsets() == {"r": {"0": len(text)} if text else {}}


def test_the_book_is_bounded_and_remembers_ends() -> None:
    book = RunTexts(max_runs=2)
    for n in range(5):
        book.apply(f"r{n}", 0, "answer", 0, "x")
    assert sorted(book.offsets()) == ["r3", "r4"]
    book.end("r4")
    assert book.apply("r4", 0, "answer", 0, "late").added == ""
    assert not book.knows("r4")
    for n in range(ENDED_RUNS_KEPT):
        book.end(f"other {n}")
    assert not book.has_ended("r4")


def numbered(*seqs: int) -> list[dict[str, Any]]:
    return [{"seq": seq} for seq in seqs]


@given(st.lists(st.tuples(st.integers(1, 20), st.integers(1, 5)), max_size=40))
def test_events_in_any_order_are_delivered_once_in_sequence(runs: list[tuple[int, int]]) -> None:
    cursor, told = Cursor("a", 0), []
    for first, count in runs:
        accepted = accept_events(cursor, "a", numbered(*range(first, first + count)))
        assert accepted.cursor is not None
        cursor = accepted.cursor
        told += [event["seq"] for event in accepted.events]
    assert told == list(range(1, cursor.seq + 1))


BIG = 1 << 20


async def test_requests_wait_in_order_and_survive_their_connection() -> None:
    requests = RequestQueue(max_waiting=4, max_in_flight=2)
    ask, create, read, last = (
        requests.add(name, {}, BIG)
        for name in ("query", "rooms.create", "rooms.list", "session.ping")
    )
    with pytest.raises(ChatError) as full:
        requests.add("query", {}, BIG)
    assert full.value.kind == "queue_full"
    assert list(requests.take_due("one", 0.0)) == [ask, create]
    assert list(requests.take_due("one", 0.0)) == []
    frame = ask.frame
    requests.connection_lost("another")
    requests.connection_lost("one")
    assert isinstance(create.reply.exception(), ChatError)
    assert list(requests.take_due("two", 1.0)) == [ask, read]
    assert ask.frame == frame, "the same client_msg_id again"
    assert requests.on_reply({"id": ask.id, "result": 1}, 0.0) is ask
    assert await ask.reply == 1
    assert requests.on_reply({"id": ask.id, "result": 2}, 0.0) is None
    assert list(requests.take_due("two", 1.0)) == [last]
    requests.expire(30.0, 0.9, 30.0)
    assert len(requests) == 2
    requests.expire(30.0, 0.0, 29.0)
    assert len(requests) == 0
    error = read.reply.exception()
    assert isinstance(error, ChatError)
    assert error.kind == "timeout"
    assert isinstance(last.reply.exception(), ChatError)


async def test_a_request_too_long_is_not_sent() -> None:
    requests = RequestQueue()
    with pytest.raises(ChatError) as long:
        requests.add("query", {"query": "x" * 1000}, 1000)
    assert (long.value.kind, long.value.code, len(requests)) == ("too_large", -32010, 0)


async def test_a_request_that_ended_a_connection_is_not_repeated() -> None:
    requests = RequestQueue()
    entry = requests.add("query", {}, BIG)
    assert list(requests.take_due("one", 0.0)) == [entry]
    requests.connection_lost("one", repeat=False)
    assert isinstance(entry.reply.exception(), ChatError)


async def test_a_result_is_taken_before_its_asker_wakes() -> None:
    requests = RequestQueue()
    taken: list[Any] = []
    entry = requests.add("rooms.join", {}, BIG, taken.append)
    waiting = asyncio.ensure_future(entry.reply)
    requests.on_reply({"id": entry.id, "result": {"seq": 1}}, 0.0)
    assert taken == [{"seq": 1}]
    assert await waiting == {"seq": 1}


STREAM = (
    b": hello\n\nid: e:1\nevent: events\ndata: {\r\ndata: \xc3\xa9}\r\n\r\n"
    b"data:x\rid:e:2\r\rretry: 9\n\n"
)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_an_event_stream_cut_anywhere(size: int) -> None:
    parser = EventStreamParser()
    found = [
        sent
        for start in range(0, len(STREAM), size)
        for sent in parser.push(STREAM[start : start + size])
    ]
    assert found == [ServerSentEvent("{\né}", "e:1", "events"), ServerSentEvent("x", "e:2", None)]
    assert parser.retry_seconds == 0.009


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [(b"", 0.0), (b"retry: 1000\nretry: 2500\n", 2.5), (b"retry: soon\n", 0.0),
     (b"retry: -1\n", 0.0), (b"retry: 99999999\n", 30.0)],
)  # fmt: skip
def test_the_reconnection_time_of_an_event_stream(lines: bytes, seconds: float) -> None:
    parser = EventStreamParser()
    assert parser.push(lines) == []
    assert parser.retry_seconds == seconds


@pytest.mark.parametrize(
    ("welcomed", "heard", "probed", "now", "verdict"),
    [
        (False, 0.0, None, 29.0, "alive"),
        (False, 0.0, None, 31.0, "dead"),
        (True, 5.0, None, 14.0, "alive"),
        (True, 5.0, None, 16.0, "probe"),
        (True, 5.0, 16.0, 25.0, "alive"),
        (True, 5.0, 16.0, 27.0, "dead"),
    ],
)
def test_signs_of_life(
    welcomed: bool, heard: float, probed: float | None, now: float, verdict: str
) -> None:
    check = LivenessCheck(Timing())
    check.heard(heard)
    if probed is not None:
        check.probed(probed)
    assert check.verdict(welcomed, 0.0, now, max_silence=10.0) == verdict


def test_time_asleep_does_not_count() -> None:
    seconds = 100.0
    clock = AwakeClock(0.5, lambda: seconds)
    awake = []
    for gap in (0.5, 0.6, 3600.0, 0.5):
        seconds += gap
        before = clock.now
        awake.append((clock.advance(), round(clock.now - before, 3), round(clock.now, 3)))
    assert awake == [(False, 0, 0.5), (False, 0, 1.1), (True, 0, 3.6), (False, 0, 4.1)]


def test_errors_keep_the_servers_message() -> None:
    wire = wire_error("rate_limited", "Too many messages", retry_after_ms=5, hint="Wait.")
    data = {"kind": wire.data.kind, "retryable": True, "retry_after_ms": 5, "hint": "Wait."}
    error = error_from({"code": wire.code, "message": wire.message, "data": data})
    again = error.copy()
    assert again is not error
    assert (again.kind, again.code, again.retry_after_ms) == ("rate_limited", -32029, 5)
    assert (again.message, again.hint, again.retryable) == ("Too many messages", "Wait.", True)
    assert error_from({}).kind == "internal"


@pytest.mark.parametrize(
    ("one", "other"), [("send_query", "sendQuery"), ("join", "join"), ("room_id", "roomId")]
)
def test_names_in_both_manners(one: str, other: str) -> None:
    assert (camel(one), snake(other)) == (other, one)


async def test_what_a_stopping_server_refuses_is_sent_again() -> None:
    requests = RequestQueue()
    wire = wire_error(
        "rate_limited", "The server is stopping", retry_after_ms=2000, reason="server_stopping"
    )
    data = {"kind": "rate_limited", "retry_after_ms": 2000, "reason": wire.data.reason}
    refused = {"code": wire.code, "message": wire.message, "data": data}
    for method, repeated in (("messages.post", True), ("rooms.create", False)):
        request = requests.add(method, {"client_msg_id": "m"}, 1000)
        assert list(requests.take_due("socket", 0.0)) == [request]
        requests.on_reply({"id": request.id, "error": refused}, 1.0)
        assert (len(requests) == 1) is repeated
        assert list(requests.take_due("other", 2.9)) == []
        again = list(requests.take_due("other", 3.0))
        assert again == [request] * repeated
        requests.on_reply({"id": request.id, "result": {}}, 4.0)
