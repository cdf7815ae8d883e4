"""A fault wherever there can be one: none of its words reach a client, and all goes on."""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from basicchat.domain.chat import ChatRequest
from basicchat.llm.extractive import Extractive
from basicchat.testing.scripted_llm import PacedLLM, ScriptItem
from support.mcp import faulty_plugins as faulty
from support.mcp.client import Talk, everywhere, recorded
from support.mcp.official_client import add
from support.mcp.requests import Asked, Things, everything, settled, things_about
from support.mcp.sockets import modern, socket
from support.mcp.tool_server import SECRET
from support.mcp.wires import Message
from support.servers import ANSWER, RunningServer, running, settings_for
from support.users import Person, key_of, person

CRASH = "Please crash"


def crashing() -> PacedLLM:
    """A model that breaks in the midst of an answer, in a way that nobody has foreseen."""

    def replies(request: ChatRequest) -> Generator[ScriptItem, None, None]:
        yield from ANSWER[:2]
        if CRASH in request.question:
            raise RuntimeError(SECRET)
        yield from ANSWER[2:]

    return PacedLLM(replies)


@pytest.fixture(autouse=True)
def lines() -> Iterator[list[Any]]:
    """The log: written to a console, with all that the frames hold, a fault takes seconds."""
    with capture_logs() as kept:
        yield kept


def is_fault(answer: Message) -> bool:
    """Whether an answer says that something went wrong inside, and no more."""
    if "error" in answer:
        return answer["error"]["code"] in (-32603, -32602)
    told = answer["result"]
    if told.get("status") in ("failed", "cancelled"):
        return True
    return bool(told.get("result", told).get("isError"))


def fails(asked: Asked) -> bool:
    """Whether a request is about something faulty."""
    return "faulty" in repr(asked) and asked.method != "resources/unsubscribe"


@everywhere
async def test_no_exception_text_is_revealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[Any], way: str, era: str
) -> None:
    faulty.install(tmp_path / "site", faulty.EVERYTHING)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    things = things_about(**NOBODYS, how=tuple(faulty.FAULTS))
    async with (
        running(settings_for(tmp_path), crashing()) as server,
        recorded(await person(server, "Ada"), way, era) as (talk, frames),
    ):
        faults = [each for each in await everything(talk, things) if fails(each)]
        faults += [Asked("resources/list", {}), asking(CRASH), asking("x", mode="faulty")]
        faults += [asking(CRASH, detached=True), asking("x", mode="faulty", detached=True)]
        for asked in faults:
            answer = await settled(talk, asked)
            assert is_fault(await in_the_end(server, talk, answer)), (asked, answer)
        assert (await talk.call("tools/list"))["tools"]
    for frame in frames:
        assert SECRET not in frame
        assert "Traceback" not in frame
    assert any(line["event"] == "unexpected_error" for line in lines)


NOBODYS = dict.fromkeys(
    (
        "document_id", "document_ids", "document", "first", "second", "conversation_id", "run_id",
        "task_id", "id", "after", "query", "question", "collection_id", "collection_ids",
    ),
    "x",
)  # fmt: skip


def asking(question: str, **more: Any) -> Asked:
    """A question to the assistant."""
    return Asked("tools/call", {"name": "ask", "arguments": {"question": question, **more}})


async def in_the_end(server: RunningServer, talk: Talk, answer: Message) -> Message:
    """The same, or what a detached answer comes to."""
    run_id = answer.get("result", {}).get("structuredContent", {}).get("run_id")
    if run_id is None:
        return answer
    await server.app.services.runner.wait(run_id)
    asked = {"name": "read_answer", "arguments": {"run_id": run_id}}
    return await settled(talk, Asked("tools/call", asked))


# Tables that are lost: what is asked for, and who asks.
LOST = ("documents", "rooms", "messages", "members", "tasks", "document_pages")
OF_THE_DATABASE = ("sqlite", "no such table", "traceback", "select ", "gone_")


PEOPLE = ("users", "api_keys", "sessions")


def lose(server: RunningServer, tables: Sequence[str] = LOST) -> None:
    """Take some of the database's tables away."""
    with closing(sqlite3.connect(server.app.settings.database_path)) as damaged:
        for table in tables:
            damaged.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")


async def own(whose: Person) -> Things:
    """What somebody has, to be asked for."""
    document_id = await add(whose, "bees.txt", b"Bees dance to tell where food is.\n")
    turn = await whose.call("query", query="Where do bees find food?")
    task_id = (await whose.call("tasks.list"))["tasks"][0]["task_id"]
    made = await whose.call("collections.create", name="Bees")
    collection_id = made["collection"]["collection_id"]
    ids = {
        "document_id": document_id,
        "collection_id": collection_id,
        "collection_ids": [collection_id],
        "document": document_id,
        "first": document_id,
        "second": "bees.txt",
        "document_ids": [document_id],
        "conversation_id": turn["room_id"],
        "run_id": turn["run_id"],
        "task_id": task_id,
        "id": (document_id, turn["room_id"]),
        "after": document_id,
    }
    return things_about(**ids, query="bees", question="Where do bees find food?")


@everywhere
async def test_crashes_reveal_nothing(tmp_path: Path, lines: list[Any], way: str, era: str) -> None:
    async with running(settings_for(tmp_path), Extractive()) as server:
        ada = await person(server, "Ada")
        things = await own(ada)
        async with recorded(ada, way, era) as (talk, frames):
            all_there_is = await everything(talk, things)
            lose(server)
            for asked in all_there_is:
                await settled(talk, asked)
            assert await talk.call("tools/list")
    assert any(line["event"] == "unexpected_error" for line in lines)
    assert any("incident" in frame for frame in frames)
    for frame in frames:
        assert not any(word in frame.lower() for word in OF_THE_DATABASE), frame


@everywhere
async def test_a_failing_subscriber_does_not_affect_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, era: str
) -> None:
    faulty.install(tmp_path / "site", faulty.LISTENER)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        async with recorded(ada, way, era) as (talk, frames), ada.talk() as other:
            if era == "modern":
                wanted = {"resourcesListChanged": True}
                await talk.ask("subscriptions/listen", notifications=wanted)
                await talk.said("notifications/subscriptions/acknowledged")
            else:
                await talk.call("resources/subscribe", uri="faulty-listener://all")
            await add(ada, "bees.txt", b"Bees dance.\n")
            await talk.said("notifications/resources/list_changed")
            await other.until("document.added")
    assert not any(SECRET in frame for frame in frames)


async def test_unauthenticated_subscribers_get_no_notifications(tmp_path: Path) -> None:
    async with running(settings_for(tmp_path)) as server:
        ada = await person(server, "Ada")
        key = await key_of(ada, "read")
        lose(server, PEOPLE)
        for whose in (ada, key):
            async with whose.http() as http:
                answer = await http.post("/mcp", json=modern(1, "server/discover"))
            with pytest.raises(InvalidStatus) as refused:
                async with socket(whose):
                    pass
            upgrade = refused.value.response
            for status, body in (
                (answer.status_code, answer.text),
                (upgrade.status_code, bytes(upgrade.body or b"").decode()),
            ):
                assert status == 500
                assert "incident" in body
                assert not any(word in body.lower() for word in OF_THE_DATABASE)
