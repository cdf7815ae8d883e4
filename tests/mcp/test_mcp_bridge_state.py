"""What the bridge remembers: messages in, what is repeated, failed and told out."""

import asyncio
import json
import socket
import ssl
from typing import Any

import pytest

from basicchat.bridge.bridge import Bridge
from basicchat.bridge.early_answers import Stdio
from basicchat.bridge.errors import connect_failure, refusal_of
from basicchat.bridge.http_transport import HttpTransport
from basicchat.bridge.pending_queue import MAX_LINES, PendingQueue
from basicchat.bridge.relay import ConnectionEnd
from basicchat.bridge.session_state import SessionState
from basicchat.bridge.transports import ConnectionLost, ServerNotFound, is_local
from basicchat.domain.errors import RateLimited
from basicchat.mcp.wire import frames
from basicchat.mcp.wire.frames import Request
from basicchat.testing.raw_server import answer, raw_server
from basicchat.transports.requests import error_response
from support.mcp.sockets import hello, modern, note, request

TOOLS = {
    "tools": [
        {"name": "look", "annotations": {"readOnlyHint": True}},
        {"name": "change", "annotations": {"readOnlyHint": False}},
        {"name": "repeatable", "annotations": {"idempotentHint": True, "readOnlyHint": False}},
        {"name": "plain"},
    ]
}


def ask(state: SessionState, message: dict[str, Any], result: Any = None) -> None:
    """A request of the client's, and its answer if there is one."""
    raw = json.dumps(message).encode()
    assert state.to_server(frames.decode(raw), raw) == raw
    if result is not None:
        answer = frames.encode_result(message["id"], result)
        assert state.to_client(frames.decode(answer), answer) == answer


def greeted(**offered: Any) -> SessionState:
    """After a handshake, and a look at the tools."""
    state = SessionState()
    ask(state, hello(), {"protocolVersion": "2025-11-25", "capabilities": offered})
    ask(state, note("notifications/initialized"))
    ask(state, request(1, "tools/list"), TOOLS)
    return state


@pytest.mark.parametrize(
    ("message", "repeated"),
    [
        (request(9, "tools/list"), True),
        (request(9, "resources/read", uri="a:b"), True),
        (request(9, "tools/call", name="look"), True),
        (request(9, "tools/call", name="change"), False),
        (request(9, "tools/call", name="plain"), False),
        (request(9, "tools/call", name="repeatable"), False),
        (request(9, "tools/call", name="unheard-of"), False),
        (request(9, "tools/call", name="change", arguments={"idempotency_key": "k"}), True),
        (request(9, "something/new"), False),
        (modern(9, "tasks/get", taskId="t"), True),
        (modern(9, "tasks/update", taskId="t"), False),
    ],
)
def test_which_requests_are_repeated(message: dict[str, Any], repeated: bool) -> None:
    state = greeted()
    ask(state, message)
    repeat, failed, told = state.lost(set())
    assert [each.request.id for each in (repeat if repeated else failed)] == [9]
    assert len(repeat) + len(failed) == 1
    assert told == []
    assert state.pending == {}


def test_unsent_requests_are_always_repeated() -> None:
    state = greeted()
    ask(state, request(9, "tools/call", name="change"))
    repeat, failed, _ = state.lost({9})
    assert ([each.request.id for each in repeat], failed) == ([9], [])


LISTENING = {"_meta": {"io.modelcontextprotocol/subscriptionId": "all"}}


def test_streams_of_changes_end_with_the_session() -> None:
    state = SessionState()
    ask(state, modern("all", "subscriptions/listen", notifications={}))
    assert state.owes
    told = frames.encode_notification("notifications/subscriptions/acknowledged", LISTENING)
    assert state.to_client(frames.decode(told), told) == told
    assert not state.owes
    end = frames.encode_result("all", {"resultType": "complete", **LISTENING})
    assert state.to_client(frames.decode(end), end) is None
    repeat, failed, _ = state.lost(set())
    assert ([each.request.id for each in repeat], failed) == (["all"], [])
    assert state.farewell() == {"all": end}
    assert state.farewell() == {}


@pytest.mark.parametrize("named", [{}, {"requestId": None}, {"requestId": []}, {"requestId": {}}])
def test_a_cancellation_without_a_request_is_ignored(named: dict[str, Any]) -> None:
    state = SessionState()
    ask(state, request(1, "ping"))
    ask(state, note("notifications/cancelled", **named))
    assert list(state.pending) == [1]


def test_closed_streams_of_changes_get_no_result() -> None:
    state = SessionState()
    for number in ("all", "some"):
        ask(state, modern(number, "subscriptions/listen", notifications={}))
        about = {"_meta": {"io.modelcontextprotocol/subscriptionId": number}}
        told = frames.encode_notification("notifications/subscriptions/acknowledged", about)
        state.to_client(frames.decode(told), told)
    ask(state, note("notifications/cancelled", requestId="all"))
    refused = frames.encode_error("some", -31029, "Too many streams are open")
    assert state.to_client(frames.decode(refused), refused) == refused
    assert state.farewell() == {}


