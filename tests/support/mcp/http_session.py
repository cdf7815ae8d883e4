"""Sessions over Streamable HTTP, request by request, and the events of their streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from support.mcp.sockets import hello, note, request
from support.users import Person

JSON = {"content-type": "application/json"}
ACCEPT = {"accept": "application/json, text/event-stream"} | JSON
LEGACY = "2025-11-25"


@dataclass(frozen=True)
class Sent:
    """A server-sent event."""

    id: str
    data: str
    retry: str = ""

    @property
    def message(self) -> dict[str, Any]:
        """The message in it."""
        return dict(json.loads(self.data))


async def events(answer: httpx2.Response) -> AsyncIterator[Sent]:
    """The events of a stream."""
    assert answer.headers["content-type"] == "text/event-stream"
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif fields.keys() & {"id", "data"}:
            yield Sent(fields.get("id", ""), fields.get("data", ""), fields.get("retry", ""))
            fields = {}


def calling(tool: str, number: int = 2, **arguments: Any) -> dict[str, Any]:
    """A call of a tool, with a token for its progress."""
    meta = {"progressToken": 9}
    return request(number, "tools/call", name=tool, arguments=arguments, _meta=meta)


@asynccontextmanager
async def session(whose: Person, version: str = LEGACY) -> AsyncIterator[httpx2.AsyncClient]:
    """A client within a session of its own."""
    async with whose.http() as http:
        answer = await http.post("/mcp", json=hello(version=version), headers=ACCEPT)
        http.headers |= ACCEPT | {"mcp-protocol-version": version}
        http.headers["mcp-session-id"] = answer.headers["mcp-session-id"]
        assert (await http.post("/mcp", json=note("notifications/initialized"))).status_code == 202
        yield http


async def resumed_call(
    http: httpx2.AsyncClient, working: asyncio.Event, go: asyncio.Event
) -> tuple[str, list[dict[str, Any]]]:
    """Call the tool `pause`, lose its stream in between, and resume it.

    Args:
        working: set once the tool works.
        go: lets the tool go on.

    Returns:
        the id of the last event before the tool went on, and the messages after it.
    """
    async with http.stream("POST", "/mcp", json=calling("pause")) as answer:
        before = [await anext(events(answer))]
        await working.wait()
    again = {"last-event-id": before[0].id}
    async with http.stream("GET", "/mcp", headers=again) as answer:
        coming = events(answer)
        first = await anext(coming)
        assert first.message["params"]["progress"] == 1
        go.set()
        rest = [each.message async for each in coming if each.data]
    assert [each.get("method", "answer") for each in rest] == ["notifications/progress", "answer"]
    return first.id, rest


async def messages_after(http: httpx2.AsyncClient, event_id: str) -> list[dict[str, Any]]:
    """The messages of a stream after an event."""
    async with http.stream("GET", "/mcp", headers={"last-event-id": event_id}) as answer:
        return [each.message async for each in events(answer) if each.data]
