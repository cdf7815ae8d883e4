"""The tools of each user: the built-in ones, and those of sources whose lists can change.

Each question needs the user's tools, so a list is fetched once and cached until its source reports
a change. A fetch has a deadline. If it fails, the previous list stays in use, and the source is not
asked again for a while: a slow source delays only one question.

Of two tools with the same name, the built-in one is offered, or else that of the source whose name
sorts first. So a new source can never replace a built-in tool.
"""

import asyncio
import math
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import structlog

from basicchat.domain.errors import Conflict
from basicchat.domain.ports import Tool
from basicchat.domain.tools import ToolsChanged, ToolSource
from basicchat.domain.values import Actor

log = structlog.get_logger(__name__)
FETCH_SECONDS = 1.0
RETRY_SECONDS = 30.0
MAX_TOOLS_PER_SOURCE = 100
# The maximum number of cached lists, each of one user and one source.
MAX_LISTS = 2000
# Function names that all model servers accept.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CreateSource = Callable[[ToolsChanged], ToolSource]


class _UserTools:
    """The cached tools of one user from one source."""

    __slots__ = ("changes", "fresh_until", "lock", "tools")

    def __init__(self) -> None:
        self.tools: tuple[Tool, ...] = ()
        self.fresh_until = -math.inf
        # The number of changes that the source has reported.
        self.changes = 0
        self.lock = asyncio.Lock()


class ToolCatalog:
    """Merges the built-in tools with those of all sources.

    Args:
        built_in: the tools of all users.
        sources: create the other sources; each gets a function to call when its tools change.
        fetch_seconds: the deadline of one fetch.
        retry_seconds: the pause after a failed fetch.

    Raises:
        Conflict: two built-in tools, or two sources, have the same name.
    """

    def __init__(
        self,
        built_in: Iterable[Tool],
        sources: Iterable[CreateSource] = (),
        *,
        fetch_seconds: float = FETCH_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self.built_in: Mapping[str, Tool] = _by_name(
            sorted(built_in, key=lambda tool: tool.spec.name)
        )
        self._fetch_seconds = fetch_seconds
        self._retry_seconds = retry_seconds
        self._lists: OrderedDict[tuple[int, str], _UserTools] = OrderedDict()
        self._watchers: list[ToolsChanged] = []
        created = [create(partial(self._changed, n)) for n, create in enumerate(sources)]
        # By the number in their notifications.
        self._sources = dict(sorted(enumerate(created), key=lambda each: each[1].name))
        if len({source.name for source in created}) < len(created):
            raise Conflict("Two tool sources have the same name", hint="Rename one of them.")

    @property
    def can_change(self) -> bool:
        """True if there are other sources than the built-in tools."""
        return bool(self._sources)

    def watch(self, changed: ToolsChanged) -> None:
        """Call `changed` from now on when tools of a user, or of all users, change."""
        self._watchers.append(changed)

    async def tools(self, actor: Actor) -> dict[str, Tool]:
        """All tools of a user, by name."""
        merged = await self._from_sources(actor)
        return dict(sorted({**merged, **self.built_in}.items()))

    async def find(self, actor: Actor, name: str) -> Tool | None:
        """A tool of a user by name; None if there is none."""
        built_in = self.built_in.get(name)
        if built_in is not None or not self._sources:
            return built_in
        return (await self._from_sources(actor)).get(name)

    async def _from_sources(self, actor: Actor) -> dict[str, Tool]:
        if not self._sources:
            return {}
        lists = await asyncio.gather(
            *(self._of_source(number, source, actor) for number, source in self._sources.items())
        )
        merged: dict[str, Tool] = {}
        for tools in lists:
            for tool in tools:
                merged.setdefault(tool.spec.name, tool)
        return merged

    async def _of_source(self, number: int, source: ToolSource, actor: Actor) -> tuple[Tool, ...]:
        cached = self._known(number, actor.user.id)
        now = asyncio.get_running_loop().time
        if now() >= cached.fresh_until:
            async with cached.lock:
                # The previous holder of the lock may have fetched it.
                if now() >= cached.fresh_until:
                    await self._fetch(source, actor, cached)
        return cached.tools

    async def _fetch(self, source: ToolSource, actor: Actor, cached: _UserTools) -> None:
        changes_before = cached.changes
        try:
            async with asyncio.timeout(self._fetch_seconds):
                tools = await source.tools(actor)
        # A faulty source must not affect the other tools.
        except Exception as error:
            log.warning("tool_source_failed", source=source.name, exc_info=error)
            cached.fresh_until = asyncio.get_running_loop().time() + self._retry_seconds
            return
        cached.tools = _valid(source.name, tools)
        # The fetched list may lack changes made during the fetch.
        cached.fresh_until = math.inf if cached.changes == changes_before else -math.inf

    def _known(self, number: int, user_id: str) -> _UserTools:
        key = (number, user_id)
        cached = self._lists.get(key)
        if cached is None:
            cached = self._lists[key] = _UserTools()
            if len(self._lists) > MAX_LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(key)
        return cached

    def _changed(self, number: int, user_id: str | None) -> None:
        for (source, owner), cached in self._lists.items():
            if source == number and user_id in (None, owner):
                cached.changes += 1
                cached.fresh_until = -math.inf
        for changed in self._watchers:
            changed(user_id)


def _by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    by_name: dict[str, Tool] = {}
    for tool in tools:
        name = tool.spec.name
        if name in by_name:
            raise Conflict(f"Two built-in tools have the name “{name}”", hint="Rename one of them.")
        by_name[name] = tool
    return by_name


def _valid(source: str, tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools with valid names, up to the limit per source."""
    valid = [tool for tool in tools if _NAME.fullmatch(tool.spec.name)]
    offered = tuple(valid[:MAX_TOOLS_PER_SOURCE])
    if len(offered) < len(tools):
        log.warning("tools_left_out", source=source, count=len(tools) - len(offered))
    return offered
