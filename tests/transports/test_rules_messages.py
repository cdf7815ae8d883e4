"""PROTOCOL §5: messages that are edited, deleted and answered anew, each effectively once; runs
that go on after a restart; and coming back after a long sleep."""

import asyncio
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.clock import FakeClock
from support.servers import (
    ANSWER,
    RunningServer,
    Talk,
    WireFailure,
    events_of,
    lift,
    running,
    scripted,
    settings_for,
    text_of,
)
from support.transport_clients import TRANSPORTS

TEXT = "".join(ANSWER)


async def failure(work: Any) -> str:
    """The kind of the error that a call is answered with."""
    with pytest.raises(WireFailure) as failed:
        await work
    return failed.value.kind


async def asked(talk: Talk, query: str = "why?") -> dict[str, Any]:
    """A finished turn in a new room, with its question's id."""
    room = await talk.call("rooms.create", name="Room")
    answer = await talk.call("query", query=query, room_id=room["room_id"])
    page = await talk.call("messages.list", room_id=answer["room_id"])
    return {**answer, "question_id": page["messages"][0]["message_id"]}


# Method, its parameters but for the thing's id, which thing, and parameters of another request.
ONCE: list[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]] = [
    ("messages.edit", {"text": "how?"}, "question_id", {"text": "when?"}),
    ("messages.delete", {}, "message_id", {"message_id": "m_other"}),
    ("messages.regenerate", {}, "message_id", {"message_id": "m_other"}),
    ("feedback.set", {"value": "up"}, "message_id", {"value": "down"}),
]


@pytest.mark.parametrize(("method", "body", "of", "other"), ONCE, ids=[once[0] for once in ONCE])
async def test_a_change_is_made_once_over_every_transport(
    server: RunningServer, method: str, body: Mapping[str, Any], of: str, other: Mapping[str, Any]
) -> None:
    async with server.talk() as talk:
        turn = await asked(talk)
        params = {"message_id": turn[of], **body, "client_msg_id": "once"}
        before = await length(server, turn["room_id"])
        numbers = [await talk.ask(method, **params) for _ in range(4)]
        first, *rest = [(await talk.reply(number))["result"] for number in numbers]
        assert rest == [first] * 3
        if "run_id" in first and method == "messages.regenerate":
            await server.app.services.runner.wait(first["run_id"])
        made = await length(server, turn["room_id"]) - before
        # An answer is begun, searches, is there, and has ended.
        assert made == (4 if method == "messages.regenerate" else 1)
        for transport in TRANSPORTS.values():
            async with transport(server) as talker:
                assert await talker.call(method, params) == first
                assert await failure(talker.call(method, {**params, **other})) == "conflict"
                # The same id for something else is used already.
                elsewhere = {"query": "x", "client_msg_id": "once"}
                assert await failure(talker.call("stream_request", elsewhere)) == "conflict"
        assert await length(server, turn["room_id"]) == before + made


