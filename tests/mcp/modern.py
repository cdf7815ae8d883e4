"""Requests of the era without sessions, byte by byte, for what the official client does not do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2
from people import Person
from running import SECONDS

META = "io.modelcontextprotocol/"
TASKS = {"extensions": {META + "tasks": {}}, "elicitation": {}}
_NAMES = {"tools/call": "name", "resources/read": "uri", "prompts/get": "name"}
_ids = count(1)


class Refused(Exception):
    """A request was answered with an error."""

    def __init__(self, error: dict[str, Any], status: int) -> None:
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error.get("data")
        self.status = status


class Modern:
    """Somebody's client that declares these capabilities."""

    def __init__(self, whose: Person, capabilities: dict[str, Any] | None = None) -> None:
        self._whose = whose
        self._capabilities = TASKS if capabilities is None else capabilities

    def _request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        meta = {
            META + "protocolVersion": "2026-07-28",
            META + "clientCapabilities": self._capabilities,
            META + "clientInfo": {"name": "test", "version": "1"},
        }
        name = params.get(_NAMES.get(method, "taskId"))
        headers = {
            "accept": "application/json, text/event-stream",
            "mcp-protocol-version": "2026-07-28",
            "mcp-method": method,
        } | ({"mcp-name": name} if name else {})
        body = {"jsonrpc": "2.0", "id": next(_ids), "method": method}
        return {"json": {**body, "params": {**params, "_meta": meta}}, "headers": headers}

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A request's result.

        Raises:
            Refused: it was answered with an error.
        """
        async with self._whose.http() as http:
            answer = await http.post("/mcp", **self._request(method, params), timeout=SECONDS)
        frame = _last(answer)
        if "error" in frame:
            raise Refused(frame["error"], answer.status_code)
        return dict(frame["result"])

    async def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """A tool's result, or the task that was begun instead."""
        return await self.call("tools/call", name=name, arguments=arguments)

    async def until(self, task_id: str, *statuses: str) -> dict[str, Any]:
        """A task once it has one of these statuses."""
        while True:
            task = await self.call("tasks/get", taskId=task_id)
            if task["status"] in statuses:
                return task

    @asynccontextmanager
    async def listen(self, **wishes: Any) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """The notifications of a stream, its acknowledgement first."""
        request = self._request("subscriptions/listen", {"notifications": wishes})
        async with (
            self._whose.http() as http,
            http.stream("POST", "/mcp", **request, timeout=SECONDS) as answer,
        ):
            yield _notes(answer)


async def _notes(answer: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data: {"):
            yield json.loads(line.removeprefix("data: "))


def _last(answer: httpx2.Response) -> dict[str, Any]:
    if answer.headers["content-type"].startswith("text/event-stream"):
        lines = [line for line in answer.text.splitlines() if line.startswith("data: {")]
        return dict(json.loads(lines[-1].removeprefix("data: ")))
    return dict(answer.json())
