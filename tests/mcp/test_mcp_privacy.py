"""Two people, ten documents each: nothing of the one's through anything that the other can call."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from basicchat.llm.extractive import Extractive
from support.mcp.client import TASKS, Refused, Talk, everywhere, recorded, talking
from support.mcp.official_client import LEGACY, Kind, add, every_kind, visiting
from support.mcp.requests import (
    Asked,
    Things,
    addresses,
    everything,
    ids_of,
    methods_of,
    settled,
    things_about,
)
from support.mcp.wires import WAYS
from support.servers import SECONDS, RunningServer, running, settings_for
from support.users import Person, key_of, person

SECRET = "xylograph"
NAME = "Zebulon"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server whose answers are quotations."""
    async with running(settings_for(tmp_path), Extractive()) as here:
        yield here


@pytest.fixture
async def zebulon(server: RunningServer) -> Person:
    """Somebody with secrets."""
    return await person(server, NAME)


async def ten(whose: Person, word: str, place: str) -> list[str]:
    """Give somebody ten documents."""
    texts = [f"The {word} number {n} hangs in {place}.\n".encode() for n in range(10)]
    return [await add(whose, f"{word}-{n}.txt", text) for n, text in enumerate(texts)]


async def things_of(whose: Person) -> tuple[Things, list[str]]:
    """Ten documents, a conversation with an answer, and a task; and what nobody else may see."""
    documents = await ten(whose, SECRET, "the hall")
    made = await whose.call("collections.create", name=f"The {SECRET}s of {NAME}")
    collection_id = made["collection"]["collection_id"]
    moved = {"document_id": documents[-1], "collection_id": collection_id}
    task = (await whose.call("documents.update", **moved))["task_id"]
    await whose.server.app.services.jobs.wait([task])
    turn = await whose.call("query", query=f"Where hangs the {SECRET}?")
    task_id = (await whose.call("tasks.list"))["tasks"][0]["task_id"]
    room_id = turn["room_id"]
    things = things_about(
        document_id=documents[0],
        document_ids=[documents],
        collection_id=collection_id,
        collection_ids=[[collection_id]],
        document=(documents[0], f"{SECRET}-1.txt"),
        first=documents[0],
        second=f"{SECRET}-1.txt",
        conversation_id=room_id,
        run_id=turn["run_id"],
        task_id=task_id,
        id=(documents[0], room_id, turn["run_id"], task_id, collection_id),
        after=documents[5],
        query=SECRET,
        question=f"Where hangs the {SECRET}?",
    )
    phrases = [f"{SECRET} number", f"{SECRET}-", "hangs in the hall", NAME]
    kept = [turn["message_id"], turn["run_id"], task_id, room_id, whose.user.id, *documents]
    kept.append(collection_id)
    return things, [*phrases, *kept]


def tell_nothing(asked: Asked, frames: list[str], secrets: list[str]) -> None:
    """Nothing that comes is theirs, but what the request itself held."""
    said = repr(asked)
    for frame in frames:
        for secret in secrets:
            assert secret in said or secret not in frame, (secret, asked, frame)


async def listen_to_everything(talk: Talk, things: Things) -> Asked:
    """Follow all that there is; what was asked for."""
    templates = (await talk.call("resources/templates/list"))["resourceTemplates"]
    uris = [uri for each in templates for uri, _ in addresses(each["uriTemplate"], things)]
    wanted = {"resourceSubscriptions": uris, "taskIds": list(things["task_id"])}
    lists = dict.fromkeys(("toolsListChanged", "promptsListChanged", "resourcesListChanged"), True)
    asked = Asked("subscriptions/listen", {"notifications": {**wanted, **lists}})
    if talk.era == "modern":
        await talk.ask(asked.method, **asked.params)
        granted = await talk.said("notifications/subscriptions/acknowledged")
        assert granted["params"]["notifications"] == {**lists, "taskIds": []}
        return asked
    for uri in uris:
        with pytest.raises(Refused, match="not found"):
            await talk.call("resources/subscribe", uri=uri)
    return asked


@everywhere
async def test_no_access_to_other_users_data(
    server: RunningServer, ada: Person, zebulon: Person, way: str, era: str
) -> None:
    things, secrets = await things_of(zebulon)
    await ten(ada, "woodcut", "a shed")
    before = await ids_of(zebulon)
    messages = await zebulon.call("messages.list", room_id=things["conversation_id"][0])
    async with recorded(ada, way, era) as (talk, frames):
        # What it asks for itself is echoed where it is refused.
        listening = await listen_to_everything(talk, things)
        frames.clear()
        for asked in await everything(talk, things):
            await settled(talk, asked)
            tell_nothing(asked, frames, secrets)
            frames.clear()
        # Nor was anything done to what is theirs.
        assert await ids_of(zebulon) == before
        room = things["conversation_id"][0]
        assert await zebulon.call("messages.list", room_id=room) == messages
        # Nor is anything told of what happens to it.
        await zebulon.call("query", query=f"And the {SECRET} number 3?", room_id=room)
        await add(zebulon, f"{SECRET}-10.txt", f"The {SECRET} number 10 is new.\n".encode())
        await zebulon.call("documents.delete", document_id=things["document_id"][0])
        await add(ada, "last.txt", b"The last one.\n")
        await talk.said("notifications/resources/list_changed")
        tell_nothing(Asked("", {}), frames, secrets)
    assert listening.params


