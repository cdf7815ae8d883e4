"""Resources, templates and completion, in both eras: what there is, and for whom."""

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from support.mcp.official_client import LEGACY, Kind, add, every_kind, visiting
from support.servers import RunningServer
from support.users import Person, put_member

BEES = "Bees dance to tell where food is. Süß!\n".encode()
WASPS = b"Wasps build nests of paper.\n"
PAGES = b"First page.\x0cSecond page.\x0cThird page."


async def all_resources(client: Client) -> list[types.Resource]:
    """Every page of the list."""
    found: list[types.Resource] = []
    cursor: str | None = None
    while True:
        page = await client.list_resources(cursor=cursor)
        found += page.resources
        cursor = page.next_cursor
        if cursor is None:
            return found


@every_kind
async def test_documents_and_conversations_are_listed_and_read(ada: Person, kind: Kind) -> None:
    document_id = await add(ada, "bees.txt", BEES)
    asked = await ada.call("query", query="Where do bees find food?")
    async with visiting(ada, kind) as client:
        listed = {resource.uri: resource for resource in await all_resources(client)}
        document = listed[f"basicchat://document/{document_id}"]
        assert (document.title, document.mime_type, document.size) == (
            "bees.txt",
            "text/plain",
            len(BEES),
        )
        read = await client.read_resource(document.uri)
        contents = read.contents[0]
        assert isinstance(contents, types.TextResourceContents)
        assert contents.text.encode() == BEES
        conversation = f"basicchat://conversation/{asked['room_id']}"
        assert conversation in listed
        told = (await client.read_resource(conversation)).contents[0]
        assert isinstance(told, types.TextResourceContents)
        assert "Where do bees find food?" in told.text


@every_kind
async def test_lists_are_paged(ada: Person, kind: Kind) -> None:
    rooms = {(await ada.call("rooms.create", name=f"Room {n}"))["room_id"] for n in range(103)}
    async with visiting(ada, kind) as client:
        first = await client.list_resources()
        assert first.next_cursor is not None
        uris = [resource.uri for resource in await all_resources(client)]
        assert len(uris) == len(set(uris)) == len(rooms)
        with pytest.raises(MCPError, match="cursor"):
            await client.list_resources(cursor="nonsense")


@every_kind
async def test_other_users_resources_do_not_exist(ada: Person, bob: Person, kind: Kind) -> None:
    theirs = await add(bob, "wasps.txt", WASPS)
    room = (await bob.call("rooms.create", name="Wasps"))["room_id"]
    absent = [
        f"basicchat://document/{theirs}",
        f"basicchat://document/{theirs}/page/1",
        f"basicchat://conversation/{room}",
        "basicchat://document/none",
        "basicchat://document/a/b",
        "other://thing",
    ]
    async with visiting(ada, kind) as client:
        assert await all_resources(client) == []
        for uri in absent:
            with pytest.raises(MCPError, match="Resource not found") as refused:
                await client.read_resource(uri)
            code = -32002 if kind.era == LEGACY else types.INVALID_PARAMS
            assert refused.value.error.code == code
            assert refused.value.error.data == {"uri": uri}


@every_kind
async def test_templates_are_completed(
    server: RunningServer, ada: Person, bob: Person, kind: Kind
) -> None:
    mine, theirs = await add(ada, "bees.txt", BEES), await add(bob, "beetles.txt", WASPS)
    room = (await ada.call("rooms.create", name="Beekeeping"))["room_id"]
    created = await ada.call("collections.create", name="All bees")
    await bob.call("collections.create", name="Beetles")
    async with visiting(ada, kind) as client:
        templates = (await client.list_resource_templates()).resource_templates
        kinds = {template.uri_template for template in templates}
        assert kinds == {
            "basicchat://document/{id}",
            "basicchat://document/{id}/page/{n}",
            "basicchat://conversation/{id}",
            "basicchat://collection/{id}",
        }
        found = {kind: await completed(client, kind, "id", "bee") for kind in kinds}
        assert found["basicchat://document/{id}"] == [mine]
        assert found["basicchat://conversation/{id}"] == [room]
        collection_id = created["collection"]["collection_id"]
        assert found["basicchat://collection/{id}"] == [collection_id]
        pages = "basicchat://document/{id}/page/{n}"
        assert await completed(client, pages, "n", "", {"id": theirs}) == []


async def completed(
    client: Client, template: str, name: str, typed: str, known: dict[str, str] | None = None
) -> list[str]:
    """What a template's variable is completed to."""
    ref = types.ResourceTemplateReference(type="ref/resource", uri=template)
    argument = {"name": name, "value": typed}
    result = await client.complete(ref, argument, known)
    return list(result.completion.values)


@every_kind
async def test_a_guest_can_read_a_room_until_they_leave(
    server: RunningServer, ada: Person, bob: Person, kind: Kind
) -> None:
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    uri = f"basicchat://conversation/{room}"
    async with visiting(bob, kind, cache=None) as client:
        with pytest.raises(MCPError, match="not found"):
            await client.read_resource(uri)
        await put_member(server, room, bob, "viewer")
        await client.read_resource(uri)
        await ada.call("rooms.remove", room_id=room, user_id=bob.user.id)
        with pytest.raises(MCPError, match="not found"):
            await client.read_resource(uri)
