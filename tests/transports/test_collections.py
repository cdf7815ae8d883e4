"""Collections: who sees, finds and changes their documents, and from which a room's answers are."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from basicchat.api.calls import Call, Caller
from basicchat.api.turn_recording import Started, begin_once
from basicchat.api.turns import Plan, Post, plan_query
from basicchat.domain.errors import Conflict
from basicchat.domain.values import Actor
from basicchat.protocol.types import Query
from basicchat.testing.scripted_llm import PacedLLM
from support.quoting_llm import quoting
from support.servers import RunningServer, WireFailure, events_of, running, settings_for
from support.users import Person, indexed, owner, person, put_member, upload

# A word that only one document has, so that any text with it comes from there.
TEXTS = {
    "private": b"The private codeword of the garden is quokka.",
    "team": b"The team codeword of the garden is narwhal.",
    "rooms": b"The codeword of the garden in this room is axolotl.",
    "secret": b"The codeword of the garden elsewhere is okapi.",
}
WORDS = {"private": "quokka", "team": "narwhal", "rooms": "axolotl", "secret": "okapi"}
QUESTION = "@assistant What is the codeword of the garden?"


@pytest.fixture
def llm() -> PacedLLM:
    return quoting(WORDS.values())


@pytest.fixture
async def server(tmp_path: Path, llm: PacedLLM) -> AsyncIterator[RunningServer]:
    async with running(settings_for(tmp_path), llm) as here:
        yield here


async def made(whose: Person, name: str = "Team") -> str:
    """The id of a new collection."""
    created = await whose.call("collections.create", name=name)
    return str(created["collection"]["collection_id"])


async def add(whose: Person, kind: str, library_id: str | None = None, text: bytes = b"") -> str:
    """Upload a document and wait until it can be found; its id."""
    async with whose.http() as client:
        arrived = await upload(client, f"{kind}.txt", text or TEXTS[kind], library_id)
    assert arrived.status_code in (200, 202), arrived.text
    document_id = str(arrived.json()["document_id"])
    await indexed(whose, document_id)
    return document_id


async def found(whose: Person, **params: Any) -> set[str]:
    """The ids of documents that a search finds."""
    hits = (await whose.call("documents.search", query="codeword garden", k=50, **params))["hits"]
    return {hit["document_id"] for hit in hits}


async def listed(whose: Person, **params: Any) -> set[str]:
    documents = (await whose.call("documents.list", **params))["documents"]
    return {document["document_id"] for document in documents}


async def error_of(whose: Person, method: str, **params: Any) -> dict[str, Any]:
    with pytest.raises(WireFailure) as failed:
        await whose.call(method, **params)
    return failed.value.error


async def nothing_is_visible(whose: Person, collection_id: str, document_id: str) -> None:
    """What somebody gets who has no access: always the same as for what does not exist."""
    assert collection_id not in str(await whose.call("collections.list"))
    assert document_id not in await listed(whose)
    assert document_id not in await found(whose)
    attempts: list[tuple[str, dict[str, Any], str]] = [
        ("collections.get", {"collection_id": collection_id}, "collection"),
        ("collections.update", {"collection_id": collection_id, "name": "x"}, "collection"),
        ("collections.delete", {"collection_id": collection_id}, "collection"),
        (
            "collections.share",
            {"collection_id": collection_id, "group": "everyone", "role": "owner"},
            "collection",
        ),
        (
            "collections.unshare",
            {"collection_id": collection_id, "user_id": whose.user.id},
            "collection",
        ),
        ("documents.list", {"collection_id": collection_id}, "collection"),
        ("documents.search", {"query": "x", "collection_ids": [collection_id]}, "collection"),
        ("documents.search", {"query": "x", "document_ids": [document_id]}, "document"),
        ("documents.get", {"document_id": document_id, "start": 0}, "document"),
        ("documents.update", {"document_id": document_id, "title": "x"}, "document"),
        ("documents.delete", {"document_id": document_id}, "document"),
        ("documents.retry", {"document_id": document_id}, "document"),
    ]
    if whose.user.role != "guest":
        into = {"name": "x.txt", "text": "x", "collection_id": collection_id}
        attempts.append(("documents.add", into, "collection"))
        ask = {"query": "codeword?", "collection_ids": [collection_id]}
        attempts.append(("query", ask, "collection"))
    for method, params, resource in attempts:
        error = await error_of(whose, method, **params)
        assert error["data"]["kind"] == "not_found", method
        assert error["message"] == f"There is no such {resource}", method
    async with whose.http() as client:
        content = await client.get(f"/api/documents/{document_id}/content")
        assert content.status_code == 404


async def test_a_collection_is_seen_by_those_it_is_shared_with(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    gus, eve = await person(server, "Gus", "guest"), await person(server, "Eve", "admin")
    team = await made(ann)
    document_id = await add(ann, "team", team)
    private = await add(ann, "private")
    for each in (ben, gus, eve, owner(server)):
        await nothing_is_visible(each, team, document_id)
    async with ben.talk() as talk:
        await ann.call("collections.share", collection_id=team, user_id=ben.user.id, role="viewer")
        (shared,) = events_of(await talk.until("collection.updated"))
        assert (shared["data"]["role"], shared["data"]["documents"]) == ("viewer", 1)
        assert "shares" not in shared["data"]
        second = await add(ann, "secret", team)
        added = events_of(await talk.until("document.added"))[-1]["data"]
        assert (added["document_id"], added["collection_id"]) == (second, team)
        assert await listed(ben) == await found(ben) == {document_id, second}
        assert await listed(ben, collection_id=team) == {document_id, second}
        assert await listed(ann, collection_id=ann.user.id) == {private}
        assert await found(ann) == {document_id, second, private}
        assert await found(ann, collection_ids=[team]) == {document_id, second}
        assert await found(ann, collection_ids=[team], own_documents=True) == {
            document_id,
            second,
            private,
        }
        got = await ben.call("documents.get", document_id=document_id, start=0)
        assert "narwhal" in got["text"]
        await nothing_is_visible(gus, team, document_id)
        await ann.call("collections.unshare", collection_id=team, user_id=ben.user.id)
        assert events_of(await talk.until("collection.deleted"))[-1]["data"] == {
            "collection_id": team
        }
    await nothing_is_visible(ben, team, document_id)
    # Everyone is all users, but no guest.
    await ann.call("collections.share", collection_id=team, group="everyone", role="viewer")
    for each in (ben, eve, owner(server)):
        assert await listed(each) == await found(each) == {document_id, second}
    await nothing_is_visible(gus, team, document_id)
    await ann.call("collections.share", collection_id=team, user_id=gus.user.id, role="editor")
    assert await found(gus) == {document_id, second}
    assert private not in await found(ben)


async def test_roles_in_a_collection(server: RunningServer) -> None:
    ann, ben, cid = [await person(server, name) for name in ("Ann", "Ben", "Cid")]
    team, archive = await made(ann), await made(ann, "Archive")
    document_id = await add(ann, "team", team)
    for each, role in ((ben, "editor"), (cid, "viewer")):
        await ann.call("collections.share", collection_id=team, user_id=each.user.id, role=role)
    got = (await ann.call("collections.get", collection_id=team))["collection"]
    assert {(each["name"], each["role"]) for each in got["shares"]} == {
        ("Ann", "owner"),
        ("Ben", "editor"),
        ("Cid", "viewer"),
    }
    assert "shares" not in (await ben.call("collections.get", collection_id=team))["collection"]
    # viewers may only read
    async with cid.http() as client:
        assert (await upload(client, "x.txt", b"x", team)).status_code == 403
    for method, params in [
        ("documents.add", {"name": "x.txt", "text": "x", "collection_id": team}),
        ("documents.update", {"document_id": document_id, "title": "x"}),
        ("documents.delete", {"document_id": document_id}),
        ("documents.retry", {"document_id": document_id}),
        ("collections.update", {"collection_id": team, "name": "x"}),
    ]:
        assert await cid.fails(method, **params) == "forbidden", method
    # editors add, change and delete documents, but do not share; the same bytes are there once
    assert await add(ben, "team", team) == document_id
    await ben.call(
        "documents.update", document_id=document_id, title="Animals", tags=[" zoo ", "zoo", " "]
    )
    await indexed(ben, document_id)
    after = await cid.call("documents.get", document_id=document_id)
    assert (after["title"], after["tags"], after["status"]) == ("Animals", ["zoo"], "ready")
    hits = (await cid.call("documents.search", query="animals"))["hits"]
    assert [hit["title"] for hit in hits] == ["Animals"]
    share = {"collection_id": team, "user_id": cid.user.id, "role": "editor"}
    assert await ben.fails("collections.share", **share) == "forbidden"
    assert await ben.fails("collections.delete", collection_id=team) == "forbidden"
    # Nobody moves documents to where they may not add any, or learns that it exists.
    for target, expected in ((archive, "not_found"), ("k_none", "not_found")):
        moved = {"document_id": document_id, "collection_id": target}
        assert await ben.fails("documents.update", **moved) == expected
    moved = {"document_id": document_id, "collection_id": ben.user.id}
    mine = await ben.call("documents.update", **moved)
    await indexed(ben, document_id)
    assert "collection_id" not in mine
    assert await found(ben) == {document_id}
    for each in (ann, cid):
        assert await found(each) == set()
        assert await each.fails("documents.get", document_id=document_id) == "not_found"
    # a collection keeps an owner, and everyone may leave
    last = {"collection_id": team, "user_id": ann.user.id}
    error = await error_of(ann, "collections.unshare", **last)
    assert error["data"]["reason"] == "last_collection_owner"
    error = await error_of(ann, "collections.share", **last, role="editor")
    assert error["data"]["reason"] == "last_collection_owner"
    left = await cid.call("collections.unshare", collection_id=team, user_id=cid.user.id)
    assert left == {"collection_id": team}
    for wrong in ({}, {"group": "everyone", "room_id": "c_x"}):
        got = await error_of(ann, "collections.share", collection_id=team, role="viewer", **wrong)
        assert got["data"]["reason"] == "share_with_one"
    for unknown in ({"user_id": "u_x"}, {"group": "staff"}, {"room_id": "c_x"}):
        share = {"collection_id": team, "role": "viewer", **unknown}
        assert await ann.fails("collections.share", **share) == "not_found"
    assert await ann.fails("collections.create", name=" \u200b") == "invalid_params"
    await ann.call("collections.delete", collection_id=archive)
    assert archive not in str(await ann.call("collections.list"))


async def test_a_document_that_failed_is_read_again(server: RunningServer) -> None:
    ann, ben, cid = [await person(server, name) for name in ("Ann", "Ben", "Cid")]
    team = await made(ann)
    document_id = await add(ann, "team", team)
    for each, role in ((ben, "editor"), (cid, "viewer")):
        await ann.call("collections.share", collection_id=team, user_id=each.user.id, role=role)
    ready = await ben.call("documents.retry", document_id=document_id)
    assert ready["status"] == "ready"
    # As after a failure that was not the file's fault.
    document = await server.app.store.document(document_id)
    assert document is not None
    await server.app.resources.index.remove(document_id)
    async with server.app.store.transaction() as change:
        await change.put_document(replace(document, status="failed", error="Out of memory"))
    assert await found(cid) == set()
    assert await cid.fails("documents.retry", document_id=document_id) == "forbidden"
    queued = await ben.call("documents.retry", document_id=document_id)
    assert (queued["status"], queued.get("error")) == ("queued", None)
    # Repeated, it stays as it is: there is one task.
    assert (await ben.call("documents.retry", document_id=document_id))["status"] != "failed"
    await indexed(ben, document_id)
    after = await cid.call("documents.get", document_id=document_id)
    assert (after["status"], after["task_id"]) == ("ready", queued["task_id"])
    assert await found(cid) == {document_id}


async def test_deleting_a_collection_deletes_its_documents(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    team = await made(ann)
    await ann.call("collections.share", collection_id=team, user_id=ben.user.id, role="editor")
    documents = [await add(ann, "team", team), await add(ben, "secret", team)]
    kept = await add(ben, "secret")
    async with ben.talk() as talk:
        await ann.call("collections.delete", collection_id=team)
        events = events_of(await talk.until("collection.deleted"))
    removed = {e["data"]["document_id"] for e in events if e["type"] == "document.removed"}
    assert removed == set(documents)
    assert await found(ben) == await listed(ben) == {kept}
    for each in documents:
        assert await server.app.store.document(each) is None


async def shared_room(server: RunningServer, *people: Person) -> str:
    """A room of the first of these people, with the others as members."""
    room_id = str((await people[0].call("rooms.create"))["room_id"])
    for each in people[1:]:
        await put_member(server, room_id, each, "member")
    return room_id


async def words_in_answer(whose: Person, room_id: str, **params: Any) -> set[str]:
    turn = await whose.call("query", query=QUESTION, room_id=room_id, **params)
    return {kind for kind, word in WORDS.items() if word in turn["answer"]}


async def test_a_room_answers_from_what_all_members_may_see(
    server: RunningServer, llm: PacedLLM
) -> None:
    ann, ben, cid = [await person(server, name) for name in ("Ann", "Ben", "Cid")]
    room_id = await shared_room(server, ann, ben)
    team, secret = await made(ann), await made(ann, "Secret")
    private = await add(ann, "private")
    await add(ann, "team", team)
    await add(ann, "secret", secret)
    assert await words_in_answer(ann, room_id) == set()
    # documents of the room's own
    await add(ben, "rooms", room_id)
    assert await words_in_answer(ann, room_id) == {"rooms"}
    # A collection is used once all members may see it.
    await ann.call("rooms.update", room_id=room_id, collection_ids=[team, secret])
    assert await words_in_answer(ann, room_id) == {"rooms"}
    await ann.call("collections.share", collection_id=team, user_id=ben.user.id, role="viewer")
    assert await words_in_answer(ann, room_id) == {"rooms", "team"}
    assert await words_in_answer(ben, room_id) == {"rooms", "team"}
    in_room = (await ben.call("collections.list", room_id=room_id))["collections"]
    assert [each["collection_id"] for each in in_room] == [team]
    # Someone else joins, who may not see it.
    await put_member(server, room_id, cid, "viewer")
    assert await words_in_answer(ann, room_id) == {"rooms"}
    await ann.call("rooms.update", room_id=room_id, collection_ids=None)
    await ann.call("collections.share", collection_id=team, room_id=room_id, role="viewer")
    assert await words_in_answer(ann, room_id) == {"rooms", "team"}
    assert await found(cid) == {*await listed(cid, collection_id=team)} != set()
    # What not all may see is refused when it is named; what the asker may not see does not exist.
    refused = [
        (ann, {"collection_ids": [secret]}, "collection_not_for_all"),
        (ann, {"collection_ids": [secret], "own_documents": True}, "collection_not_for_all"),
        (ann, {"document_ids": [private]}, "own_documents_not_added"),
        (ann, {"collection_ids": [ann.user.id]}, "own_documents_not_added"),
        (ben, {"collection_ids": [secret]}, "resource_not_found"),
        (ben, {"document_ids": [private]}, "resource_not_found"),
        (ben, {"document_ids": [private], "own_documents": True}, "resource_not_found"),
        (ben, {"collection_ids": [ann.user.id], "own_documents": True}, "resource_not_found"),
    ]
    for who, params, reason in refused:
        error = await error_of(who, "query", query=QUESTION, room_id=room_id, **params)
        assert error["data"]["reason"] == reason, params
    assert await words_in_answer(ann, room_id, collection_ids=[team]) == {"team"}
    assert await words_in_answer(ann, room_id, collection_ids=[room_id]) == {"rooms"}
    # So far, nothing of a private document has reached the model.
    prompts = str([each.messages for each in llm.requests])
    assert "quokka" not in prompts
    assert "okapi" not in prompts
    # The asker adds their own documents to one question.
    asked = {"own_documents": True}
    assert await words_in_answer(ann, room_id, **asked) == {"rooms", "team", "private"}
    assert await words_in_answer(ann, room_id, document_ids=[private], **asked) == {"private"}
    assert await words_in_answer(ben, room_id, **asked) == {"rooms", "team"}
    # Alone, one uses everything that one may see.
    alone = await shared_room(server, ann)
    await add(ann, "rooms", alone, b"The codeword of the garden when alone is axolotl.")
    assert await words_in_answer(ann, alone) == {"private", "team", "secret", "rooms"}
    assert await words_in_answer(ann, alone, collection_ids=[secret]) == {"secret"}


async def test_a_regenerated_answer_uses_the_rooms_documents(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    room_id = await shared_room(server, ann)
    private = await add(ann, "private")
    assert await words_in_answer(ann, room_id) == {"private"}
    await put_member(server, room_id, ben, "member")
    answer = (await ann.call("messages.list", room_id=room_id))["messages"][-1]
    async with ann.talk() as talk:
        await talk.call("rooms.join", room_id=room_id)
        await talk.call("messages.regenerate", message_id=answer["message_id"])
        ended = await talk.ended()
        assert "quokka" not in str(ended)
        assert ended["status"] == "completed"
        # As for a question, the asker can add their own, or name what is to be used.
        for wanted in ({"own_documents": True}, {"document_ids": [private], "own_documents": True}):
            await talk.call("messages.regenerate", message_id=answer["message_id"], **wanted)
            assert "quokka" in str(await talk.ended())
        wanted = {"message_id": answer["message_id"], "document_ids": [private]}
        assert await ann.fails("messages.regenerate", **wanted) == "forbidden"
        assert await ben.fails("messages.regenerate", **wanted) == "not_found"


async def test_who_sees_the_answer_can_open_its_citations(server: RunningServer) -> None:
    ann, ben, eve = [await person(server, name) for name in ("Ann", "Ben", "Eve")]
    room_id = await shared_room(server, ann, ben)
    text = TEXTS["private"] + b"\n\nThe safe's number is 4711."
    private = await add(ann, "private", text=text)
    turn = await ann.call("query", query=QUESTION, room_id=room_id, own_documents=True)
    (citation,) = turn["citations"]
    opened = {"message_id": turn["message_id"], "index": 0}
    for_ann = await ann.call("citations.get", **opened)
    assert for_ann["document"]["document_id"] == private
    assert "4711" in for_ann["text"]
    assert citation["quote"] in for_ann["text"]
    for_ben = await ben.call("citations.get", **opened)
    assert for_ben["text"] == for_ben["citation"]["quote"] == citation["quote"]
    assert "document" not in for_ben
    assert "4711" not in str(for_ben)
    # The document itself stays private.
    assert await ben.fails("documents.get", document_id=private, start=0) == "not_found"
    assert await eve.fails("citations.get", **opened) == "not_found"
    assert await ben.fails("citations.get", **{**opened, "index": 1}) == "not_found"
    # Sharing opens the whole source, and ending that closes it again, except for the quotation.
    team = await made(ann)
    await ann.call("collections.share", collection_id=team, room_id=room_id, role="viewer")
    await ann.call("documents.update", document_id=private, collection_id=team)
    await indexed(ann, private)
    assert "4711" in (await ben.call("citations.get", **opened))["text"]
    await ann.call("collections.unshare", collection_id=team, room_id=room_id)
    assert (await ben.call("citations.get", **opened))["text"] == citation["quote"]
    # Who leaves the room loses the answer, and with a deleted answer its citations are gone.
    await ben.call("rooms.remove", room_id=room_id, user_id=ben.user.id)
    assert await ben.fails("citations.get", **opened) == "not_found"
    await ann.call("messages.delete", message_id=turn["message_id"])
    assert await ann.fails("citations.get", **opened) == "not_found"


async def test_what_a_deleted_user_leaves_behind(server: RunningServer) -> None:
    ann, ben, cid = [await person(server, name) for name in ("Ann", "Ben", "Cid")]
    room_id = await shared_room(server, cid, ann)
    names = ("Ben's", "room's", "everyone's", "nobody's")
    bens, rooms, everyones, nobodys = [await made(ann, name) for name in names]
    share = ann.call
    await share("collections.share", collection_id=bens, user_id=ben.user.id, role="viewer")
    await share("collections.share", collection_id=rooms, room_id=room_id, role="viewer")
    await share("collections.share", collection_id=everyones, group="everyone", role="viewer")
    documents = {
        library: await add(ann, "team", library)
        for library in (bens, rooms, everyones, nobodys, room_id, ann.user.id)
    }
    await owner(server).call("users.delete", user_id=ann.user.id)
    store = server.app.store
    heirs = [(bens, ben), (rooms, cid), (everyones, owner(server))]
    for collection_id, heir in heirs:
        got = (await heir.call("collections.get", collection_id=collection_id))["collection"]
        assert (got["role"], got["documents"]) == ("owner", 1)
        (left,) = (await heir.call("documents.list", collection_id=collection_id))["documents"]
        assert (left["document_id"], left["owner_id"]) == (documents[collection_id], heir.user.id)
    assert await listed(cid, collection_id=room_id) == {documents[room_id]}
    for gone in (nobodys, ann.user.id):
        assert await store.document(documents[gone]) is None
    assert await store.collections([nobodys]) == ()


async def test_a_deleted_room_takes_its_documents_along(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    room_id = await shared_room(server, ann, ben)
    document_id = await add(ben, "rooms", room_id)
    assert await found(ann, collection_ids=[room_id]) == {document_id}
    # A room is no collection, although its documents are one.
    assert await ann.fails("collections.delete", collection_id=room_id) == "not_found"
    await ann.call("rooms.delete", room_id=room_id)
    assert await server.app.store.document(document_id) is None
    assert await found(ben) == set()


async def test_someone_who_joins_meanwhile_is_not_answered_from_more(
    server: RunningServer, llm: PacedLLM
) -> None:
    """A question is refused if, before it is recorded, its readers are others than before."""
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    await add(ann, "private")
    team = await made(ann)
    await add(ann, "team", team)

    async def asked(room_id: str, joining: Person) -> Started:
        actor = Actor(user=ann.user, session_id="s")
        call = Call(services=server.app.services, caller=Caller(actor=actor))
        params = Query(query=QUESTION, room_id=room_id)

        async def plan() -> Plan | Post:
            planned = await plan_query(call, params)
            await put_member(server, room_id, joining, "member")
            return planned

        return await begin_once(call, params, "query", plan)

    alone = await shared_room(server, ann)
    with pytest.raises(Conflict) as refused:
        await asked(alone, ben)
    assert refused.value.reason == "scope_changed"
    both = await shared_room(server, ann, ben)
    await ann.call("rooms.update", room_id=both, collection_ids=[team])
    await ann.call("collections.share", collection_id=team, group="everyone", role="viewer")
    with pytest.raises(Conflict) as refused:
        await asked(both, await person(server, "Gus", "guest"))
    assert refused.value.reason == "scope_changed"
    # One who may see the same changes nothing.
    other = await shared_room(server, ann, ben)
    await ann.call("rooms.update", room_id=other, collection_ids=[team])
    run_id = (await asked(other, await person(server, "Cid"))).run_id
    assert run_id is not None
    await server.app.services.runner.wait(run_id)
    assert "quokka" not in str([each.messages for each in llm.requests])


async def test_tools_search_what_the_user_may_see(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    team = await made(ann)
    shared, private = await add(ann, "team", team), await add(ann, "private")
    await ann.call("collections.share", collection_id=team, user_id=ben.user.id, role="viewer")
    for who, expected in ((ann, {shared, private}), (ben, {shared})):
        for only in (None, [shared, private]):
            arguments = {"query": "codeword"} | ({} if only is None else {"document_ids": only})
            params = {"name": "search_documents", "arguments": arguments}
            hits = (await who.call("tool_execution", **params))["structured"]["hits"]
            assert {hit["document_id"] for hit in hits} == expected


async def test_filters_in_a_query(server: RunningServer) -> None:
    ann, ben = await person(server, "Ann"), await person(server, "Ben")
    one, two = await made(ann, "Field notes"), await made(ann, "team")
    first, second = await add(ann, "secret", one), await add(ann, "team", two)
    private = await add(ann, "private")

    async def hits(query: str) -> set[str]:
        found = (await ann.call("documents.search", query=query))["hits"]
        return {hit["document_id"] for hit in found}

    for query, expected in {
        "codeword": {first, second, private},
        'codeword in:"field NOTES"': {first},
        "in:team codeword": {second},
        f"IN:{two} codeword in:me": {second, private},
        "codeword in: garden": {first, second, private},
        "within:team codeword": {first, second, private},
        "in:team": set(),
    }.items():
        assert await hits(query) == expected, query
    missing = await error_of(ben, "documents.search", query="in:team codeword")
    assert missing["data"]["reason"] == "resource_not_found"
    await made(ann, "TEAM")
    several = await error_of(ann, "documents.search", query="in:team codeword")
    assert several["data"]["reason"] == "collection_name_ambiguous"


async def test_what_a_killed_deletion_leaves_is_deleted_at_the_next_start(
    server: RunningServer,
) -> None:
    ann = await person(server, "Ann")
    team = await made(ann)
    document_id, kept = await add(ann, "team", team), await add(ann, "private")
    async with server.app.services.hub.change() as change:
        await change.delete_collection(team)
    assert await found(ann) == await listed(ann) == {kept}
    await server.app.services.documents.delete_abandoned()
    assert await server.app.store.document(document_id) is None
    assert await listed(ann) == {kept}
