"""PROTOCOL §4, §5: rooms of several members, what each may do, see and no longer see."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.rooms import SMALL_ROOM
from basicchat.domain.values import User
from support.frozen_time import frozen_time
from support.servers import (
    ANSWER,
    SECONDS,
    RunningServer,
    Talk,
    WireFailure,
    events_of,
    eventually,
    lift,
    running,
    scripted,
    settings_for,
    text_of,
)

TEXT = "".join(ANSWER)


@dataclass
class House:
    """Ann, who owns the room, and Ben, who is in it; both follow it."""

    server: RunningServer
    room_id: str
    ann: Talk
    ben: Talk
    ben_user: User


@asynccontextmanager
async def house(server: RunningServer, role: str = "member") -> AsyncIterator[House]:
    user = await server.person("Ben")
    async with server.talk() as ann, server.talk(user) as ben:
        room = await ann.call("rooms.create", name="Shared")
        await ann.call("rooms.invite", room_id=room["room_id"], user_id=user.id, role=role)
        for talk in (ann, ben):
            await talk.call("rooms.join", room_id=room["room_id"])
        yield House(server, room["room_id"], ann, ben, user)


async def failure(work: Any) -> str:
    """The kind of the error that a call is answered with."""
    with pytest.raises(WireFailure) as failed:
        await work
    return failed.value.kind


async def signal(talk: Talk, type: str, stream: str | None = None) -> dict[str, Any]:
    """The data of the next signal of a type."""
    while True:
        name, params = await talk.note()
        if name == "signal" and params["type"] == type and stream in (None, params["stream"]):
            return dict(params["data"])


async def presence(talk: Talk, stream: str, expected: dict[str, str | None]) -> None:
    """Wait until the presence signals of a stream have shown these statuses, None if absent.

    Changes may come in one signal or in several, and those of another node a little later.
    """
    shown: dict[str, str | None] = {}
    while not expected.items() <= shown.items():
        data = await signal(talk, "presence", stream)
        shown |= {user_id: each["status"] for user_id, each in data["joined"].items()}
        shown |= dict.fromkeys(data["left"])


async def snapshot_shows(talk: Talk, room_id: str, expected: dict[str, str]) -> None:
    """Wait until a room's snapshot shows these statuses, and no others."""
    async with asyncio.timeout(SECONDS):
        while True:
            shown = (await talk.call("rooms.join", room_id=room_id))["presence"]
            if {user_id: each["status"] for user_id, each in shown.items()} == expected:
                return


async def event(talk: Talk, type: str) -> dict[str, Any]:
    """The data of the next event of a type."""
    return dict((await talk.until(type))[-1][1]["events"][-1]["data"])


async def test_an_invited_user_is_notified_and_sees_the_history(server: RunningServer) -> None:
    user = await server.person("Ben")
    async with server.talk() as ann, server.talk(user) as ben:
        room = await ann.call("rooms.create", name="Shared")
        room_id = room["room_id"]
        await ann.call("query", query="why?", room_id=room_id)
        assert await failure(ben.call("rooms.join", room_id=room_id)) == "not_found"
        await ann.call("rooms.invite", room_id=room_id, name="Ben")
        learned = await event(ben, "room.updated")
        assert (learned["room_id"], learned["role"], learned["unread"]) == (room_id, "member", 0)
        assert (await ben.call("rooms.list"))["rooms"] == [learned]
        snapshot = await ben.call("rooms.join", room_id=room_id)
        assert [message["text"] for message in snapshot["messages"]] == ["why?", TEXT]
        assert {member["id"] for member in snapshot["members"]} == {"ben", server.app.owner.id}


MENTIONS = [
    ("Nice weather", None),
    ("write to help@assistant.org", None),
    ("@assistants", None),
    ("@Assistant why?", "why?"),
    ("Why, @assistant?", "Why, ?"),
    ("@assistant", "@assistant"),
]