async def test_the_requests_cover_everything(ada: Person) -> None:
    """A method that is added to the server is looked at here, too."""
    things = things_about(**dict.fromkeys(OF_SOMEBODY, "x"))
    asked = {"initialize", "subscriptions/listen"}
    for era in ("legacy", "modern"):
        async with talking(ada, "websocket", era, **TASKS) as talk:
            asked |= {each.method for each in await everything(talk, things)}
    assert asked == methods_of(ada.server) | {"initialize"}


OF_SOMEBODY = (
    "document_id", "document_ids", "document", "first", "second", "conversation_id", "run_id",
    "task_id", "id", "after", "query", "question", "collection_id", "collection_ids",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_no_access_to_other_users_tasks(ada: Person, zebulon: Person, way: str) -> None:
    things, _ = await things_of(zebulon)
    async with talking(ada, way, **TASKS) as talk:
        for method in ("tasks/get", "tasks/cancel", "tasks/update"):
            with pytest.raises(Refused) as refused:
                await talk.call(method, taskId=things["task_id"][0], inputResponses={})
            assert str(refused.value) == "Unknown task"


@everywhere
async def test_equal_ids_of_different_clients_do_not_mix(
    ada: Person, zebulon: Person, way: str, era: str
) -> None:
    """Ids and tokens are each client's own: here both use the same."""
    await things_of(zebulon)
    await ten(ada, "woodcut", "a shed")
    asked = {"question": f"Where hangs the {SECRET} or the woodcut number 3?"}
    async with recorded(ada, way, era) as (hers, heard), recorded(zebulon, way, era) as (his, told):
        numbers = [
            await talk.ask("tools/call", token="mine", name="ask", arguments=asked)
            for talk in (hers, his)
        ]
        assert numbers[0] == numbers[1]
        await hers.result(numbers[0])
        await his.result(numbers[1])
    assert not any(f"{SECRET}-" in frame or f"{SECRET} number" in frame for frame in heard)
    assert not any("woodcut-" in frame for frame in told)
    assert any(f"{SECRET} number" in frame for frame in told)


@pytest.mark.parametrize("way", WAYS)
async def test_no_client_can_answer_for_another(ada: Person, zebulon: Person, way: str) -> None:
    """What a server asks one client, another cannot answer: not by its id, nor by its state."""
    things, _ = await things_of(zebulon)
    deletion = {"name": "delete_document", "arguments": {"document_id": things["document_id"][0]}}
    yes = {"action": "accept", "content": {"delete": True}}
    async with (
        talking(ada, way, "legacy", elicitation={}) as hers,
        talking(zebulon, way, "legacy", elicitation={}) as his,
    ):
        number = await his.ask("tools/call", **deletion)
        asked = await his.said("elicitation/create")
        await hers.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": yes})
        await hers.call("ping")
        await his.wire.send({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": "decline"}})
        assert (await his.result(number))["structuredContent"]["deleted"] is False
    async with talking(ada, way, **TASKS) as hers, talking(zebulon, way, **TASKS) as his:
        needed = await his.call("tools/call", **deletion)
        state: dict[str, Any] = {"requestState": needed["requestState"]}
        with pytest.raises(Refused) as refused:
            await hers.call("tools/call", **deletion, **state, inputResponses={"delete": yes})
        assert refused.value.code == -32602
    assert len((await zebulon.call("documents.list"))["documents"]) == 10


async def outcome(asked: Any) -> object:
    """What an awaitable comes to, an error too."""
    try:
        return await asked
    except MCPError as error:
        return error.error


@every_kind
async def test_a_revoked_key_gets_no_more_notifications(
    server: RunningServer, ada: Person, kind: Kind
) -> None:
    key = await key_of(ada, "read", "write")
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def note(message: Any) -> None:
        if isinstance(message, types.ResourceListChangedNotification):
            heard.put_nowait("list")

    async with visiting(key, kind, message_handler=note, cache=None) as client:
        await client.list_tools()
        if kind.era == LEGACY:
            await add(ada, "bees.txt", b"Bees dance.\n")
            await asyncio.wait_for(heard.get(), SECONDS)
        (made,) = (await ada.call("keys.list"))["keys"]
        await ada.call("keys.revoke", key_id=made["key_id"])
        answer = await outcome(client.list_tools())
        assert "tools" not in repr(answer) or isinstance(answer, types.ErrorData)
