"""PROTOCOL §3: authentication, sessions, resumption."""

import asyncio
from pathlib import Path
from typing import Any

import jwt
import pytest

from basicchat.api.router import method_table
from basicchat.domain.values import User
from support.servers import (
    ANSWER,
    RunningServer,
    Talk,
    WireFailure,
    events_of,
    eventually,
    lift,
    request,
    running,
    scripted,
    settings_for,
    text_of,
)

TEXT = "".join(ANSWER)


def position(state: dict[str, Any]) -> dict[str, Any]:
    return {"epoch": state["epoch"], "seq": state["seq"]}


def resume(talk: Talk, cursors: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a client that was this one says to come back."""
    welcome = talk.welcome
    return {
        "session_id": welcome["session_id"],
        "resume_token": welcome["resume_token"],
        "cursors": cursors,
    } | more


async def test_without_a_token_every_method_but_hello_is_unauthenticated(
    server: RunningServer,
) -> None:
    closed = [name for name, method in method_table().items() if not method.open]
    # A connection may send only so many frames before it sends a token.
    for first in range(0, len(closed), 50):
        async with server.socket() as talk:
            for number, name in enumerate(closed[first : first + 50]):
                await talk.send(request(number, name, {"room_id": "x"}))
                error = (await talk.reply(number))["error"]
                assert (error["code"], error["data"]["kind"]) == (-32001, "unauthenticated"), name
                assert error["data"]["hint"]


@pytest.mark.parametrize("way", ["hello", "header", "cookie"])
async def test_a_token_can_be_sent_in_three_ways(server: RunningServer, way: str) -> None:
    headers = {
        "hello": {},
        "header": server.bearer(),
        "cookie": {"cookie": f"{server.cookie}={server.token()}"},
    }[way]
    hello = {"token": server.token()} if way == "hello" else {}
    async with server.socket(additional_headers=headers) as talk:
        welcome = await talk.call("session.hello", **hello)
        assert welcome["user"]["id"] == server.app.owner.id
        assert welcome["server"]["protocol"] == "basicchat.v1"
        assert set(welcome["streams"]) == {f"user:{server.app.owner.id}"}


@pytest.mark.parametrize("method", ["session.ping", "rooms.list"])
async def test_a_token_at_the_upgrade_replaces_hello(server: RunningServer, method: str) -> None:
    async with server.socket(additional_headers=server.bearer()) as talk:
        assert await talk.call(method)


async def test_a_wrong_token_at_the_upgrade_leaves_room_for_a_right_one(
    server: RunningServer,
) -> None:
    async with server.socket(additional_headers={"authorization": "Bearer x"}) as talk:
        with pytest.raises(WireFailure) as failed:
            await talk.call("session.ping")
        assert failed.value.kind == "unauthenticated"
        assert await talk.call("session.hello", token=server.token())
        assert await talk.call("session.ping")


def broken_tokens(server: RunningServer) -> dict[str, str]:
    owner, other = server.app.owner, User(id="u_gone", name="Gone", role="owner")
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    return {
        "empty": "",
        "no token": "x.y.z",
        "expired": server.app.token(owner, hours=-1),
        "another key": jwt.encode(claims, "k" * 40, algorithm="HS256"),
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "unknown user": server.app.token(other),
    }


async def test_tokens_that_do_not_hold_are_refused(server: RunningServer) -> None:
    for name, token in broken_tokens(server).items():
        async with server.socket() as talk:
            with pytest.raises(WireFailure) as failed:
                await talk.call("session.hello", token=token)
            assert failed.value.kind == "unauthenticated", name


async def test_a_token_has_the_claims_of_the_contract(server: RunningServer) -> None:
    claims = jwt.decode(server.token(), options={"verify_signature": False})
    assert set(claims) == {"sub", "user_id", "session_id", "role", "iat", "exp"}
    assert claims["exp"] - claims["iat"] == 24 * 3600
    assert jwt.get_unverified_header(server.token())["alg"] == "HS256"


async def test_unauthenticated_clients_are_closed_with_4401(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path, limits={"auth_seconds": 0.2})) as server:
        async with server.socket() as silent, server.socket() as wrong:
            with pytest.raises(WireFailure):
                await wrong.call("session.hello", token="wrong")
            assert await silent.close_code() == 4401
            assert await wrong.close_code() == 4401
        assert not server.app.server_context.connections


async def test_clients_with_a_token_may_stay_silent(tmp_path: Path) -> None:
    async with (
        running(settings_for(tmp_path, limits={"auth_seconds": 0.1})) as server,
        server.socket(additional_headers=server.bearer()) as quiet,
        server.socket() as stranger,
        server.socket(additional_headers={"authorization": "Bearer x"}) as wrong,
    ):
        assert await stranger.close_code() == 4401
        assert await wrong.close_code() == 4401
        assert await quiet.call("session.ping")


async def test_a_resume_token_rotates_and_is_bound(server: RunningServer) -> None:
    async with server.talk() as first:
        pass
    async with server.talk(resume=resume(first, {})) as second:
        assert second.welcome["resumed"]
        assert second.welcome["session_id"] == first.welcome["session_id"]
        assert second.welcome["resume_token"] != first.welcome["resume_token"]
    async with server.talk(resume=resume(second, {})) as third:
        assert third.welcome["resumed"]
    async with server.talk(resume=resume(first, {})) as late:
        assert not late.welcome["resumed"], "the old token has been used up"
        assert late.welcome["session_id"] != first.welcome["session_id"]
    mixed = resume(third, {}) | {"session_id": late.welcome["session_id"]}
    async with server.talk(resume=mixed) as other:
        assert not other.welcome["resumed"], "a token belongs to one session"


async def test_a_hello_can_be_repeated_if_its_reply_was_lost(server: RunningServer) -> None:
    async with server.talk() as first:
        pass
    async with server.talk(resume=resume(first, {})) as lost:
        assert lost.welcome["resumed"]
    async with server.talk(resume=resume(first, {})) as again:
        assert again.welcome["resumed"], "nobody has used the token of the lost reply"


async def test_a_resume_token_is_bound_to_its_user(server: RunningServer) -> None:
    stranger = User(id="u_stranger", name="Stranger", role="member")
    async with server.app.store.transaction() as change:
        await change.put_user(stranger, server.app.services.clock.now())
    async with server.talk() as owner:
        stream = f"user:{server.app.owner.id}"
        cursors = {stream: position(owner.welcome["streams"][stream])}
    async with server.socket() as talk:
        token = server.app.token(stranger)
        welcome = await talk.call("session.hello", token=token, resume=resume(owner, cursors))
        assert not welcome["resumed"]
        assert set(welcome["streams"]) == {"user:u_stranger"}


async def test_a_closed_session_cannot_be_resumed(server: RunningServer) -> None:
    async with server.talk() as talk:
        assert await talk.call("session.close") == {"closed": True}
    async with server.talk(resume=resume(talk, {})) as again:
        assert not again.welcome["resumed"]


async def test_a_session_lives_on_with_its_use(server: RunningServer) -> None:
    sessions, store = server.app.services.sessions, server.app.store
    async with server.talk() as talk:
        session_id = talk.welcome["session_id"]
        before = await store.session(session_id)
        # What use would find after a while: that nobody remembers when it was last renewed.
        sessions._renewed.clear()
        await talk.call("rooms.list")
        after = await store.session(session_id)
    assert before is not None
    assert after is not None
    assert after.expires_at > before.expires_at


async def test_resumption_brings_every_missed_event_before_anything_newer(
    server: RunningServer,
) -> None:
    stream = f"user:{server.app.owner.id}"
    async with server.talk() as writer:
        async with server.talk() as gone:
            start = gone.welcome["streams"][stream]
        for n in range(20):
            await writer.call("rooms.create", name=f"room {n}")
        racing = [asyncio.create_task(_create(server, f"racing {n}")) for n in range(10)]
        async with server.talk(resume=resume(gone, {stream: position(start)})) as back:
            state = back.welcome["streams"][stream]
            assert state["recovered"]
            await asyncio.gather(*racing)
            await back.call("rooms.create", name="last")
            seqs: list[int] = []
            while not seqs or seqs[-1] < start["seq"] + 31:
                seqs += [event["seq"] for event in events_of([await back.note()], stream)]
    assert seqs == [*range(start["seq"] + 1, start["seq"] + 32)]


async def _create(server: RunningServer, name: str) -> None:
    async with server.talk() as talk:
        await talk.call("rooms.create", name=name)


@pytest.mark.parametrize(
    "cursor",
    [
        {"epoch": "another", "seq": 0},
        {"epoch": "", "seq": 0},
        {"seq": 10_000},
        {"seq": 2**40},
    ],
)
async def test_a_cursor_of_no_use_is_not_recovered(
    server: RunningServer, cursor: dict[str, Any]
) -> None:
    stream = f"user:{server.app.owner.id}"
    async with server.talk() as gone:
        start = gone.welcome["streams"][stream]
        await gone.call("rooms.create", name="missed")
    wrong = {stream: position(start) | cursor}
    async with server.talk(resume=resume(gone, wrong)) as back:
        state = back.welcome["streams"][stream]
        assert (state["recovered"], state["epoch"], state["seq"]) == (
            False, start["epoch"], start["seq"] + 1,
        )  # fmt: skip
        # From there on nothing is missing, and nothing older comes.
        await back.call("rooms.create", name="new")
        assert events_of([await back.note()], stream)[0]["seq"] == start["seq"] + 2


async def test_streams_that_one_may_not_see_are_left_out(server: RunningServer) -> None:
    async with server.talk() as gone:
        pass
    cursors = {name: {"epoch": "e", "seq": 0} for name in ("room:c_none", "user:u_other", "x", "")}
    async with server.talk(resume=resume(gone, cursors)) as back:
        assert back.welcome["resumed"]
        assert set(back.welcome["streams"]) == {f"user:{server.app.owner.id}"}


async def test_an_answer_is_resumed_in_its_middle(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        async with server.talk() as talk:
            run = await talk.call("stream_request", query="why?")
            gate.release()
            gate.release()
            notes = await talk.until("run.started")
            while len(have := text_of(notes)) < len("Bees dance "):
                notes.append(await talk.note())
        assert have == "Bees dance "
        gate.release()
        stream = f"room:{run['room_id']}"
        cursor = {"epoch": run["epoch"], "seq": events_of(notes, stream)[-1]["seq"]}
        runs = {run["run_id"]: {"0": len(have)}}
        async with server.talk(resume=resume(talk, {stream: cursor}, runs=runs)) as back:
            assert back.welcome["streams"][stream]["recovered"]
            lift(gate)
            more = await back.until("run.completed")
            assert text_of(more, have=have) == TEXT
            offsets = [params["off"] for name, params in more if name == "delta"]
            assert min(offsets) >= len(have), "nothing that was there is sent again"
            assert [event["type"] for event in events_of(more, stream)][-1] == "run.completed"


async def test_a_run_is_enough_to_find_its_room_again(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(1)
    async with running(settings_for(tmp_path), scripted(gate)) as server:
        async with server.talk() as talk:
            run = await talk.call("stream_request", query="why?")
        runs = {run["run_id"]: {}, "r_unknown": {"0": 5}, "": {"x": 1}}
        async with server.talk(resume=resume(talk, {}, runs=runs)) as back:
            stream = f"room:{run['room_id']}"
            assert not back.welcome["streams"][stream]["recovered"]
            lift(gate)
            assert text_of(await back.until("run.completed")) == TEXT


async def test_frames_behind_a_hello_wait_for_it(server: RunningServer) -> None:
    async with server.socket() as talk:
        await talk.send(request("hello", "session.hello", {"token": server.token()}))
        await talk.send(request("ping", "session.ping"))
        await talk.send([request("list", "rooms.list")])
        replies = [await talk.receive() for _ in range(3)]
        assert replies[0]["id"] == "hello"
        assert replies[1]["result"]["at"]
        assert replies[2][0]["result"] == {"rooms": []}


async def test_a_socket_lost_in_its_hello_leaves_no_listener(server: RunningServer) -> None:
    stream = f"user:{server.app.owner.id}"
    for _ in range(20):
        client = server.app.memory_client()
        client.connection.received(b'{"jsonrpc":"2.0","id":1,"method":"session.hello"}')
        client.connection.lost()
        client.socket.close(1000, "")
    # Sessions are written one after the other: this hello ends behind all the others.
    async with server.talk():
        assert len(server.app.services.hub.fanout(stream).subscriptions) == 1
    await eventually(lambda: not server.app.services.hub.followed(stream))