async def test_the_assistant_answers_in_a_shared_room_if_mentioned(tmp_path: Path) -> None:
    llm = scripted()
    async with running(settings_for(tmp_path), llm) as server, house(server) as here:
        for text, asked in MENTIONS:
            started = await here.ben.call("stream_request", query=text, room_id=here.room_id)
            said = await event(here.ann, "message.created")
            assert (said["text"], said["author"]["name"]) == (text, "Ben")
            assert (started["run_id"] is None) is (asked is None), text
            assert ("run_id" in said) is (asked is not None)
            if asked is None:
                assert started["message_id"] == said["message_id"]
            else:
                await here.ann.ended()
                assert llm.requests[-1].question == asked
        history = [message.text for message in llm.requests[-1].messages[1:-1]]
        assert history[0] == "Ben: Nice weather"


async def test_alone_one_need_not_call_the_assistant(server: RunningServer) -> None:
    async with house(server) as here:
        await here.ann.call("rooms.remove", room_id=here.room_id, user_id="ben")
        assert (await here.ann.call("query", query="why?", room_id=here.room_id))["answer"] == TEXT


def calls(here: House, message_id: str, run_id: str) -> dict[str, Mapping[str, Any]]:
    """What one can want to do with a room, with parameters that are right."""
    room = {"room_id": here.room_id}
    return {
        "rooms.join": room,
        "rooms.leave": room,
        "messages.list": room,
        "messages.search": {"query": "why", **room},
        "rooms.read": {"seq": 1, **room},
        "runs.get": {"run_id": run_id},
        "stream_request": {"query": "hello", **room},
        "query": {"query": "hello", **room},
        "messages.post": {"text": "hello", **room},
        "typing.set": {"typing": True, **room},
        "drafts.set": {"text": "x", **room},
        "messages.regenerate": {"message_id": message_id},
        "feedback.set": {"message_id": message_id, "value": "up"},
        "runs.cancel": {"run_id": run_id},
        "runs.continue": {"run_id": run_id},
        "messages.edit": {"message_id": message_id, "text": "x"},
        "messages.delete": {"message_id": message_id},
        "rooms.update": {"name": "x", **room},
        "rooms.invite": {"name": "Carl", **room},
        "rooms.remove": {"user_id": server_owner(here), **room},
        "rooms.delete": room,
    }


def server_owner(here: House) -> str:
    return here.server.app.owner.id


SEES = {
    "rooms.join", "rooms.leave", "messages.list", "messages.search", "rooms.read", "runs.get",
}  # fmt: skip
WRITES = SEES | {
    "stream_request", "query", "typing.set", "drafts.set", "messages.regenerate", "feedback.set",
    "runs.cancel", "messages.post",
}  # fmt: skip
# Each fails, for a member, with what it says of the thing itself.
OWN = {"runs.continue": "conflict", "messages.edit": "forbidden", "messages.delete": "forbidden"}


@pytest.mark.parametrize("role", ["viewer", "member", "stranger"])
async def test_permissions_of_a_role(server: RunningServer, role: str) -> None:
    await server.person("Carl")
    async with house(server) as here, server.talk(await server.person("Dan")) as dan:
        answer = await here.ann.call("query", query="@assistant why?", room_id=here.room_id)
        (question, _) = (await here.ann.call("messages.list", room_id=here.room_id))["messages"]
        if role == "viewer":
            await here.ann.call("rooms.invite", room_id=here.room_id, user_id="ben", role=role)
        talk = dan if role == "stranger" else here.ben
        allowed = {"viewer": SEES, "member": WRITES, "stranger": set()}[role]
        for method, params in calls(here, question["message_id"], answer["run_id"]).items():
            if method in allowed:
                await talk.call(method, **params)
                continue
            kind = "not_found" if role == "stranger" else "forbidden"
            if role == "member":
                kind = OWN.get(method, kind)
            assert await failure(talk.call(method, **params)) == kind, method


