"""The tools for documents and conversations, in both eras: what they answer, and to whom."""

import base64
from collections.abc import Callable
from typing import Any

import jsonschema
import mcp_types as types
import pytest
from mcp.client.client import Client

from support.mcp.official_client import Kind, add, every_kind, text_of, visiting
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


async def fails(client: Client, tool: str, /, **arguments: Any) -> str:
    """What a tool says that does not do it."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, text_of(result)
    return text_of(result)


@every_kind
async def test_documents_come_are_read_and_go(ada: Person, kind: Kind) -> None:
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


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "a.txt"}, "text"),
    ({"name": "a.txt", "text": "a", "data_base64": "YQ=="}, "text"),
    ({"name": "a.txt", "data_base64": "%"}, "data"),
    ({"name": "a.txt", "text": ""}, "empty"),
    ({"name": "", "text": "a"}, "name"),
]


@every_kind
async def test_what_cannot_be_added_is_not(ada: Person, kind: Kind) -> None:
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
async def test_without_a_word_nothing_is_deleted(ada: Person, kind: Kind) -> None:
    document_id = await add(ada, "bees.txt", BEES)
    async with visiting(ada, kind) as client:
        assert not (await call(client, "delete_document", document_id=document_id))["deleted"]


@every_kind
async def test_conversations_are_found_read_and_spoken_in(
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
async def test_the_servers_own_tools_are_there(ada: Person, kind: Kind) -> None:
    async with visiting(ada, kind) as client:
        assert await call(client, "calculator", expression="6 * 7") == {"value": 42}
        told = await call(client, "current_time", time_zone="UTC")
        assert told["time_zone"] == "UTC"
        assert await fails(client, "calculator", expression="open('x')")


@every_kind
async def test_a_key_and_a_guest_may_do_what_they_may(
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
