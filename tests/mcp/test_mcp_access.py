"""What somebody loses, they lose in the midst of what they asked, too, whatever way they came."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from test_mcp_http_sessions import ACCEPT, opened, status

from basicchat.domain.values import Actor
from basicchat.mcp.features import request_context
from basicchat.mcp.wire.dispatch_context import FrameDispatchContext
from support.mcp.client import Talk
from support.mcp.official_client import Kind, every_kind, text_of, visiting
from support.mcp.sockets import hello, request
from support.mcp.tool_server import ToolServer
from support.mcp.wires import WAYS
from support.oauth_apps import app_of
from support.servers import SECONDS, RunningServer, eventually, running, scripted, settings_for
from support.users import Person, key_of, person, put_member, set_status

Lose = Callable[[Person], Awaitable[None]]


async def suspend(whose: Person) -> None:
    await set_status(whose.server, whose, status="suspended")


async def revoke(whose: Person) -> None:
    keys = whose.server.app.services.authenticator.keys
    (key,) = await whose.server.app.store.api_keys(whose.user.id)
    await keys.revoke(key)


async def log_out(whose: Person) -> None:
    actor = Actor(user=whose.user, session_id="s")
    await whose.server.app.services.users.log_out(actor, whose.user.id)


# How somebody loses their access, and what they are answered with from then on.
LOSSES: dict[str, tuple[Lose, int]] = {
    "suspended": (suspend, 403),
    "key revoked": (revoke, 401),
    "logged out": (log_out, 401),
}
every_loss = pytest.mark.parametrize("loss", LOSSES)


async def client_of(whose: Person, loss: str) -> Person:
    """Somebody with what they will lose."""
    return await key_of(whose, "read", "write") if loss == "key revoked" else whose


def unanswered() -> int:
    """How many requests somebody still works at."""
    gc.collect()
    return sum(type(each) is FrameDispatchContext for each in gc.get_objects())


@pytest.fixture
async def asker(tmp_path: Path) -> AsyncIterator[Person]:
    """Somebody on a server whose model never says anything."""
    async with running(settings_for(tmp_path), scripted(asyncio.Semaphore(0))) as server:
        yield await person(server, "Ada")


@every_loss
@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_a_run_ends_when_access_is_lost(asker: Person, way: str, era: str, loss: str) -> None:
    (lose, refused), runner = LOSSES[loss], asker.server.app.services.runner
    whose = await client_of(asker, loss)
    async with WAYS[way](asker.server.url, whose.token) as wire:
        talk = Talk(wire, era)
        await talk.greet()
        question = {"name": "ask", "arguments": {"question": "Where is food?"}}
        await talk.ask("tools/call", token="t", **question)
        await talk.said("notifications/progress")
        assert runner.active == 1
        await lose(whose)
        await eventually(lambda: runner.active == 0 and unanswered() == 0)
    async with whose.http() as http:
        assert (await http.post("/mcp", json=hello(), headers=ACCEPT)).status_code == refused


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_a_run_continues_after_an_app_renews_its_token(tmp_path: Path, era: str) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        ada, app = await person(server, "Ada"), await app_of(server)
        tokens = await app.connect(ada)
        async with WAYS["http"](server.url, tokens["access_token"]) as wire:
            talk = Talk(wire, era)
            await talk.greet()
            question = {"name": "ask", "arguments": {"question": "Where is food?"}}
            asked = await talk.ask("tools/call", token="t", **question)
            await talk.said("notifications/progress")
            assert (await app.refresh(tokens["refresh_token"])).status_code == 200
            await key_of(ada, "read")
            await revoke(ada)
            await eventually(lambda: server.app.services.access_revocation.rounds > 0)
            for _ in range(9):
                gate.release()
            assert (await talk.result(asked))["structuredContent"]["status"] == "completed"


@every_loss
@pytest.mark.parametrize("way", ["http", "websocket"])
async def test_subscriptions_end_when_access_is_lost(ada: Person, way: str, loss: str) -> None:
    lose, _ = LOSSES[loss]
    whose = await client_of(ada, loss)
    async with WAYS[way](ada.server.url, whose.token) as wire:
        talk = Talk(wire, "modern")
        await talk.ask("subscriptions/listen", notifications={"resourcesListChanged": True})
        await talk.said("notifications/subscriptions/acknowledged")
        assert unanswered() == 1
        await lose(whose)
        await eventually(lambda: unanswered() == 0)


@every_loss
async def test_abandoned_requests_end_when_access_is_lost(
    server: RunningServer, ada: Person, loss: str
) -> None:
    workshop, (lose, refused) = ToolServer(), LOSSES[loss]
    workshop.serve(server)
    whose = await client_of(ada, loss)
    async with whose.http() as http, asyncio.timeout(SECONDS):
        session = await opened(http)
        call = request(2, "tools/call", name="wait", arguments={})
        posting = asyncio.ensure_future(http.post("/mcp", json=call, headers=session))
        await workshop.working.wait()
        posting.cancel()
        await asyncio.wait([posting])
        assert not workshop.stopped.is_set()
        await lose(whose)
        await workshop.stopped.wait()
        assert await status(http, session) == refused


async def test_a_session_ends_when_access_is_lost(server: RunningServer, ada: Person) -> None:
    async with ada.http() as http:
        session = await opened(http)
        async with http.stream("GET", "/mcp", headers=session) as listening:
            await suspend(ada)
            async with asyncio.timeout(SECONDS):
                assert [each async for each in listening.aiter_bytes() if b"data: {" in each] == []
        assert await status(http, session) == 403
        await set_status(server, ada, status="active")
        assert await status(http, session) == 404


async def test_a_session_survives_a_revoked_token_of_its_user(
    server: RunningServer, ada: Person
) -> None:
    async with ada.http() as http:
        session = await opened(http)
        await log_out(ada)
        assert await status(http, session) == 401
        http.headers["authorization"] = f"Bearer {server.app.token(ada.user)}"
        assert await status(http, session) == 200


@every_kind
async def test_leaving_a_conversation_ends_progress_of_its_answer(
    asker: Person, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A report that nothing has changed would notice it, too, but late.
    monkeypatch.setattr(request_context, "ALIVE_SECONDS", 10 * SECONDS)
    bob, runner = await person(asker.server, "Bob"), asker.server.app.services.runner
    room = (await asker.call("rooms.create", name="Bees"))["room_id"]
    await put_member(asker.server, room, bob, "member")
    begun = asyncio.Event()

    async def note(progress: float, total: float | None, message: str | None) -> None:
        begun.set()

    async with visiting(bob, kind) as client, asyncio.TaskGroup() as group:
        question = {"question": "Where is food?", "conversation_id": room}
        asking = group.create_task(client.call_tool("ask", question, progress_callback=note))
        async with asyncio.timeout(SECONDS):
            await begun.wait()
        await asker.call("rooms.remove", room_id=room, user_id=bob.user.id)
        result = await asking
    assert result.is_error
    assert text_of(result) == "There is no such run"
    # It goes on for those who are still there.
    assert runner.active == 1