async def test_a_removed_member_sees_nothing_more(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server, house(server) as here:
        question = {"query": "@assistant why?", "room_id": here.room_id, "client_msg_id": "q"}
        asked = await here.ben.ask("query", **question)
        run_id = (await event(here.ben, "run.started"))["run_id"]
        lift(gate, 2)
        while (await here.ben.note())[0] != "delta":
            pass
        await here.ann.call("rooms.remove", room_id=here.room_id, user_id="ben")
        lift(gate)
        await here.ann.ended()
        await here.ann.call("stream_request", query="secret", room_id=here.room_id)
        assert (await here.ben.reply(asked))["error"]["data"]["kind"] == "not_found"
        assert await failure(here.ben.call("runs.get", run_id=run_id)) == "not_found"
        # An old request, repeated, gets its old reply, and does not bring the room back.
        again = await here.ben.call("stream_request", **question)
        assert again["run_id"] == run_id
        await here.ann.call("stream_request", query="secret", room_id=here.room_id)
        async with server.talk(here.ben_user) as mark:
            await mark.call("rooms.create", name="Mark")
        seen = []
        while not seen or seen[-1][1]["events"][0]["data"].get("name") != "Mark":
            seen.append(await here.ben.note())
            if seen[-1][0] != "events":
                seen.pop()
        streams = [params["stream"] for _, params in seen]
        assert f"room:{here.room_id}" not in streams[1:]
        types = [each["type"] for each in events_of(seen)]
        assert types[-2:] == ["room.deleted", "room.updated"]
        assert (await here.ben.call("rooms.list"))["rooms"] != []


async def test_a_cursor_of_a_room_one_has_left_is_of_no_use(server: RunningServer) -> None:
    async with house(server) as here:
        stream = f"room:{here.room_id}"
        back = {key: here.ben.welcome[key] for key in ("session_id", "resume_token")}
        position = await server.app.store.position(stream)
        assert position is not None
        cursors = {stream: {"epoch": position.epoch, "seq": position.seq}}
        await here.ben.call("rooms.remove", room_id=here.room_id, user_id="ben")
        async with server.talk(here.ben_user, resume={**back, "cursors": cursors}) as again:
            assert again.welcome["resumed"]
            assert list(again.welcome["streams"]) == ["user:ben"]


async def test_the_last_owner_hands_over_before_leaving(server: RunningServer) -> None:
    async with house(server) as here:
        me = server_owner(here)
        leave = {"room_id": here.room_id, "user_id": me}
        demote = {**leave, "role": "member"}
        for method, params in (("rooms.remove", leave), ("rooms.invite", demote)):
            assert await failure(here.ann.call(method, **params)) == "conflict"
        await here.ann.call("rooms.invite", room_id=here.room_id, user_id="ben", role="owner")
        await here.ann.call("rooms.remove", **leave)
        assert (await event(here.ann, "room.deleted"))["room_id"] == here.room_id
        left = await event(here.ben, "member.left")
        assert left["id"] == me
        assert await failure(here.ben.call("rooms.remove", room_id=here.room_id, user_id="ben"))
        await here.ben.call("rooms.update", room_id=here.room_id, name="Mine")


async def test_roles_reach_the_sockets_that_are_open(server: RunningServer) -> None:
    async with house(server) as here:
        say = {"query": "hello", "room_id": here.room_id}
        await here.ben.call("stream_request", **say)
        await here.ann.call("rooms.invite", room_id=here.room_id, user_id="ben", role="viewer")
        assert await failure(here.ben.call("stream_request", **say)) == "forbidden"
        assert (await event(here.ben, "member.changed"))["role"] == "viewer"


async def test_presence_is_of_a_user_over_all_connections(server: RunningServer) -> None:
    user = await server.person("Ben")
    async with house(server) as here:
        stream, owner = f"room:{here.room_id}", server_owner(here)
        async with server.talk(user) as other:
            await here.ben.call("presence.set", status="away")
            await other.call("presence.set", status="away")
            await presence(here.ann, stream, {"ben": "away"})
            await snapshot_shows(here.ann, here.room_id, {owner: "online", "ben": "away"})
            await other.call("presence.set", status="online")
            await presence(here.ann, stream, {"ben": "online"})
        await presence(here.ann, stream, {"ben": "away"})
        await here.ben.socket.close()
        await presence(here.ann, stream, {"ben": None})
        await snapshot_shows(here.ann, here.room_id, {owner: "online"})


async def test_a_resumed_client_learns_who_has_left(server: RunningServer) -> None:
    """What was missed of presence is not kept: a resumed room is told of it as it is."""
    user = await server.person("Ben")
    async with house(server) as here:
        stream = f"room:{here.room_id}"
        snapshot = await here.ben.call("rooms.join", room_id=here.room_id)
        assert set(snapshot["presence"]) == {server_owner(here), "ben"}
        await here.ben.socket.close()
        await signal(here.ann, "presence", stream)
        await here.ann.socket.close()
        cursors = {stream: {"epoch": snapshot["epoch"], "seq": snapshot["seq"]}}
        welcome = here.ben.welcome
        told = {name: welcome[name] for name in ("session_id", "resume_token")}
        async with server.talk(user, resume=told | {"cursors": cursors}) as ben:
            assert ben.welcome["streams"][stream]["recovered"]
            await presence(ben, stream, {server_owner(here): None, "ben": "online"})


async def test_a_client_resuming_a_large_room_learns_it_too(server: RunningServer) -> None:
    """In one with many others, all of whom hear the same."""
    user = await server.person("Ben")
    async with house(server) as here:
        store = server.app.store
        async with store.transaction() as change:
            for number in range(SMALL_ROOM):
                guest = User(id=f"u{number}", name=f"U{number}", role="member")
                await change.put_user(guest, datetime.now(UTC))
                await change.put_member(here.room_id, guest.id, "member")
        stream = f"room:{here.room_id}"
        snapshot = await here.ben.call("rooms.join", room_id=here.room_id)
        await here.ben.socket.close()
        await signal(here.ann, "presence", stream)
        await here.ann.socket.close()
        cursors = {stream: {"epoch": snapshot["epoch"], "seq": snapshot["seq"]}}
        told = {name: here.ben.welcome[name] for name in ("session_id", "resume_token")}
        async with server.talk(user, resume=told | {"cursors": cursors}) as ben:
            assert ben.welcome["streams"][stream]["recovered"]
            guests = {f"u{number}": None for number in range(SMALL_ROOM)}
            await presence(ben, stream, {server_owner(here): None, "ben": "online", **guests})


async def test_presence_is_hidden_from_strangers(server: RunningServer) -> None:
    async with house(server) as here, server.talk(await server.person("Dan")) as dan:
        room = await dan.call("rooms.create", name="Dan's")
        snapshot = await dan.call("rooms.join", room_id=room["room_id"])
        assert set(snapshot["presence"]) == {"dan"}
        await here.ben.call("presence.set", status="away")
        await signal(here.ann, "presence")
        await dan.call("rooms.update", room_id=room["room_id"], name="Mark")
        heard = await dan.until("room.updated")
        joined = [p["data"]["joined"] for n, p in heard if n == "signal"]
        assert all(set(each) == {"dan"} for each in joined)


async def test_typing_is_announced_and_ends_with_the_message(server: RunningServer) -> None:
    async with house(server) as here:
        for typing in (True, False, True):
            await here.ben.call("typing.set", room_id=here.room_id, typing=typing)
            told = await signal(here.ann, "typing")
            assert told == {"user": {"id": "ben", "name": "Ben"}, "typing": typing}
        await here.ben.call("stream_request", query="hello", room_id=here.room_id)
        assert (await signal(here.ann, "typing"))["typing"] is False


async def test_how_far_one_has_read_shows_on_all_devices_and_to_the_others(
    server: RunningServer,
) -> None:
    async with house(server) as here, server.talk(here.ben_user) as phone:
        for text in ("one", "two"):
            await here.ann.call("stream_request", query=text, room_id=here.room_id)
        (first, second) = (await here.ben.call("messages.list", room_id=here.room_id))["messages"]
        (room,) = (await phone.call("rooms.list"))["rooms"]
        assert room["unread"] == 2
        for seq, unread in ((first["seq"], 1), (second["seq"], 0), (first["seq"], 0)):
            read = await here.ben.call("rooms.read", room_id=here.room_id, seq=seq)
            assert read["unread"] == unread
        assert (await event(here.ann, "member.changed"))["read_seq"] == first["seq"]
        changed = await event(here.ann, "member.changed")
        assert (changed["id"], changed["read_seq"]) == ("ben", second["seq"])
        told = [(await event(phone, "room.updated"))["unread"] for _ in range(4)]
        assert told == [1, 2, 1, 0]


async def test_members_without_a_subscription_get_unread_counts(server: RunningServer) -> None:
    async with house(server) as here:
        await here.ben.call("rooms.leave", room_id=here.room_id)
        assert (await event(here.ben, "room.updated"))["unread"] == 0
        for unread in (1, 2):
            await here.ann.call("stream_request", query="hello", room_id=here.room_id)
            assert (await event(here.ben, "room.updated"))["unread"] == unread


async def test_a_draft_shows_on_ones_other_devices_alone(server: RunningServer) -> None:
    async with house(server) as here, server.talk(here.ben_user) as phone:
        await here.ben.call("drafts.set", room_id=here.room_id, text="I was ab")
        told = await signal(phone, "draft")
        assert (told["room_id"], told["text"]) == (here.room_id, "I was ab")
        assert told["session_id"] == here.ben.welcome["session_id"]
        assert (await phone.call("rooms.join", room_id=here.room_id))["draft"] == "I was ab"
        assert "draft" not in await here.ann.call("rooms.join", room_id=here.room_id)
        await phone.call("drafts.set", room_id=here.room_id, text="")
        assert "drafts" not in await here.ben.call("rooms.list")
        await here.ben.call("stream_request", query="mark", room_id=here.room_id)
        heard = await here.ann.until("message.created")
        assert [p for n, p in heard if n == "signal" and p["type"] == "draft"] == []


async def test_a_fast_typist_is_not_refused(tmp_path: Path) -> None:
    """Drafts come with nearly every key; in the limit of messages fifteen count as one."""
    settings = settings_for(tmp_path, limits={"messages_per_minute": 10})
    async with running(settings) as server, server.talk() as talk:
        room = await talk.call("rooms.create", name="Mine")
        for number in range(100):
            draft = {"room_id": room["room_id"], "text": "x" * number}
            assert await talk.call("drafts.set", **draft)
        assert await talk.call("session.ping")


async def test_several_runs_stream_to_everyone_at_once(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    llm = scripted(gate)
    async with running(settings_for(tmp_path), llm) as server, house(server) as here:
        runs = [
            await talk.call("stream_request", query=f"@assistant {n}", room_id=here.room_id)
            for n, talk in enumerate((here.ann, here.ben, here.ann))
        ]
        await eventually(lambda: llm.active == 3)
        lift(gate)
        for talk in (here.ann, here.ben):
            notes: list[tuple[str, dict[str, Any]]] = []
            for _ in runs:
                notes += await talk.until("run.completed")
            for run in runs:
                mine = [n for n in notes if n[0] == "delta" and n[1]["run"] == run["run_id"]]
                assert text_of(mine) == TEXT


async def test_any_member_who_may_write_can_cancel(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(1)
    llm = scripted(gate)
    async with running(settings_for(tmp_path), llm) as server, house(server) as here:
        run = await here.ann.call("stream_request", query="@assistant why?", room_id=here.room_id)
        await eventually(lambda: llm.active == 1)
        # At once (PROTOCOL 5.3): without waiting for any timer.
        with frozen_time():
            number = await here.ben.ask("runs.cancel", run_id=run["run_id"])
            await llm.idle()
        assert (await here.ben.reply(number))["result"]["cancelled"]
        assert (await here.ann.ended())["status"] == "cancelled"


async def test_room_changes_arrive_on_ones_other_devices(server: RunningServer) -> None:
    async with server.talk() as desk, server.talk() as phone:
        room = await desk.call("rooms.create", name="New")
        assert (await event(phone, "room.updated"))["name"] == "New"
        await desk.call("rooms.update", room_id=room["room_id"], name="Renamed")
        assert (await event(phone, "room.updated"))["name"] == "Renamed"
        await desk.call("rooms.delete", room_id=room["room_id"])
        assert (await event(phone, "room.deleted"))["room_id"] == room["room_id"]
