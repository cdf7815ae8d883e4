"""A source of tools that a test controls: lists per user, changes, and a source that hangs."""

import asyncio
from collections.abc import Sequence
from typing import Any

from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.domain.ports import Tool, ToolContext
from basicchat.domain.tools import ToolsChanged
from basicchat.domain.values import Actor

PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}


class ScriptedTool:
    """A tool that answers with its name and its arguments."""

    def __init__(self, name: str, prefix: str = "") -> None:
        self.spec = ToolSpec(
            name=name, title=name, description=f"Says {name}.", parameters=PARAMETERS
        )
        self._prefix = prefix or name

    async def run(self, arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Answer."""
        return ToolResult(content=f"{self._prefix}: {arguments['text']}")


class ScriptedToolSource:
    """Implements `domain.tools.ToolSource`.

    Attributes:
        fetches: how often each user's tools were fetched.
        fetching: set when a fetch begins.
    """

    def __init__(self, changed: ToolsChanged, name: str = "scripted") -> None:
        self.name = name
        self.fetches: dict[str, int] = {}
        self.fetching = asyncio.Event()
        self.failure: Exception | None = None
        self._changed = changed
        self._tools: dict[str, tuple[Tool, ...]] = {}
        self._answering = asyncio.Event()
        self._answering.set()

    async def tools(self, actor: Actor) -> Sequence[Tool]:
        """The tools of the user; waits while the source hangs."""
        user_id = actor.user.id
        self.fetches[user_id] = self.fetches.get(user_id, 0) + 1
        tools = self._tools.get(user_id, ())
        self.fetching.set()
        await self._answering.wait()
        if self.failure is not None:
            raise self.failure
        return tools

    def give(self, user_id: str, *tools: Tool) -> None:
        """Replace a user's tools, and announce it."""
        self._tools[user_id] = tools
        self._changed(user_id)

    def announce(self) -> None:
        """Announce that the tools of all users have changed."""
        self._changed(None)

    def hang(self) -> None:
        """Answer no fetch from now on."""
        self._answering.clear()

    def go_on(self) -> None:
        """Answer fetches again."""
        self._answering.set()
