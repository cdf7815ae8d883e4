"""The tools for documents and conversations, in both eras: what they answer, and to whom."""

import base64
from collections.abc import Callable
from typing import Any

import jsonschema
import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from support.mcp.official_client import Kind, add, every_kind, text_of, visiting
from support.pdf_files import PARTLY_SCANNED, pdf
from support.servers import RunningServer
from support.users import Person, key_of, person, put_member

BEES = b"Bees dance to tell where food is.\n"
LONG = b"".join(b"Line %06d of many.\n" % n for n in range(2000))


async def call(client: Client, tool: str, /, **arguments: Any) -> Any:
    """A tool's structured content, which is as its schema says."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, text_of(result)
    assert text_of(result)
    tools = {each.name: each for each in (await client.list_tools()).tools}
    jsonschema.validate(result.structured_content, tools[tool].output_schema or {})
    return result.structured_content


@every_kind
async def test_a_document_says_what_cannot_be_read(ada: Person, kind: Kind) -> None:
    services = ada.server.app.server_context.router.services
    said = "Page 2 contains no text"
    async with visiting(ada, kind, cache=None) as client:
        data = base64.b64encode(pdf(PARTLY_SCANNED)).decode()
        added = await call(client, "add_document", name="partly.pdf", data_base64=data)
        await services.jobs.wait([added["task_id"]])
        (listed,) = (await call(client, "list_documents"))["documents"]
        document_id = listed["document_id"]
        read = await call(client, "read_document", document_id=document_id)
        for notes in (listed["notes"], read["notes"]):
            assert [(n["kind"], n["params"]["pages"]) for n in notes] == [
                ("pages_without_text", "2")
            ]
        for tool, arguments in (
            ("list_documents", {}),
            ("read_document", {"document_id": document_id}),
            ("fetch", {"id": document_id}),
        ):
            assert said in text_of(await client.call_tool(tool, arguments))
        resource = await client.read_resource(f"basicchat://document/{document_id}")
        assert said in resource.contents[0].text


async def fails(client: Client, tool: str, /, **arguments: Any) -> str:
    """What a tool says that does not do it."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    return text_of(result)


@every_kind
async def test_documents_are_added_read_and_deleted(ada: Person, kind: Kind) -> None:
    services = ada.server.app.server_context.router.services
    async with visiting(ada, kind, cache=None) as client:
        added = await call(client, "add_document", name="a/long.txt", text=LONG.decode())
        await services.jobs.wait([added["task_id"]])
        again = await call(
            client, "add_document", name="x", data_base64=base64.b64encode(LONG).decode()
        )
        assert again["duplicate"]
        document_id = added["document_id"]
        assert again["document_id"] == document_id
        listed = await call(client, "list_documents")
        assert [document["name"] for document in listed["documents"]] == ["long.txt"]
        pieces, start = [], 0
        while start is not None:
            part = await call(client, "read_document", document_id=document_id, start=start)
            pieces.append(part["text"])
            start = part["next_start"]
        assert len(pieces) > 1
        assert "".join(pieces).encode() == LONG
        assert "no page" in await fails(
            client, "read_document", document_id=document_id, first_page=1
        )
        gone = await call(client, "delete_document", document_id=document_id, confirmed=True)
        assert gone["deleted"]
        assert "no such document" in await fails(client, "read_document", document_id=document_id)


@every_kind
@pytest.mark.parametrize(
    "name", ["/etc/notes.txt", r"C:\Users\ada\notes.txt", "../../notes.txt", "a/b/notes.txt"]
)
async def test_paths_are_removed_from_names(ada: Person, kind: Kind, name: str) -> None:
    async with visiting(ada, kind) as client:
        result = await client.call_tool("add_document", {"name": name, "text": "Bees dance."})
        assert text_of(result).startswith("notes.txt is being indexed")
        link = next(each for each in result.content if each.type == "resource_link")
        assert (link.name, link.title) == ("notes.txt", "notes.txt")
        (listed,) = (await call(client, "list_documents"))["documents"]
        assert (listed["name"], "/" in listed["title"]) == ("notes.txt", False)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "a.txt"}, "text"),
    ({"name": "a.txt", "text": "a", "data_base64": "YQ=="}, "text"),
    ({"name": "a.txt", "data_base64": "%"}, "data"),
    ({"name": "a.txt", "text": ""}, "empty"),
    ({"name": "", "text": "a"}, "name"),
]


