"""Two nodes of one server in the test's process, and what a client sees at one of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from basicchat.app import App
from support.quick_app import open_quick_app
from support.servers import SECONDS, scripted, settings_for
from support.transport_clients import Memory


@asynccontextmanager
async def node(
    folder: Path, name: str, url: str, gate: asyncio.Semaphore, database_url: str | None = None
) -> AsyncIterator[App]:
    """A node with a data folder of its own, and the database of all."""
    settings = settings_for(
        folder / name,
        database_url=database_url or f"sqlite:///{folder}/shared.db",
        redis_url=url,
        secret_key="k" * 32,
    )
    async with open_quick_app(settings, llm=scripted(gate)) as app:
        yield app


@asynccontextmanager
async def two_nodes(
    folder: Path, url: str, gate: asyncio.Semaphore, database_url: str | None = None
) -> AsyncIterator[tuple[App, App]]:
    """Two nodes."""
    async with (
        node(folder, "one", url, gate, database_url) as one,
        node(folder, "other", url, gate, database_url) as other,
    ):
        yield one, other


class Reader(Memory):
    """The owner's client at one node, with the text of one run as the page would show it."""

    def __init__(self, app: App) -> None:
        super().__init__(app.memory_client())
        self.text = ""
        self.gaps = 0
        self.services: list[dict[str, Any]] = []

    async def hello(self, **params: Any) -> Any:
        return await self.call("session.hello", params)

    async def until(self, *types: str, text: str | None = None) -> dict[str, Any]:
        """Read until an event of these types, or until the text is this one."""
        async with asyncio.timeout(SECONDS):
            while text is None or self.text != text:
                name, params = await self.note()
                if name == "signal" and params["type"] == "service":
                    self.services.append(params["data"])
                if name == "delta" and params["kind"] == "answer":
                    self.take(params)
                for event in params.get("events", ()):
                    if event["type"] in types:
                        return dict(event)
        return {}

    async def service(self) -> dict[str, Any]:
        """The next state of the services that the node reaches."""
        if self.services:
            return self.services.pop(0)
        async with asyncio.timeout(SECONDS):
            while True:
                name, params = await self.note()
                if name == "signal" and params["type"] == "service":
                    return dict(params["data"])

    def take(self, delta: dict[str, Any]) -> None:
        if delta["off"] > len(self.text):
            self.gaps += 1
        self.text = self.text[: delta["off"]] + delta["text"]
