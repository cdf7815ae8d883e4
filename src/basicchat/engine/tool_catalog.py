"""The tools of each user: the built-in ones, and those of sources whose lists can change.

Callers ask for a user's tools with each question, so a list is fetched once and kept until its
source says that it has changed. A fetch has a deadline. If it fails, the list that was known before
is offered on, and the source is left alone for a while: a slow source delays one question, once.

Of two tools with one name, the built-in one is offered, else that of the source whose name sorts
first. So installing a source can never replace a tool that users know.
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
# Lists that are kept, each of one user and one source.
MAX_LISTS = 2000
# What all model servers accept as the name of a function.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
CreateSource = Callable[[ToolsChanged], ToolSource]


class _UserTools:
    """What is known of one user's tools of one source."""

    __slots__ = ("changes", "fresh_until", "lock", "tools")

    def __init__(self) -> None:
        self.tools: tuple[Tool, ...] = ()
        self.fresh_until = -math.inf
        # How often the source has announced a change.
        self.changes = 0
        self.lock = asyncio.Lock()


class ToolCatalog:
    """Merges the built-in tools with those of all sources.

    Args:
        built_in: the same for all users.
        sources: create the other sources, given what to call when their tools change.
        fetch_seconds: the deadline of one fetch.
        retry_seconds: how long a source is left alone after a fetch that failed.

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
        # By the number that its notifications carry.
        self._sources = dict(sorted(enumerate(created), key=lambda each: each[1].name))
        if len({source.name for source in created}) < len(created):
            raise Conflict("Two tool sources have the same name", hint="Rename one of them.")

    @property
    def can_change(self) -> bool:
        """Whether there is anything beside the built-in tools."""
        return bool(self._sources)

    def watch(self, changed: ToolsChanged) -> None:
        """Call `changed` from now on when tools of a user, or of all users, change."""
        self._watchers.append(changed)

    async def tools(self, actor: Actor) -> dict[str, Tool]:
        """All tools of a user, by name."""
        merged = await self._from_sources(actor)
        return dict(sorted({**merged, **self.built_in}.items()))

    async def find(self, actor: Actor, name: str) -> Tool | None:
        """A tool of a user; None if there is none of this name."""
        found = self.built_in.get(name)
        if found is not None or not self._sources:
            return found
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
        known = self._known(number, actor.user.id)
        now = asyncio.get_running_loop().time
        if now() >= known.fresh_until:
            async with known.lock:
                # Whoever held the lock may have fetched it meanwhile.
                if now() >= known.fresh_until:
                    await self._fetch(source, actor, known)
        return known.tools

    async def _fetch(self, source: ToolSource, actor: Actor, known: _UserTools) -> None:
        before = known.changes
        try:
            async with asyncio.timeout(self._fetch_seconds):
                tools = await source.tools(actor)
        # Whatever a source does wrong, the other tools are offered.
        except Exception as error:
            log.warning("tool_source_failed", source=source.name, exc_info=error)
            known.fresh_until = asyncio.get_running_loop().time() + self._retry_seconds
            return
        known.tools = _valid(source.name, tools)
        # What has changed during the fetch may be missing from it.
        known.fresh_until = math.inf if known.changes == before else -math.inf

    def _known(self, number: int, user_id: str) -> _UserTools:
        key = (number, user_id)
        known = self._lists.get(key)
        if known is None:
            known = self._lists[key] = _UserTools()
            if len(self._lists) > MAX_LISTS:
                self._lists.popitem(last=False)
        self._lists.move_to_end(key)
        return known

    def _changed(self, number: int, user_id: str | None) -> None:
        for (source, owner), known in self._lists.items():
            if source == number and user_id in (None, owner):
                known.changes += 1
                known.fresh_until = -math.inf
        for changed in self._watchers:
            changed(user_id)


def _by_name(tools: Iterable[Tool]) -> dict[str, Tool]:
    found: dict[str, Tool] = {}
    for tool in tools:
        name = tool.spec.name
        if name in found:
            raise Conflict(f"Two built-in tools have the name “{name}”", hint="Rename one of them.")
        found[name] = tool
    return found


def _valid(source: str, tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools whose names can be offered to models, and no more than a source may have."""
    valid = [tool for tool in tools if _NAME.fullmatch(tool.spec.name)]
    kept = tuple(valid[:MAX_TOOLS_PER_SOURCE])
    if len(kept) < len(tools):
        log.warning("tools_left_out", source=source, count=len(tools) - len(kept))
    return kept
