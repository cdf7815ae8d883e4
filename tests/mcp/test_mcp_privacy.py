"""Two people, ten documents each: nothing of the one's through anything that the other can call."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import mcp_types as types
import pytest
from conversing import LEGACY, Kind, add, every_kind, visiting
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError
from modern import Modern, Refused
from people import Person, key_of
from running import SECONDS, Running
from structlog.testing import capture_logs

SECRET = "xylograph"
# By argument, what is Bob's.
Things = dict[str, Any]


async def things_of(bob: Person) -> Things:
    """Ten documents, a conversation with an answer, and a task."""
    documents = [
        await add(
            bob, f"{SECRET}-{n}.txt", f"The {SECRET} number {n} hangs in the hall.\n".encode()
        )
        for n in range(10)
    ]
    turn = await bob.call("query", query=f"Where hangs the {SECRET}?")
    task = (await bob.call("tasks.list"))["tasks"][0]
    return {
        "document_id": documents[0],
        "document_ids": documents,
        "conversation_id": turn["room_id"],
        "run_id": turn["run_id"],
        "task_id": task["task_id"],
        "query": SECRET,
        "question": f"Where hangs the {SECRET}?",
        "text": "Something else.",
        "name": "other.txt",
        "expression": "1 + 1",
        "confirmed": True,
    }


def tell_nothing(answer: object, said: Things, secrets: list[str]) -> None:
    """Nothing in an answer is Bob's, but what the question itself held."""
    told = repr(answer)
    for secret in secrets:
        assert secret not in told, (secret, said, told)


async def outcome(asked: Any) -> object:
    """What an awaitable comes to, an error too."""
    try:
        return await asked
    except MCPError as error:
        return error.error


@every_kind
async def test_nothing_of_anothers(ada: Person, bob: Person, kind: Kind) -> None:
    things = await things_of(bob)
    before = await bob.call("messages.list", room_id=things["conversation_id"])
    secrets = [f"{SECRET} number", f"{SECRET}-0", "hangs in the hall", "Bob"]
    async with visiting(ada, kind, cache=None) as client:
        for tool in (await client.list_tools()).tools:
            names = tool.input_schema["properties"]
            for wanted in (set(names), set(tool.input_schema.get("required", ()))):
                given = {name: things[name] for name in names if name in wanted & set(things)}
                answer = await outcome(client.call_tool(tool.name, given))
                tell_nothing(answer, given, secrets)
        for answer in await everything_else(client, things):
            tell_nothing(answer, {}, [*secrets, things["conversation_id"]])
    # Nor was anything done to what is his.
    assert len((await bob.call("documents.list"))["documents"]) == 10
    assert await bob.call("messages.list", room_id=things["conversation_id"]) == before


async def everything_else(client: Client, things: Things) -> list[object]:
    """What lists, prompts and completions come to."""
    prompts = (await client.list_prompts()).prompts
    templates = (await client.list_resource_templates()).resource_templates
    given = {"document": things["document_id"], "first": things["document_id"], "second": "x"}
    asked: list[Any] = [client.list_resources()]
    for prompt in prompts:
        named = {each.name: given.get(each.name, "hall") for each in prompt.arguments or ()}
        asked.append(client.get_prompt(prompt.name, named))
        ref = types.PromptReference(type="ref/prompt", name=prompt.name)
        asked += [client.complete(ref, {"name": name, "value": ""}) for name in named]
    for template in templates:
        uri = template.uri_template
        of = types.ResourceTemplateReference(type="ref/resource", uri=uri)
        asked += [client.complete(of, {"name": name, "value": ""}) for name in ("id", "n")]
    return [await outcome(each) for each in asked]


async def test_no_task_of_anothers(ada: Person, bob: Person) -> None:
    things = await things_of(bob)
    for method in ("tasks/get", "tasks/cancel", "tasks/update"):
        with pytest.raises(Refused) as refused:
            await Modern(ada).call(method, taskId=things["task_id"], inputResponses={})
        assert str(refused.value) == "Unknown task"


@every_kind
async def test_who_lost_the_key_hears_nothing_more(
    server: Running, ada: Person, kind: Kind
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


BROKEN = ("documents", "rooms", "messages", "members", "tasks", "document_pages")


@every_kind
async def test_what_breaks_says_nothing_of_itself(server: Running, ada: Person, kind: Kind) -> None:
    things = await things_of(ada)
    # The console's tracebacks, with all that the frames hold, take seconds each.
    with capture_logs() as lines:
        answers = await answers_of_a_broken_server(server, ada, kind, things)
    assert any(line["event"] == "unexpected_error" for line in lines)
    for answer in answers:
        told = repr(answer).lower()
        assert not any(word in told for word in ("sqlite", "no such table", "traceback", "select "))
    assert any("incident" in repr(answer) for answer in answers)


async def answers_of_a_broken_server(
    server: Running, ada: Person, kind: Kind, things: Things
) -> list[object]:
    """What everything comes to once the database has lost its tables."""
    answers: list[object] = []
    async with visiting(ada, kind, cache=None) as client:
        tools = (await client.list_tools()).tools
        with closing(sqlite3.connect(server.app.settings.database_path)) as damaged:
            for table in BROKEN:
                damaged.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
        for tool in tools:
            names = tool.input_schema["properties"]
            given = {name: things[name] for name in names if name in things}
            answers.append(await outcome(client.call_tool(tool.name, given)))
        answers += await everything_else(client, things)
        uri = f"basicchat://document/{things['document_id']}"
        answers.append(await outcome(client.read_resource(uri)))
    return answers