@every_kind
async def test_invalid_documents_are_refused(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        for arguments, problem in WRONG:
            assert problem in await fails(client, "add_document", **arguments)


ANSWERS: list[tuple[str, Callable[[], types.ElicitResult], bool]] = [
    ("yes", lambda: types.ElicitResult(action="accept", content={"delete": True}), True),
    ("no", lambda: types.ElicitResult(action="accept", content={"delete": False}), False),
    ("declined", lambda: types.ElicitResult(action="decline"), False),
    ("cancelled", lambda: types.ElicitResult(action="cancel"), False),
]


@every_kind
@pytest.mark.parametrize(("what", "answer", "deleted"), ANSWERS, ids=[a for a, _, _ in ANSWERS])
async def test_deleting_asks_first(
    ada: Person, kind: Kind, what: str, answer: Callable[[], types.ElicitResult], deleted: bool
) -> None:
    document_id = await add(ada, "bees.txt", BEES)
    asked: list[str] = []

    async def elicit(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        asked.append(params.message)
        return answer()

    async with visiting(ada, kind, elicitation_callback=elicit) as client:
        # That the caller calls it confirmed does not count where the user can be asked.
        done = await call(client, "delete_document", document_id=document_id, confirmed=True)
    assert done["deleted"] is deleted
    assert len(asked) == 1
    assert "bees.txt" in asked[0]
    left = (await ada.call("documents.list"))["documents"]
    assert bool(left) is not deleted


@every_kind
async def test_deletion_needs_confirmation(ada: Person, kind: Kind) -> None:
    document_id = await add(ada, "bees.txt", BEES)
    async with visiting(ada, kind) as client:
        said = await fails(client, "delete_document", document_id=document_id)
        assert "confirmed set to true" in said
        assert await call(client, "read_document", document_id=document_id)


@every_kind
async def test_conversations_are_searched_read_and_posted_to(
    server: RunningServer, ada: Person, bob: Person, kind: Kind
) -> None:
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    await put_member(server, room, bob, "member")
    async with visiting(ada, kind, cache=None) as client, visiting(bob, kind, cache=None) as other:
        said = {"conversation_id": room, "text": "Where is food?", "idempotency_key": "k"}
        first = await call(client, "post_message", **said)
        assert await call(client, "post_message", **said) == first
        read = await call(other, "read_conversation", conversation_id=room)
        assert [message["text"] for message in read["messages"]] == ["Where is food?"]
        found = await call(other, "search_conversations", query="food")
        assert found["messages"][0]["message_id"] == first["message_id"]
        listed = await call(other, "list_conversations")
        assert [each["room_id"] for each in listed["conversations"]] == [room]
    eve = await person(server, "Eve")
    async with visiting(eve, kind) as stranger:
        assert (await call(stranger, "list_conversations"))["conversations"] == []
        assert (await call(stranger, "search_conversations", query="food"))["messages"] == []
        for name in ("read_conversation", "post_message", "search_conversations", "ask"):
            asked = {"conversation_id": room, "text": "x", "query": "food", "question": "food?"}
            assert "There is no such room" in await fails(stranger, name, **asked)


@every_kind
async def test_catalog_tools_are_listed(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        assert await call(client, "calculator", expression="6 * 7") == {"value": 42}
        told = await call(client, "current_time", time_zone="UTC")
        assert told["time_zone"] == "UTC"
        assert await fails(client, "calculator", expression="open('x')")


@every_kind
async def test_collections_are_listed_searched_and_added_to(
    ada: Person, bob: Person, kind: Kind
) -> None:
    services = ada.server.app.server_context.router.services
    created = await bob.call("collections.create", name="Hives", description="Of the team")
    collection_id = created["collection"]["collection_id"]
    theirs = await add(bob, "bees.txt", BEES, collection_id)
    only = {"collection_ids": [collection_id]}
    async with visiting(ada, kind, cache=None) as client:
        assert (await call(client, "list_collections"))["collections"] == []
        for tool, arguments in [
            ("search_documents", {"query": "bees", **only}),
            ("ask", {"question": "Why do bees dance?", **only}),
            ("list_documents", {"collection_id": collection_id}),
            ("add_document", {"name": "a.txt", "text": "a", "collection_id": collection_id}),
        ]:
            assert "no such collection" in await fails(client, tool, **arguments), tool
        share = {"collection_id": collection_id, "user_id": ada.user.id, "role": "editor"}
        await bob.call("collections.share", **share)
        (listed,) = (await call(client, "list_collections"))["collections"]
        assert (listed["name"], listed["role"], listed["documents"]) == ("Hives", "editor", 1)
        mine = await call(
            client,
            "add_document",
            name="wasps.txt",
            text="Wasps build nests where bees do not.",
            collection_id=collection_id,
        )
        own = await call(client, "add_document", name="own.txt", text="Bees at home.")
        await services.jobs.wait([mine["task_id"], own["task_id"]])
        found = await call(client, "search_documents", query="bees", **only)
        both = {theirs, mine["document_id"]}
        assert {hit["document_id"] for hit in found["hits"]} == both
        listed = await call(client, "list_documents", collection_id=collection_id)
        assert {each["document_id"] for each in listed["documents"]} == both
        answered = await call(client, "ask", question="Why do bees dance?", **only)
        assert answered["status"] == "completed"
        resource = await client.read_resource(f"basicchat://document/{theirs}")
        assert "Bees dance" in resource.contents[0].text
        uri = f"basicchat://collection/{collection_id}"
        assert uri in {str(each.uri) for each in (await client.list_resources()).resources}
        resource = await client.read_resource(uri)
        assert "# Hives\n\nOf the team" in resource.contents[0].text
        assert f"(basicchat://document/{theirs})" in resource.contents[0].text
        unshared = {"collection_id": collection_id, "user_id": ada.user.id}
        await bob.call("collections.unshare", **unshared)
        for gone in (uri, f"basicchat://document/{theirs}"):
            with pytest.raises(MCPError):
                await client.read_resource(gone)


@every_kind
async def test_keys_and_guests_see_their_permitted_tools(
    server: RunningServer, ada: Person, kind: Kind
) -> None:
    reader = await key_of(ada, "read")
    guest = await person(server, "Gus", "guest")
    for whose in (reader, guest):
        async with visiting(whose, kind) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            assert {"search_documents", "read_conversation"} <= names
            assert not {"add_document", "calculator"} & names
            told = await fails(client, "add_document", name="a.txt", text="a")
            assert "may not add documents" in told
