"""Cached answers: nobody gets one from documents that are not theirs, or as they were before."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from basicchat.testing.scripted_llm import PacedLLM
from support.quoting_llm import quoting
from support.servers import RunningServer, running, settings_for
from support.users import Person, indexed, person, put_member, upload

WORDS = ("quokka", "narwhal", "axolotl", "okapi")
QUESTION = "What is the codeword of the garden?"


@pytest.fixture
def llm() -> PacedLLM:
    return quoting(WORDS)


@pytest.fixture
async def server(tmp_path: Path, llm: PacedLLM) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path), llm) as here:
        yield here


async def made(whose: Person, name: str) -> str:
    created = await whose.call("collections.create", name=name)
    return str(created["collection"]["collection_id"])


async def add(whose: Person, word: str, library_id: str | None = None) -> str:
    """Upload a document with a codeword, and wait until it can be found."""
    text = f"The codeword of the garden is {word}.".encode()
    async with whose.http() as client:
        arrived = await upload(client, f"{word}.txt", text, library_id)
    document_id = str(arrived.json()["document_id"])
    await indexed(whose, document_id)
    return document_id


async def ask(whose: Person, **params: Any) -> tuple[set[str], bool]:
    """The codewords of an answer, and whether it was cached."""
    answer = await whose.call("query", **{"query": QUESTION, **params})
    assert answer["cached"] == (answer.get("cached_at") is not None)
    return {word for word in WORDS if word in answer["answer"]}, answer["cached"]


async def test_an_answer_is_used_again_and_marked(server: RunningServer, llm: PacedLLM) -> None:
    ann = await person(server, "Ann")
    await add(ann, "quokka")
    first = await ann.call("query", query=QUESTION)
    second = await ann.call("query", query=QUESTION)
    assert (first["cached"], second["cached"]) == (False, True)
    assert [second[name] for name in ("answer", "citations", "model", "provider", "grounding")] == [
        first[name] for name in ("answer", "citations", "model", "provider", "grounding")
    ]
    assert len(llm.requests) == 1
    run = await ann.call("runs.get", run_id=second["run_id"])
    message = await server.app.services.store.message(second["message_id"])
    assert run["cached_at"] == second["cached_at"]
    assert message is not None
    assert message.cached_at is not None
    assert message.text == first["answer"]
    counted = server.app.services.metrics.answer_cache
    assert (counted["hit"], counted["miss"]) == (1, 1)


async def test_asking_again_bypasses_the_cache_and_replaces_the_entry(
    server: RunningServer, llm: PacedLLM
) -> None:
    ann = await person(server, "Ann")
    await add(ann, "quokka")
    await ask(ann)
    assert await ask(ann, fresh=True) == ({"quokka"}, False)
    cached = await ann.call("query", query=QUESTION)
    assert cached["cached"]
    await ann.call("feedback.set", message_id=cached["message_id"], value="up")
    assert await ask(ann) == ({"quokka"}, True)
    await ann.call("feedback.set", message_id=cached["message_id"], value="down")
    assert await ask(ann) == ({"quokka"}, False)
    assert len(llm.requests) == 3


@pytest.mark.parametrize(
    "params",
    [
        {"query": "What is the codeword of the garden, please?"},
        {"reasoning_mode": "chain_of_thought"},
        {"collection_ids": [], "own_documents": True},
    ],
)
async def test_what_determines_an_answer_is_in_its_key(
    server: RunningServer, params: dict[str, Any]
) -> None:
    ann = await person(server, "Ann")
    await made(ann, "Empty")
    await add(ann, "quokka")
    assert await ask(ann, reasoning_mode="standard") == ({"quokka"}, False)
    assert await ask(ann, **{"reasoning_mode": "standard", **params}) == ({"quokka"}, False)


async def test_answers_without_sources_are_not_cached(server: RunningServer) -> None:
    ann = await person(server, "Ann")
    assert await ask(ann) == (set(), False)
    assert await ask(ann) == (set(), False)


async def test_every_user_gets_answers_from_their_own_scope_after_every_change(
    server: RunningServer,
) -> None:
    """Each user asks twice after each change: the words are those of the documents they may see."""
    people = {name: await person(server, name) for name in ("Ann", "Ben", "Cleo")}
    ann, ben = people["Ann"], people["Ben"]
    team, other = await made(ann, "Team"), await made(ann, "Other")
    documents: dict[str, str] = {}

    async def check(change: str, **visible: set[str]) -> None:
        for name, words in visible.items():
            for _ in range(2):
                found, _cached = await ask(people[name])
                assert found == words, (change, name)
        for name, words in visible.items():
            assert await ask(people[name]) == (words, bool(words)), (change, name)

    async def share(**to: str) -> None:
        await ann.call("collections.share", collection_id=team, role="viewer", **to)

    documents["narwhal"] = await add(ann, "narwhal", team)
    await check("added", Ann={"narwhal"}, Ben=set(), Cleo=set())
    await add(ben, "quokka")
    await share(user_id=ben.user.id)
    await check("shared", Ann={"narwhal"}, Ben={"narwhal", "quokka"}, Cleo=set())
    documents["okapi"] = await add(ann, "okapi", other)
    both = {"narwhal", "okapi"}
    await check("added elsewhere", Ann=both, Ben={"narwhal", "quokka"}, Cleo=set())
    await ann.call("documents.update", document_id=documents["okapi"], collection_id=team)
    await indexed(ann, documents["okapi"])
    await check("moved in", Ann=both, Ben={*both, "quokka"}, Cleo=set())
    await ann.call("documents.update", document_id=documents["narwhal"], collection_id=other)
    await indexed(ann, documents["narwhal"])
    await check("moved out", Ann=both, Ben={"okapi", "quokka"}, Cleo=set())
    await share(group="everyone")
    await check("shared with all", Ann=both, Ben={"okapi", "quokka"}, Cleo={"okapi"})
    await ann.call("collections.unshare", collection_id=team, group="everyone")
    await ann.call("collections.unshare", collection_id=team, user_id=ben.user.id)
    await check("unshared", Ann=both, Ben={"quokka"}, Cleo=set())
    await share(group="everyone")
    await ann.call("documents.delete", document_id=documents["okapi"])
    await check("deleted", Ann={"narwhal"}, Ben={"quokka"}, Cleo=set())
    await ann.call("collections.delete", collection_id=other)
    await check("collection deleted", Ann=set(), Ben={"quokka"}, Cleo=set())


async def test_a_room_gets_no_answer_from_private_documents(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    await add(ann, "quokka")
    assert await ask(ann) == ({"quokka"}, False)
    room_id = str((await ann.call("rooms.create", name="Garden"))["room_id"])
    await put_member(server, room_id, ben, "member")
    await add(ann, "axolotl", room_id)
    question = {"query": f"@assistant {QUESTION}", "room_id": room_id}
    assert await ask(ann, **question) == ({"axolotl"}, False)
    own = await ask(ann, **question, own_documents=True)
    assert own == ({"axolotl", "quokka"}, False)
    assert (await ask(ben, **question))[0] == {"axolotl"}
    assert await ask(ben) == (set(), False)
    assert await ask(ann) == ({"quokka"}, True)