def test_answered_and_cancelled_requests_are_not_repeated() -> None:
    state = greeted()
    ask(state, request(8, "tools/call", name="change"))
    ask(state, note("notifications/cancelled", requestId=8))
    assert state.lost(set()) == ([], [], [])


def test_the_session_is_restored_on_a_new_server() -> None:
    state = greeted()
    ask(state, request(2, "logging/setLevel", level="info"), {})
    for number, uri in enumerate(("a:1", "a:2", "a:3"), 3):
        ask(state, request(number, "resources/subscribe", uri=uri), {})
    ask(state, request(6, "resources/unsubscribe", uri="a:2"), {})
    assert list(state.again()) == [
        ("initialize", hello()["params"]),
        ("notifications/initialized", None),
        ("logging/setLevel", {"level": "info"}),
        ("resources/subscribe", {"uri": "a:1"}),
        ("resources/subscribe", {"uri": "a:3"}),
    ]


def test_refused_subscriptions_are_not_restored() -> None:
    state = SessionState()
    ask(state, hello())
    error = frames.encode_error(0, -32602, "no")
    state.to_client(frames.decode(error), error)
    assert list(state.again()) == []
    assert list(state.missed([])) == []


def test_a_client_is_notified_of_possible_changes() -> None:
    state = greeted(tools={"listChanged": True}, prompts={"listChanged": False}, resources={})
    ask(state, request(2, "resources/subscribe", uri="a:1"), {})
    assert [json.loads(each) for each in state.missed([])] == [
        {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"},
        note("notifications/resources/updated", uri="a:1"),
    ]


@pytest.mark.parametrize("acknowledged", [True, False])
def test_acknowledged_streams_are_notified_of_possible_changes(acknowledged: bool) -> None:
    state, meta = SessionState(), {"io.modelcontextprotocol/subscriptionId": "l"}
    wanted = {"promptsListChanged": True, "resourceSubscriptions": ["a:1"]}
    ask(state, modern("l", "subscriptions/listen", notifications=wanted))
    if acknowledged:
        ack = json.dumps(note("notifications/subscriptions/acknowledged", _meta=meta)).encode()
        state.to_client(frames.decode(ack), ack)
    repeat, _, _ = state.lost(set())
    told = [json.loads(each) for each in state.missed(repeat)]
    expected = [
        note("notifications/prompts/list_changed", _meta=meta),
        note("notifications/resources/updated", uri="a:1", _meta=meta),
    ]
    assert told == (expected if acknowledged else [])


def test_requests_of_servers_get_unique_ids() -> None:
    state = greeted()
    asked = frames.encode_request(7, "ping", None)
    [first, second] = [json.loads(state.to_client(frames.decode(asked), asked))["id"] for _ in "12"]
    assert first != second
    reply = frames.encode_result(first, {"ok": 1})
    assert state.to_server(frames.decode(reply), reply) == frames.encode_result(7, {"ok": 1})
    error = frames.encode_error(second, -1, "no", {"a": 1})
    sent = frames.encode_error(7, -1, "no", {"a": 1})
    assert state.to_server(frames.decode(error), error) == sent
    # Each is answered once.
    assert state.to_server(frames.decode(reply), reply) is None


def test_requests_of_a_lost_server_are_cancelled() -> None:
    state = greeted()
    asked = frames.encode_request(7, "elicitation/create", {})
    ours = json.loads(state.to_client(frames.decode(asked), asked))["id"]
    [told] = state.lost(set())[2]
    assert json.loads(told)["params"]["requestId"] == ours
    late = frames.encode_result(ours, {})
    assert state.to_server(frames.decode(late), late) is None


def test_cancellations_of_servers_use_the_clients_ids() -> None:
    state = greeted()
    asked = frames.encode_request(7, "elicitation/create", {})
    ours = json.loads(state.to_client(frames.decode(asked), asked))["id"]
    said = frames.encode_notification("notifications/cancelled", {"requestId": 7, "reason": "x"})
    told = json.loads(state.to_client(frames.decode(said), said))
    assert told["params"] == {"requestId": ours, "reason": "x"}


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("ws://127.0.0.1:1/mcp", True),
        ("ws://[::1]:1/mcp", True),
        ("ws://localhost/mcp", True),
        ("wss://box.example/mcp", False),
        ("ws://192.168.0.2/mcp", False),
    ],
)
def test_no_proxy_is_used_for_this_machine(url: str, near: bool) -> None:
    assert is_local(url) is near


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(), "nothing listens"),
        (socket.gaierror(-2, "x"), "unknown"),
        (ssl.SSLCertVerificationError(), "certificate"),
        (ssl.SSLError(), "not use TLS"),
    ],
)
def test_reasons_why_connecting_fails(error: OSError, said: str) -> None:
    assert said in connect_failure(error)