async def test_a_receipt_survives_a_restart(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    async with running(settings) as server, server.talk() as talk:
        turn = await asked(talk)
        room, answer = {"room_id": turn["room_id"]}, {"message_id": turn["message_id"]}
        requests: dict[str, dict[str, Any]] = {
            "query": {"query": "how?", **room},
            "stream_request": {"query": "when?", **room},
            "tool_execution": {"name": "calculator", "arguments": {"expression": "2 + 2"}},
            "messages.post": {"text": "by the way", **room},
            "messages.regenerate": answer,
            "messages.edit": {"message_id": turn["question_id"], "text": "why, then?"},
            "feedback.set": {"value": "up", **answer},
        }
        for method, params in requests.items():
            params["client_msg_id"] = method
        first = {method: await talk.call(method, **requests[method]) for method in requests}
        for method in ("stream_request", "messages.regenerate"):
            await server.app.services.runner.wait(first[method]["run_id"])
        broken = {"query": "break off", "client_msg_id": "broken", **room}
        assert await failure(talk.call("query", **broken)) == "upstream_unavailable"
        made = await length(server, turn["room_id"])
    async with running(settings) as server:
        for transport in TRANSPORTS.values():
            async with transport(server) as talker:
                for method, params in requests.items():
                    assert await talker.call(method, params) == first[method], method
                assert await failure(talker.call("query", broken)) == "upstream_unavailable"
        assert await length(server, turn["room_id"]) == made


async def length(server: RunningServer, room_id: str) -> int:
    """How many events a room's log has."""
    position = await server.app.store.position(f"room:{room_id}")
    assert position is not None
    return position.seq


async def test_an_edited_question_gets_a_new_answer_beside_the_old_one(tmp_path: Path) -> None:
    llm = scripted()
    async with running(settings_for(tmp_path), llm) as server, server.talk() as talk:
        turn = await asked(talk)
        question_id, room_id = turn["question_id"], turn["room_id"]
        edited = await talk.call("messages.edit", message_id=question_id, text="how?")
        assert (edited["text"], "edited_at" in edited) == ("how?", True)
        again = await talk.call("messages.regenerate", message_id=question_id)
        while (await talk.ended())["run_id"] != again["run_id"]:
            pass
        assert llm.requests[-1].question == "how?"
        messages = (await talk.call("messages.list", room_id=room_id))["messages"]
        assert [m.get("parent_id") for m in messages] == [None, question_id, question_id]
        # Of two answers to one question, the next question is asked behind the later.
        await talk.call("query", query="and then?", room_id=room_id)
        said = [m.text for m in llm.requests[-1].messages[1:-1]]
        assert said == ["how?", TEXT]


async def test_a_deleted_message_leaves_only_its_place(tmp_path: Path) -> None:
    llm = scripted()
    secret = "xylophone"
    settings = settings_for(tmp_path)
    async with running(settings, llm) as server, server.talk() as talk:
        turn = await asked(talk, f"The {secret} is in the cellar")
        room_id = turn["room_id"]
        gone = await talk.call("messages.delete", message_id=turn["question_id"])
        assert (gone["text"], "deleted_at" in gone) == ("", True)
        (place, answer) = (await talk.call("messages.list", room_id=room_id))["messages"]
        assert place == gone
        assert answer["text"] == TEXT
        assert (await talk.call("messages.search", query=secret))["messages"] == []
        await talk.call("query", query="and then?", room_id=room_id)
        assert secret not in str(llm.requests[-1].messages)
        assert await failure(talk.call("messages.edit", message_id=gone["message_id"], text="x"))
        for message_id in (gone["message_id"], answer["message_id"]):
            regenerated = talk.call("messages.regenerate", message_id=message_id)
            assert await failure(regenerated) == "conflict"
        await talk.call("messages.delete", message_id=answer["message_id"])
        run = await talk.call("runs.get", run_id=turn["run_id"])
        assert (run["status"], run["parts"]) == ("completed", [])
        replayed = await talk.call("rooms.join", room_id=room_id)
        start = {"epoch": replayed["epoch"], "seq": 0}
        back = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        async with server.talk(resume={**back, "cursors": {f"room:{room_id}": start}}) as late:
            notes = await late.until("run.completed")
            assert secret not in str(notes)
    with sqlite3.connect(settings.database_path) as database:
        for table in ("messages", "events", "message_texts"):
            rows = database.execute(f"SELECT * FROM {table}").fetchall()
            assert secret.encode() not in str(rows).encode()


async def test_a_question_deleted_during_its_answer_leaves_only_its_place(tmp_path: Path) -> None:
    gate, secret = asyncio.Semaphore(0), "xylophone"
    async with running(settings_for(tmp_path), scripted(gate)) as server, server.talk() as talk:
        asked = await talk.call("stream_request", query=f"The {secret} is in the cellar")
        room = asked["room_id"]
        (question,) = (await talk.call("messages.list", room_id=room))["messages"]
        await talk.until("run.step")
        await talk.call("messages.delete", message_id=question["message_id"])
        lift(gate)
        notes = await talk.until("run.completed")
        assert secret not in str(notes[-1])
        joined = await talk.call("rooms.join", room_id=room)
        start = {"epoch": joined["epoch"], "seq": 0}
        back = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        async with server.talk(resume={**back, "cursors": {f"room:{room}": start}}) as late:
            assert secret not in str(await late.until("run.completed"))
        assert secret not in str(await talk.call("runs.get", run_id=asked["run_id"]))


async def test_the_owner_may_delete_others_messages(server: RunningServer) -> None:
    ben = await server.person("Ben")
    async with server.talk() as ann, server.talk(ben) as guest:
        room_id = (await ann.call("rooms.create"))["room_id"]
        await ann.call("rooms.invite", room_id=room_id, user_id="ben")
        mine = await guest.call("query", query="@assistant why?", room_id=room_id)
        said = await ann.call("query", query="hello", room_id=room_id)
        delete = guest.call("messages.delete", message_id=said["message_id"])
        assert await failure(delete) == "forbidden"
        # The answer to one's own question is one's own.
        await guest.call("messages.delete", message_id=mine["message_id"])
        (question, *_) = (await guest.call("messages.list", room_id=room_id))["messages"]
        edit = ann.call("messages.edit", message_id=question["message_id"], text="x")
        assert await failure(edit) == "forbidden"
        await ann.call("messages.delete", message_id=question["message_id"])


async def test_search_finds_ones_own_rooms_alone(server: RunningServer) -> None:
    ben = await server.person("Ben")
    async with server.talk() as ann, server.talk(ben) as guest:
        first = await asked(ann, "Where is the xylophone?")
        second = await asked(ann, "Who plays the xylophone?")
        find = {"query": "xylo"}
        assert len((await ann.call("messages.search", **find))["messages"]) == 2
        assert (await guest.call("messages.search", **find))["messages"] == []
        await ann.call("rooms.invite", room_id=first["room_id"], user_id="ben")
        (found,) = (await guest.call("messages.search", **find))["messages"]
        assert found["message_id"] == first["question_id"]
        await ann.call("rooms.remove", room_id=first["room_id"], user_id="ben")
        assert (await guest.call("messages.search", **find))["messages"] == []
        await ann.call("rooms.delete", room_id=second["room_id"])
        assert len((await ann.call("messages.search", **find))["messages"]) == 1


async def test_search_finds_misspelt_words_if_no_message_has_them(server: RunningServer) -> None:
    ben = await server.person("Ben")
    async with server.talk() as ann, server.talk(ben) as guest:
        turn = await asked(ann, "Where is the xylophone of Zoë Müller?")
        hit = [turn["question_id"]]

        async def found(query: str, talk: Any = ann, **more: Any) -> tuple[list[str], list[str]]:
            page = await talk.call("messages.search", query=query, **more)
            return [m["message_id"] for m in page["messages"]], page.get("similar", [])

        assert await found("xylophone") == (hit, [])
        table = ("xylofone", "xilophone", "ylophone", "xylophoen mullre", "xylopn", "where mulelr")
        for query in table:
            messages, similar = await found(query)
            assert messages == hit, query
            assert {"xylophone", "muller"} & set(similar), query
        assert await found("xylofone", room_id=turn["room_id"]) == (hit, ["xylophone"])
        for query in ("xxlxfxne", "whx", "xylofone 2024"):
            assert await found(query) == ([], []), query
        # Words of other people's messages are of no help.
        assert await found("xylofone", guest) == ([], [])


async def test_feedback_is_each_members_own_and_can_be_taken_back(server: RunningServer) -> None:
    async with server.talk() as talk:
        turn = await asked(talk)
        for value, comment in (("up", "Good"), ("down", None), (None, "x")):
            await talk.call(
                "feedback.set", message_id=turn["message_id"], value=value, comment=comment
            )
            page = await talk.call("messages.list", room_id=turn["room_id"])
            given = {"value": value} | ({"comment": comment} if comment else {})
            expected = {server.app.owner.id: given} if value else None
            assert page["messages"][1].get("feedback") == expected


async def test_an_interrupted_run_goes_on_after_a_restart(tmp_path: Path) -> None:
    gate, llm = asyncio.Semaphore(2), scripted()
    settings = settings_for(tmp_path, limits={"drain_seconds": 0})
    async with running(settings, scripted(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        have = ""
        while have != "Bees dance ":
            have = text_of([await talk.note()], have=have)
        cursor = {"epoch": run["epoch"], "seq": run["seq"]}
        back = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        back |= {"cursors": {f"room:{run['room_id']}": cursor}, "runs": {run["run_id"]: {"0": 11}}}
        await server.stop()
        assert await talk.close_code() == 1001
    async with running(settings, llm) as server, server.talk(resume=back) as talk:
        assert talk.welcome["streams"][f"room:{run['room_id']}"]["recovered"]
        broken = await talk.ended()
        assert (broken["run_id"], broken["status"]) == (run["run_id"], "interrupted")
        assert broken["parts"][0]["text"] == have
        more = await talk.call("runs.continue", run_id=run["run_id"])
        notes = await talk.until("run.completed")
        deltas = [n for n in notes if n[0] == "delta" and n[1]["run"] == more["run_id"]]
        assert text_of(deltas) == TEXT
        whole = events_of(notes)[-1]["data"]
        assert whole["parts"] == [{"part": 0, "kind": "answer", "text": TEXT, "off": len(TEXT)}]
        said = [(m.role, m.text) for m in llm.requests[-1].messages[-3:-1]]
        assert said == [("user", "why?"), ("assistant", have)]
        retried = await talk.call("messages.regenerate", message_id=broken["message_id"])
        assert (await talk.ended())["run_id"] == retried["run_id"]
        messages = (await talk.call("messages.list", room_id=run["room_id"]))["messages"]
        assert [m["text"] for m in messages] == ["why?", have, TEXT, TEXT]
        assert len({m.get("parent_id") for m in messages[1:]}) == 1


async def test_only_interrupted_runs_can_be_continued(tmp_path: Path) -> None:
    gate = asyncio.Semaphore(0)
    async with running(settings_for(tmp_path), scripted(gate)) as server, server.talk() as talk:
        run = await talk.call("stream_request", query="why?")
        go_on = {"run_id": run["run_id"]}
        assert await failure(talk.call("runs.continue", **go_on)) == "conflict"
        await talk.call("runs.cancel", **go_on)
        assert await failure(talk.call("runs.continue", **go_on)) == "conflict"
        lift(gate)
        whole = await talk.call("query", query="why?")
        go_on = {"run_id": whole["run_id"]}
        assert await failure(talk.call("runs.continue", **go_on)) == "conflict"


async def test_after_ten_minutes_asleep_nothing_is_missing(tmp_path: Path) -> None:
    clock, gate = FakeClock(), asyncio.Semaphore(2)
    settings = settings_for(tmp_path)
    async with running(settings, scripted(gate), clock) as server, server.talk() as other:
        async with server.talk() as talk:
            run = await talk.call("stream_request", query="why?")
            have = ""
            while len(have) < 11:
                have = text_of([await talk.note()], have=have)
        clock.advance(600)
        stream = f"room:{run['room_id']}"
        back = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        back["cursors"] = {stream: {"epoch": run["epoch"], "seq": run["seq"]}}
        back["runs"] = {run["run_id"]: {"0": len(have)}}
        await other.call("stream_request", query="meanwhile", room_id=run["room_id"])
        lift(gate)
        async with server.talk(resume=back) as talk:
            assert talk.welcome["resumed"]
            assert talk.welcome["streams"][stream]["recovered"]
            notes: list[tuple[str, dict[str, Any]]] = []
            for _ in range(2):
                notes += await talk.until("run.completed")
            events = events_of(notes, stream)
            first = run["seq"] + 1
            assert [e["seq"] for e in events] == [*range(first, first + len(events))]
            texts = {e["data"]["parts"][0]["text"] for e in events if e["type"] == "run.completed"}
            assert texts == {TEXT}
        clock.advance(3601)
        late = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        async with server.talk(resume=late) as talk:
            assert not talk.welcome["resumed"]


async def test_trimmed_history_is_declared(server: RunningServer) -> None:
    async with server.talk() as talk:
        turn = await asked(talk)
        stream = f"room:{turn['room_id']}"
        cursors = {stream: {"epoch": turn["epoch"], "seq": turn["seq"]}}
        now = server.app.services.clock.now()
        await server.app.store.trim(keep_events=2, receipts_before=now)
        back = {key: talk.welcome[key] for key in ("session_id", "resume_token")}
        async with server.talk(resume={**back, "cursors": cursors}) as again:
            assert again.welcome["streams"][stream]["recovered"] is False
            snapshot = await again.call("rooms.join", room_id=turn["room_id"])
            assert [m["text"] for m in snapshot["messages"]] == ["why?", TEXT]
