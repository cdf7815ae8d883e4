"""Everything that a client can ask a server for, generated from what the server lists.

A tool, a template or a prompt that is added is asked for too. One whose arguments are not known
here fails: somebody has to say what to put there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mcp.server.lowlevel import Server

from support.mcp.client import Talk
from support.mcp.wires import Message
from support.servers import RunningServer
from support.users import Person

# By the name of an argument or a variable, what to put there; the first is what is put there
# while others are looked at.
Things = Mapping[str, Sequence[Any]]
SCHEMA = {"delete": True, "answer": "yes", "name": "yes"}


class Asked(NamedTuple):
    """A request."""

    method: str
    params: dict[str, Any]


def things_about(**named: Any) -> Things:
    """What to put where; strings and the like stand for one thing, tuples for alternatives."""
    words = {
        "text": "Something else.",
        "name": ("other.txt", "third.txt"),
        "expression": "1 + 1",
        "time_zone": "UTC",
        "mode": "standard",
        "length": "short",
        "topic": "halls",
        "aspect": "what hangs there",
        "data_base64": "c29tZXRoaW5n",
        "media_type": "text/plain",
        "model": "none",
        "idempotency_key": "k",
        "confirmed": True,
        "detached": True,
        "fresh": True,
        "limit": 50,
        "before": 1000,
        "start": 0,
        "first_page": 1,
        "last_page": 1,
        "n": "1",
    }
    told = {**words, **named}
    return {name: each if isinstance(each, tuple) else (each,) for name, each in told.items()}


def _of(things: Things, name: str) -> Sequence[Any]:
    assert name in things, f"say what to put into {name!r}"
    return things[name]


async def everything(talk: Talk, things: Things) -> list[Asked]:
    """All that can be asked for, with these things; what lasts (listening) is not among it."""
    found = [Asked(method, {}) for method in ("tools/list", "prompts/list", "resources/list")]
    found.append(Asked("resources/templates/list", {}))
    for tool in (await talk.call("tools/list"))["tools"]:
        found += _calls(tool, things)
    for prompt in (await talk.call("prompts/list"))["prompts"]:
        found += _of_prompt(prompt, things)
    for template in (await talk.call("resources/templates/list"))["resourceTemplates"]:
        found += _of_template(template["uriTemplate"], talk.era, things)
    found = list({repr(each): each for each in found}.values())
    if talk.era == "legacy":
        return [*found, Asked("ping", {}), Asked("logging/setLevel", {"level": "debug"})]
    for task_id in _of(things, "task_id"):
        found += [
            Asked("tasks/get", {"taskId": task_id}),
            Asked("tasks/cancel", {"taskId": task_id}),
        ]
        found.append(Asked("tasks/update", {"taskId": task_id, "inputResponses": {"x": {}}}))
    return [*found, Asked("server/discover", {})]


def _calls(tool: Mapping[str, Any], things: Things) -> Iterator[Asked]:
    schema = tool["inputSchema"]
    names, required = schema.get("properties", {}), schema.get("required", ())
    least = {name: _of(things, name)[0] for name in required}
    given = [least, *({**least, name: each} for name in names for each in _of(things, name))]
    known: list[dict[str, Any]] = []
    for arguments in given:
        if arguments not in known:
            known.append(arguments)
            yield Asked("tools/call", {"name": tool["name"], "arguments": arguments})


def _of_prompt(prompt: Mapping[str, Any], things: Things) -> Iterator[Asked]:
    name, arguments = prompt["name"], [each["name"] for each in prompt.get("arguments", ())]
    ref = {"type": "ref/prompt", "name": name}
    least = {argument: _of(things, argument)[0] for argument in arguments}
    for argument in arguments:
        for each in _of(things, argument):
            yield Asked("prompts/get", {"name": name, "arguments": {**least, argument: each}})
            yield from _completed(ref, argument, each, {})


def _completed(
    ref: Mapping[str, Any], name: str, value: str, known: Mapping[str, Any]
) -> Iterator[Asked]:
    for typed in ("", value):
        argument = {"name": name, "value": typed}
        about = {"ref": ref, "argument": argument, "context": {"arguments": known}}
        yield Asked("completion/complete", about)


def addresses(template: str, things: Things) -> Iterator[tuple[str, dict[str, str]]]:
    """Addresses of a template, and their variables."""
    names = re.findall(r"\{(\w+)\}", template)
    least = {name: _of(things, name)[0] for name in names}
    for name in names:
        for each in _of(things, name):
            variables = {**least, name: each}
            yield template.format(**variables), variables


def _of_template(template: str, era: str, things: Things) -> Iterator[Asked]:
    ref = {"type": "ref/resource", "uri": template}
    for uri, variables in addresses(template, things):
        yield Asked("resources/read", {"uri": uri})
        if era == "legacy":
            yield Asked("resources/subscribe", {"uri": uri})
            yield Asked("resources/unsubscribe", {"uri": uri})
        for name, value in variables.items():
            others = {key: each for key, each in variables.items() if key != name}
            yield from _completed(ref, name, value, others)


def methods_of(server: RunningServer) -> set[str]:
    """The methods that a server has handlers for."""
    loaded = server.app.server_context.mcp._loaded
    assert loaded is not None
    served: Server[Any] = loaded.frame_session.args[0].server
    return set(served._request_handlers)


async def settled(talk: Talk, asked: Asked) -> Message:
    """The answer in the end: who asks back is told yes, and tasks are waited for."""
    params = dict(asked.params)
    while True:
        number = await talk.ask(asked.method, **params)
        answer = await _answer(talk, number)
        result = answer.get("result", {})
        if result.get("resultType") == "task" and "taskId" in result:
            return await _task(talk, result["taskId"])
        if result.get("resultType") != "input_required":
            return answer
        params |= {"inputResponses": _yes(result["inputRequests"])}
        if "requestState" in result:
            params["requestState"] = result["requestState"]


async def _answer(talk: Talk, number: str) -> Message:
    while True:
        message = await talk.wire.receive()
        if "method" in message and "id" in message:
            reply = {"jsonrpc": "2.0", "id": message["id"], "result": _agreed(message)}
            await talk.wire.send(reply)
        elif "method" in message:
            talk.beside.append(message)
        elif message.get("id") == number:
            return message


async def _task(talk: Talk, task_id: str) -> Message:
    while True:
        answer = await _answer(talk, await talk.ask("tasks/get", taskId=task_id))
        task = answer.get("result", {})
        if task.get("status") == "input_required":
            given = _yes(task["inputRequests"])
            await _answer(
                talk, await talk.ask("tasks/update", taskId=task_id, inputResponses=given)
            )
        elif task.get("status") != "working":
            return answer


def _yes(requests: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _agreed(request) for key, request in requests.items()}


def _agreed(request: Mapping[str, Any]) -> dict[str, Any]:
    if request["method"] != "elicitation/create":
        content = {"type": "text", "text": "Yes."}
        return {"role": "assistant", "content": content, "model": "theirs"}
    names = request["params"]["requestedSchema"]["properties"]
    return {"action": "accept", "content": {name: SCHEMA[name] for name in names}}


async def ids_of(whose: Person) -> dict[str, list[str]]:
    """What somebody has."""
    rooms = (await whose.call("rooms.list"))["rooms"]
    documents = (await whose.call("documents.list", limit=200))["documents"]
    tasks = (await whose.call("tasks.list"))["tasks"]
    return {
        "rooms": sorted(room["room_id"] for room in rooms),
        "documents": sorted(document["document_id"] for document in documents),
        "tasks": sorted(f"{task['task_id']} {task['status']}" for task in tasks),
    }
