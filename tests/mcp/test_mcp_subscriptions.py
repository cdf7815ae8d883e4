"""What clients are told of changes, in both eras, and of whose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import mcp_types as types
import pytest
from mcp.client.client import Client
from mcp.client.subscriptions import Subscription
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent

from support.mcp.client import talking
from support.mcp.official_client import LEGACY, Kind, add, every_kind, visiting
from support.servers import SECONDS
from support.users import Person, put_member

# The older era's ways, which the newest client speaks under protest.
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
Heard = asyncio.Queue[str]
LIST = "list"


def _name(event: ServerEvent) -> str:
    return event.uri if isinstance(event, ResourceUpdated) else LIST


@asynccontextmanager
async def hearing(whose: Person, kind: Kind, *uris: str) -> AsyncIterator[Heard]:
    """What a client hears that follows the list and some resources."""
    heard: Heard = asyncio.Queue()

    async def note(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            heard.put_nowait(str(message.params.uri))
        elif isinstance(message, types.ResourceListChangedNotification):
            heard.put_nowait(LIST)

    options = {"message_handler": note} if kind.era == LEGACY else {}
    async with visiting(whose, kind, **options) as client:
        if kind.era == LEGACY:
            # What is told goes to the stream that the client opens on its own.
            await client.send_ping()
            for uri in uris:
                await client.session.subscribe_resource(uri)
            yield heard
            return
        async with (
            client.listen(resources_list_changed=True, resource_subscriptions=list(uris)) as stream,
            asyncio.TaskGroup() as group,
        ):
            following = group.create_task(_follow(stream, heard))
            yield heard
            following.cancel()


async def _follow(stream: Subscription, heard: Heard) -> None:
    async for event in stream:
        assert isinstance(event, ResourceUpdated | ResourcesListChanged)
        heard.put_nowait(_name(event))


async def until(heard: Heard, name: str) -> None:
    """Wait until something is heard."""
    async with asyncio.timeout(SECONDS):
        while await heard.get() != name:
            pass


@every_kind
async def test_clients_are_notified_of_changes(ada: Person, kind: Kind) -> None:
    document_id = await add(ada, "bees.txt", b"Bees dance.\n")
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    document, conversation = (
        f"basicchat://document/{document_id}",
        f"basicchat://conversation/{room}",
    )
    async with hearing(ada, kind, document, conversation) as heard:
        await add(ada, "wasps.txt", b"Wasps build.\n")
        await until(heard, LIST)
        await ada.call("query", query="Hello", room_id=room)
        await until(heard, conversation)
        await ada.call("documents.delete", document_id=document_id)
        await until(heard, document)


@every_kind
async def test_no_notifications_of_other_users(ada: Person, bob: Person, kind: Kind) -> None:
    mine = await add(ada, "bees.txt", b"Bees dance.\n")
    async with hearing(ada, kind, f"basicchat://document/{mine}") as heard:
        await bob.call("query", query="Hello")
        await add(bob, "wasps.txt", b"Wasps build.\n")
        await ada.call("documents.delete", document_id=mine)
        told = {await asyncio.wait_for(heard.get(), SECONDS) for _ in range(2)}
        assert told == {LIST, f"basicchat://document/{mine}"}


@every_kind
async def test_leaving_a_conversation_ends_its_notifications(
    ada: Person, bob: Person, kind: Kind
) -> None:
    room = (await ada.call("rooms.create", name="Bees"))["room_id"]
    await put_member(ada.server, room, bob, "member")
    conversation = f"basicchat://conversation/{room}"
    wasps, ants = [await add(bob, name, name.encode()) for name in ("wasps.txt", "ants.txt")]
    uris = [f"basicchat://document/{each}" for each in (wasps, ants)]
    async with hearing(bob, kind, conversation, *uris) as heard:
        await ada.call("query", query="Hello", room_id=room)
        await until(heard, conversation)
        await ada.call("rooms.remove", room_id=room, user_id=bob.user.id)
        # What was on its way by then comes before this.
        await bob.call("documents.delete", document_id=wasps)
        await until(heard, uris[0])
        await ada.call("query", query="Has he gone?", room_id=room)
        await bob.call("documents.delete", document_id=ants)
        async with asyncio.timeout(SECONDS):
            while (told := await heard.get()) != uris[1]:
                assert told == LIST


@every_kind
async def test_invisible_resources_are_not_granted(ada: Person, bob: Person, kind: Kind) -> None:
    room = (await bob.call("rooms.create", name="Bees"))["room_id"]
    theirs = f"basicchat://conversation/{room}"
    async with visiting(ada, kind) as client:
        if kind.era == LEGACY:
            with pytest.raises(MCPError, match="not found"):
                await client.session.subscribe_resource(theirs)
        else:
            await _granted(client, theirs)


async def _granted(client: Client, uri: str) -> None:
    async with client.listen(resource_subscriptions=[uri], resources_list_changed=True) as stream:
        assert not stream.honored.resource_subscriptions
        assert stream.honored.resources_list_changed


@pytest.mark.parametrize("way", ["http", "websocket", "stdio"])
async def test_a_document_is_announced_once(ada: Person, way: str) -> None:
    changed = "notifications/resources/list_changed"
    async with talking(ada, way) as talk:
        await talk.ask("subscriptions/listen", notifications={"resourcesListChanged": True})
        await talk.said("notifications/subscriptions/acknowledged")
        await add(ada, "bees.txt", b"Bees dance.\n")
        await talk.said(changed)
        (document,) = (await ada.call("documents.list"))["documents"]
        await ada.call("documents.delete", document_id=document["document_id"])
        await talk.said(changed)
        await talk.call("resources/list")
        assert not talk.notes(changed)