@pytest.mark.parametrize(
    ("code", "reason", "said"),
    [
        (4401, "", "revoked"),
        (4403, "You are suspended", "You are suspended"),
        (4403, "", "denies access"),
        (1001, "stopping", None),
        (4429, "", None),
        (1006, "", None),
    ],
)
def test_which_close_codes_are_final(code: int, reason: str, said: str | None) -> None:
    refusal = refusal_of(code, reason)
    assert (said is None) if refusal is None else (said is not None and said in refusal.message)


def line(number: int) -> tuple[Request, bytes]:
    raw = json.dumps(request(number, "ping")).encode()
    message = frames.decode(raw)
    assert isinstance(message, Request)
    return message, raw


async def test_queued_requests_expire() -> None:
    late: asyncio.Queue[Request] = asyncio.Queue()
    waiting = PendingQueue(0.0, late.put_nowait)
    waiting.put(*line(1))
    assert (await late.get()).id == 1
    assert not waiting
    waiting.connected(True)
    waiting.put(*line(2))
    assert (await waiting.get()).message == line(2)[0]
    waiting.put(*line(3))
    waiting.connected(False)
    assert (await late.get()).id == 3


async def test_queued_requests_keep_their_order_and_can_be_withdrawn() -> None:
    late: list[Request] = []
    waiting = PendingQueue(60.0, late.append)
    for number in (2, 3, 4):
        waiting.put(*line(number))
    waiting.put_back(*line(1))
    assert waiting.withdraw(3)
    assert not waiting.withdraw(3)
    assert [(await waiting.get()).message for _ in "12"] == [line(1)[0], line(2)[0]]
    waiting.give_up()
    assert [each.id for each in late] == [4]


async def test_the_queue_is_bounded() -> None:
    waiting = PendingQueue(60.0, lambda late: None)
    assert all(waiting.put(*line(number)) for number in range(MAX_LINES))
    assert not waiting.put(*line(0))
    assert waiting.withdraw(5)
    assert waiting.put(*line(0))
    waiting.give_up()
    assert waiting.put(line(0)[0], b"x" * (64 << 20))
    assert not waiting.put(*line(1))
    waiting.give_up()


def test_a_tool_that_stops_being_read_only_is_not_repeated() -> None:
    state = greeted()
    changed = {"tools": [{"name": "look", "annotations": {"readOnlyHint": False}}]}
    ask(state, request(2, "tools/list"), changed)
    ask(state, request(9, "tools/call", name="look"))
    repeat, failed, _ = state.lost(set())
    assert (repeat, [each.request.id for each in failed]) == ([], [9])


def no_stdio() -> Stdio:
    raise AssertionError


@pytest.mark.parametrize(
    ("lost", "seconds"),
    [
        (ConnectionLost(1001, "the server is stopping; reconnect after 4321 ms"), 4.321),
        (ConnectionLost(1001, "the server is stopping", retry_after=2.0), 2.0),
        (ConnectionLost(1006), 0.0),
    ],
)
def test_a_stopping_server_says_when_to_reconnect(lost: ConnectionLost, seconds: float) -> None:
    bridge = Bridge(no_stdio, 1000, lambda text: None)
    assert bridge._after(ConnectionEnd(lost, heard=True, seconds=1.0)) == seconds


async def test_over_http_a_stopping_server_says_when_to_reconnect() -> None:
    stopping = RateLimited("The server is stopping", retry_after_ms=3000, reason="server_stopping")
    refusal = error_response(stopping)
    body = bytes(refusal.body)
    refused = answer(body, 429, ["Content-Type: application/json", "Retry-After: 3"])
    events = answer(b"id: 1\nretry: 1500\ndata: \n\n", 200, ["Content-Type: text/event-stream"])
    async with asyncio.timeout(60), raw_server([refused], [refused], [events]) as server:
        transport = HttpTransport(f"{server.url}/mcp", "token")
        with pytest.raises(ServerNotFound) as unopened:
            await transport.open()
        assert unopened.value.retry_after == 3.0
        for request_id, seconds in ((1, 3.0), (2, 1.5)):
            transport = HttpTransport(f"{server.url}/mcp", "token")
            asked = Request(request_id, "tools/list", {})
            await transport.send(frames.encode_request(request_id, "tools/list", {}), asked)
            with pytest.raises(ConnectionLost) as lost:
                await anext(transport.frames())
            assert lost.value.retry_after == seconds
            # The stopping server has not begun to work on the request.
            assert (request_id in transport.unsent) == (request_id == 1)
            await transport.close()
