"""A client that says what a test wants said, in either era and over every way."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from support.mcp.sockets import hello, modern, note, request
from support.mcp.wires import WAYS, Message, Wire
from support.servers import SECONDS
from support.users import Person

EXTENSION = "io.modelcontextprotocol/tasks"
# What speaks which era over what.
everywhere = pytest.mark.parametrize(
    ("way", "era"), [(way, era) for way in WAYS for era in ("legacy", "modern")]
)
TASKS: dict[str, Any] = {"extensions": {EXTENSION: {}}, "elicitation": {}}


class Refused(Exception):
    """A request was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]
        self.data: Any = error.get("data")


class Talk:
    """A client of one era over a wire, which keeps what comes beside the answers."""

    def __init__(self, wire: Wire, era: str) -> None:
        self.wire = wire
        self.era = era
        self.capabilities: dict[str, Any] = {}
        self.welcome: dict[str, Any] = {}
        self.beside: list[Message] = []
        self._last = 0

    async def greet(self, version: str = "2025-11-25", **capabilities: Any) -> None:
        """Say what the client can; in the older era with a handshake."""
        self.capabilities = capabilities
        if self.era == "legacy":
            await self.wire.send(hello("hello", version, **capabilities))
            self.welcome = await self.result("hello")
            await self.wire.send(note("notifications/initialized"))

    async def ask(self, method: str, /, token: object = None, **params: Any) -> str:
        """Send a request; its id."""
        self._last += 1
        number = f"r{self._last}"
        if self.era == "modern":
            more = params.pop("_meta", {})
            message = modern(number, method, token=token, **params)
            declared = {"io.modelcontextprotocol/clientCapabilities": self.capabilities}
            message["params"]["_meta"] = {**message["params"]["_meta"], **declared, **more}
        else:
            meta = {"_meta": {"progressToken": token}} if token is not None else {}
            message = request(number, method, **params, **meta)
        await self.wire.send(message)
        return number

    async def result(self, number: object) -> dict[str, Any]:
        """The result of a request. Raises Refused."""
        while True:
            message = await self.wire.receive()
            if "method" in message:
                self.beside.append(message)
            elif message.get("id") == number:
                if "error" in message:
                    raise Refused(message["error"])
                return dict(message["result"])

    async def batch(self) -> list[Message]:
        """The next answers that come as one."""
        while True:
            async with asyncio.timeout(SECONDS):
                came = json.loads(await self.wire.raw())
            if isinstance(came, list):
                return came
            self.beside.append(came)

    async def call(self, method: str, /, **params: Any) -> dict[str, Any]:
        """A request and its result. Raises Refused."""
        return await self.result(await self.ask(method, **params))

    async def tool(self, name: str, /, token: object = None, **arguments: Any) -> dict[str, Any]:
        """A tool's result. Raises Refused."""
        params: dict[str, Any] = {"name": name, "arguments": arguments}
        return await self.result(await self.ask("tools/call", token=token, **params))

    async def said(self, method: str) -> Message:
        """The next notification or request of a method."""
        while True:
            for message in self.beside:
                if message["method"] == method:
                    self.beside.remove(message)
                    return message
            message = await self.wire.receive()
            if "method" in message:
                self.beside.append(message)

    def notes(self, method: str) -> list[dict[str, Any]]:
        """The parameters of what came so far of a method."""
        return [each["params"] for each in self.beside if each["method"] == method]

    async def until(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """A task once it has one of these statuses."""
        while True:
            task = await self.call("tasks/get", taskId=task_id)
            if task["status"] in statuses:
                return task


@asynccontextmanager
async def talking(
    whose: Person, way: str, era: str = "modern", **capabilities: Any
) -> AsyncIterator[Talk]:
    """Somebody's client, which has said what it can."""
    async with WAYS[way](whose.server.url, whose.token) as wire:
        talk = Talk(wire, era)
        await talk.greet(**capabilities)
        yield talk


class Recorded:
    """A wire that keeps all that came over it."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.frames: list[str] = []
        self.send, self.cancel = wire.send, wire.cancel

    async def raw(self) -> str:
        self.frames.append(await self._wire.raw())
        return self.frames[-1]

    async def receive(self) -> Message:
        message = await self._wire.receive()
        self.frames.append(json.dumps(message, ensure_ascii=False))
        return message


@asynccontextmanager
async def recorded(whose: Person, way: str, era: str) -> AsyncIterator[tuple[Talk, list[str]]]:
    """A client, and all that came to it."""
    async with WAYS[way](whose.server.url, whose.token) as wire:
        record = Recorded(wire)
        talk = Talk(record, era)
        await talk.greet(**TASKS)
        yield talk, record.frames
