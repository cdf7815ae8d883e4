"""Branches of a conversation: new versions of a question, and what the model sees of the others."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from basicchat.domain.branches import branch
from basicchat.domain.rooms import Message
from basicchat.domain.values import Author
from basicchat.testing.scripted_llm import PacedLLM
from support.servers import RunningServer, Talk, WireFailure, running, scripted, settings_for


def question(name: str, seq: int, **place: str) -> Message:
    """A question of a user."""
    author = Author(id="u", name="Ada", kind="user")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Message(
        message_id=name, room_id="r", seq=seq, author=author, text=name, created_at=at, **place
    )


def answer(name: str, seq: int, parent: str) -> Message:
    """An answer of the assistant."""
    author = Author(id="assistant", name="Assistant", kind="assistant")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Message(
        message_id=name,
        room_id="r",
        seq=seq,
        author=author,
        text=name,
        created_at=at,
        parent_id=parent,
    )


LOG = (
    question("o", 1),
    question("q", 2),
    answer("a", 3, "q"),
    question("q2", 4),
    answer("a2", 5, "q2"),
    question("v", 6, edits="q"),
    answer("b", 7, "v"),
    question("v2", 8),
    question("q3", 9, after="q2"),
    question("v3", 10, after="v2"),
)
BRANCHES = [
    (LOG[:5], None, ["o", "q", "a", "q2", "a2"]),
    (LOG[1:5], None, ["q", "a", "q2", "a2"]),
    (LOG[:8], None, ["o", "v", "b", "v2"]),
    (LOG[:8], "q2", ["o", "q", "a", "q2", "a2"]),
    # What was asked in an older branch later does not lead back to it.
    (LOG[:9], None, ["o", "v", "b", "v2"]),
    (LOG, None, ["o", "v", "b", "v2", "v3"]),
    (LOG, "q3", ["o", "q", "a", "q2", "a2", "q3"]),
    # The first version is not loaded.
    (LOG[2:8], None, ["v", "b", "v2"]),
    (LOG[3:9], None, ["v", "b", "v2"]),
    (LOG[3:9], "q3", ["q2", "a2", "q3"]),
    ((question("x", 1, after="x"),), None, ["x"]),
    ((), None, []),
]


@pytest.mark.parametrize(("messages", "tip", "expected"), BRANCHES)
def test_a_branch_is_the_path_to_a_question(
    messages: tuple[Message, ...], tip: str | None, expected: list[str]
) -> None:
    assert [each.message_id for each in branch(messages, tip)] == expected


async def ask(talk: Talk, query: str, **params: Any) -> str:
    """Ask, and return the question's id."""
    turn = await talk.call("query", query=query, **params)
    messages = (await talk.call("messages.list", room_id=turn["room_id"]))["messages"]
    return str(next(m["parent_id"] for m in messages if m["message_id"] == turn["message_id"]))


def seen(llm: PacedLLM) -> list[str]:
    """The user's messages in the newest prompt, without the sources."""
    prompt = llm.requests[-1].messages
    return [each.text.rsplit("\n", 1)[-1] for each in prompt if each.role == "user"]


async def test_the_model_sees_only_the_branch_of_the_question(tmp_path: Path) -> None:
    llm = scripted()
    async with running(settings_for(tmp_path), llm) as server, server.talk() as talk:
        room_id = (await talk.call("rooms.create", name="Room"))["room_id"]
        room = {"room_id": room_id}
        await ask(talk, "first", **room)
        old = await ask(talk, "second", **room)
        last = await ask(talk, "third", **room)
        new = await ask(talk, "second, again", edits=old, **room)
        assert seen(llm) == ["first", "second, again"]
        await ask(talk, "fourth", **room)
        assert seen(llm) == ["first", "second, again", "fourth"]
        await ask(talk, "after the third", after=last, **room)
        assert seen(llm) == ["first", "second", "third", "after the third"]
        # A version of a version replaces the first one, too.
        newest = await ask(talk, "second, once more", edits=new, **room)
        assert seen(llm) == ["first", "second, once more"]
        message = (await server.app.store.message(newest)) or pytest.fail("it is not there")
        assert message.edits == old
        again = await talk.call("messages.regenerate", message_id=last)
        await server.app.services.runner.wait(again["run_id"])
        assert seen(llm) == ["first", "second", "third"]
        # A deleted version keeps its place.
        await talk.call("messages.delete", message_id=newest)
        deleted = (await server.app.store.message(newest)) or pytest.fail("it is not there")
        assert deleted.edits == old


async def test_an_invalid_branch_is_refused(server: RunningServer) -> None:
    ada = await server.person("Ada")
    async with server.talk() as talk, server.talk(ada) as other:
        room_id = (await talk.call("rooms.create", name="Room"))["room_id"]
        elsewhere = (await talk.call("rooms.create", name="Elsewhere"))["room_id"]
        mine = await ask(talk, "why?", room_id=room_id)
        (_, reply) = (await talk.call("messages.list", room_id=room_id))["messages"]

        async def refusal(who: Talk, **params: Any) -> str:
            with pytest.raises(WireFailure) as failed:
                await who.call("stream_request", query="@assistant how?", **params)
            return str(failed.value.error["data"].get("reason", failed.value.kind))

        assert await refusal(talk, room_id=elsewhere, edits=mine) == "resource_not_found"
        assert await refusal(talk, edits=mine) == "resource_not_found"
        assert await refusal(talk, room_id=elsewhere, after=mine) == "resource_not_found"
        answer_id = reply["message_id"]
        assert await refusal(talk, room_id=room_id, after=answer_id) == "resource_not_found"
        assert await refusal(other, room_id=room_id, edits=mine) == "resource_not_found"
        invited = {"room_id": room_id, "user_id": ada.id, "role": "member"}
        await talk.call("rooms.invite", **invited)
        assert await refusal(talk, room_id=room_id, edits=mine) == "branch_in_shared_room"
        assert await refusal(other, room_id=room_id, edits=mine) == "not_the_author"
        assert await refusal(other, room_id=elsewhere, after=mine) == "resource_not_found"
        await talk.call("rooms.remove", room_id=room_id, user_id=ada.id)
        await talk.call("messages.delete", message_id=mine)
        assert await refusal(talk, room_id=room_id, edits=mine) == "message_deleted"
