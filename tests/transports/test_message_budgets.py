"""One login has one message budget, however its messages are sent."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from basicchat.accounts.limits import HELLO_WEIGHT
from basicchat.api.router import REPEAT_SHARE
from basicchat.testing.clock import FakeClock
from support.servers import RunningServer, Talk, WireFailure, request, running, settings_for

BUDGET = 40


def limited(tmp_path: Path) -> Any:
    # No budget grows again while the clock stands still.
    settings = settings_for(tmp_path, limits={"messages_per_minute": BUDGET})
    return running(settings, clock=FakeClock())


async def is_answered(talk: Talk, method: str, **params: Any) -> bool:
    """Whether a request is answered by anything but the refusal of its rate."""
    reply = await talk.reply(await talk.ask(method, **params))
    return reply.get("error", {}).get("data", {}).get("kind") != "rate_limited"


async def test_another_hello_opens_no_other_budget(tmp_path: Path) -> None:
    async with limited(tmp_path) as server, server.talk() as talk:
        token = server.token()
        answered = 0
        for _ in range(5):
            for _ in range(BUDGET):
                answered += await is_answered(talk, "session.ping")
            await talk.reply(await talk.ask("session.hello", token=token))
        assert answered == BUDGET


async def test_the_connections_of_a_login_share_its_budget(tmp_path: Path) -> None:
    async with limited(tmp_path) as server, AsyncExitStack() as stack:
        token = server.token()
        talks = []
        for _ in range(4):
            talk = await stack.enter_async_context(server.socket())
            await talk.call("session.hello", token=token)
            talks.append(talk)
        answered = 0
        for _ in range(BUDGET):
            for talk in talks:
                answered += await is_answered(talk, "session.ping")
        async with server.http(headers={"authorization": f"Bearer {token}"}) as http:
            reply = (await http.post("/api/rpc", json=request(1, "session.ping"))).json()
        assert answered == BUDGET
        assert reply["error"]["data"]["kind"] == "rate_limited"
        # Another login of the same user is not affected.
        async with server.talk() as talk:
            assert await is_answered(talk, "session.ping")


async def test_sessions_are_opened_at_a_limited_rate(tmp_path: Path) -> None:
    async with limited(tmp_path) as server:
        token = server.token()
        for _ in range(int(BUDGET / HELLO_WEIGHT)):
            async with server.socket() as talk:
                await talk.call("session.hello", token=token)
        async with server.socket() as talk:
            with pytest.raises(WireFailure) as refused:
                await talk.call("session.hello", token=token)
            assert refused.value.kind == "rate_limited"
            assert refused.value.error["data"]["reason"] == "too_many_hellos"
            assert refused.value.error["data"]["retry_after_ms"] > 0


async def test_a_repeated_request_costs_a_fraction(tmp_path: Path) -> None:
    async with limited(tmp_path) as server, server.talk() as talk:
        params = {"query": "Hello?", "client_msg_id": "once"}
        first = await talk.call("stream_request", **params)
        answered = 0
        while await is_answered(talk, "stream_request", **params):
            answered += 1
        assert answered == (BUDGET - 1) / REPEAT_SHARE
        assert first["run_id"]


ITEMS = {
    "calls": request(1, "session.ping"),
    "notifications": {"jsonrpc": "2.0", "method": "session.ping"},
    "other calls": request(1, "rooms.list"),
    "unknown methods": request(1, "nonsense"),
    "invalid requests": {"jsonrpc": "2.0", "id": 1},
}


@pytest.mark.parametrize("what", ITEMS)
@pytest.mark.parametrize("way", ["websocket", "http"])
async def test_a_batch_costs_as_much_as_its_calls(tmp_path: Path, what: str, way: str) -> None:
    async with limited(tmp_path) as server, server.talk() as talk:
        batch = [ITEMS[what]] * 64
        if way == "websocket":
            await talk.send(batch)
            await talk.send([request("end", "session.ping")])
            # Batches are answered in order.
            while (received := await talk.receive())[0]["id"] != "end":
                pass
            reply = received[0]
        else:
            reply = await _over_http(server, batch)
        assert reply["error"]["data"]["kind"] == "rate_limited"


async def _over_http(server: RunningServer, batch: list[Any]) -> Any:
    async with server.http(headers=server.bearer()) as http:
        await http.post("/api/rpc", json=batch)
        # The same login: a token made anew would be another.
        return (await http.post("/api/rpc", json=request("last", "session.ping"))).json()
