"""The types of plug-ins (providers, tools, formats), and their discovery.

A plug-in is a module-level constant of one of these types. Importing its module registers nothing:
`discover` lists a package and the entry points of third parties, and collects the constants. Modes
(`engine.commands.Mode`), methods (`api.calls.Method`) and MCP tools, resources and prompts are
discovered in the same way.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Protocol, TypeVar

from basicchat.domain.errors import Conflict, InvalidInput
from basicchat.domain.passages import Page
from basicchat.domain.ports import LLM, Clock, Embedder, Tool
from basicchat.domain.search import Retriever
from basicchat.domain.tools import ToolsChanged, ToolSource
from basicchat.domain.values import DocumentNote, Value


class Named(Protocol):
    """The interface that all plug-ins share."""

    @property
    def name(self) -> str:
        """Unique among the plug-ins of one type."""
        ...


Plugin = TypeVar("Plugin", bound=Named)


class ProviderSettings(Value, frozen=True, kw_only=True):
    """Settings for providers. `options` holds those of a single provider.

    The connect deadline of one provider takes precedence over `connect_seconds`.
    """

    model: str | None = None
    embedding_model: str | None = None
    query_prefix: str | None = None
    passage_prefix: str | None = None
    ollama_host: str | None = None
    openai_base_url: str | None = None
    openai_api_key: str | None = None
    model_path: Path | None = None
    num_ctx: int = 8192
    connect_seconds: float = 2.0
    ollama_connect_seconds: float | None = None
    openai_connect_seconds: float | None = None
    idle_seconds: float = 120.0
    parallel_answers: int | None = None
    keep_alive: str = "5m"
    options: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider of models. Providers are tried in order of `priority`, lowest first.

    `configured` tells whether the settings name it (no I/O); `running` whether it is found without
    being configured (must answer within a second); `create` makes the LLM without connecting;
    `embedder` makes an Embedder without connecting, if the provider supports embeddings;
    `embedding_models` lists the models that it could use, and `offers_embeddings` tells whether one
    of them may be used unasked.
    `hint` tells the user in one line how to get it.
    """

    name: str
    priority: int
    hint: str
    configured: Callable[[ProviderSettings], bool]
    running: Callable[[ProviderSettings], Awaitable[bool]]
    create: Callable[[ProviderSettings], LLM]
    embedder: Callable[[ProviderSettings], Embedder] | None = None
    embedding_models: Callable[[ProviderSettings], Awaitable[Sequence[str]]] | None = None
    offers_embeddings: Callable[[ProviderSettings], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class ToolServices:
    """The services available to tools."""

    retriever: Retriever
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class ToolPlugin:
    """A built-in or third-party tool."""

    name: str
    create: Callable[[ToolServices], Tool]


@dataclass(frozen=True, kw_only=True)
class ToolSourcePlugin:
    """A source of tools that differ from user to user, or can change.

    `create` makes it, given what to call when its tools have changed.
    """

    name: str
    create: Callable[[ToolServices, ToolsChanged], ToolSource]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format. `suffixes` have their dot and are lower-case.

    `matches` tells from the first 4096 bytes whether a file can have this format, so that a `.pdf`
    that contains HTML is detected. `read` yields pages with `start` left at 0 (the caller sets the
    offsets), and notes on what cannot be read; it runs in a worker process, never in the server,
    and raises BadDocument. `title` may return a better title than the file's name. `also` are other
    formats that files with these suffixes often have: the first bytes after spaces, and the name of
    the format that then reads the file.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    matches: Callable[[bytes], bool]
    read: Callable[[Path], Iterator[Page | DocumentNote]]
    title: Callable[[Path], str | None] | None = None
    markdown: bool = False
    also: tuple[tuple[bytes, str], ...] = ()


def discover(package: str, group: str, kind: type[Plugin]) -> list[Plugin]:
    """Collect the plug-ins of a kind; see `discover_with_origins`."""
    return [plugin for _, plugin in discover_with_origins(package, group, kind)]


def discover_with_origins(package: str, group: str, kind: type[Plugin]) -> list[tuple[str, Plugin]]:
    """Collect the plug-ins of a kind, each with its origin, from modules and entry points.

    Args:
        package: dotted name; every module directly in it is imported.
        group: the entry-point group of third parties, each naming a plug-in object.
        kind: the plug-ins' type.

    Raises:
        Conflict: two plug-ins have the same name, or two formats the same suffix.
        InvalidInput: an entry point names an object of another type.
    """
    found: list[tuple[str, Plugin]] = []
    origins: dict[str, tuple[str, Plugin]] = {}
    for origin, plugin in _plugins(package, group, kind):
        # A module may import another one's plug-in.
        if any(plugin is each for _, each in found):
            continue
        for key in _unique_keys(plugin):
            if key in origins:
                raise name_clash(
                    f"plug-ins of the type {kind.__name__}", key, origins[key][0], origin
                )
            origins[key] = (origin, plugin)
        found.append((origin, plugin))
    return found


def has_entry_points(group: str) -> bool:
    """Whether packages of third parties are installed that name plug-ins in this group."""
    return bool(_installed(tuple(sys.path), group))


def name_clash(what: str, name: str, first: str, second: str) -> Conflict:
    """The error for two plug-ins with the same name, which names both origins."""
    return Conflict(
        f"Two {what} use “{name}”: {first} and {second}",
        hint="Rename one of them, or uninstall the package that brings it.",
    )


def _plugins(package: str, group: str, kind: type[Plugin]) -> Iterator[tuple[str, Plugin]]:
    """Each plug-in with its origin: a module, or an entry point and its package."""
    yield from _of_modules(package, tuple(import_module(package).__path__), kind)
    for entry in _installed(tuple(sys.path), group):
        plugin = entry.load()
        distribution = entry.dist.name if entry.dist else "an unnamed package"
        origin = f"the entry point {entry.name} = {entry.value} of {distribution}"
        if not isinstance(plugin, kind):
            raise InvalidInput(
                f"{entry.name} = {entry.value} of {distribution} is not a {kind.__name__}",
                hint=f"The entry points of {group} must name one; fix or uninstall the package.",
            )
        yield origin, plugin


@lru_cache(maxsize=16)
def _of_modules(
    package: str, folders: tuple[str, ...], kind: type[Plugin]
) -> list[tuple[str, Plugin]]:
    """The plug-ins of the modules in a package's folders, which never change."""
    return [
        (f"the module {info.name}", value)
        for info in iter_modules(folders, f"{package}.")
        for value in vars(import_module(info.name)).values()
        if isinstance(value, kind)
    ]


def _unique_keys(plugin: Named) -> Iterator[str]:
    """The keys that must be unique among plug-ins of one kind: the name, a format's suffixes."""
    yield plugin.name
    if isinstance(plugin, Format):
        yield from plugin.suffixes


@lru_cache(maxsize=32)
def _installed(path: tuple[str, ...], group: str) -> tuple[EntryPoint, ...]:
    """The entry points of a group, cached because finding them takes 2 ms."""
    return tuple(_all_installed(path).select(group=group))


@lru_cache(maxsize=4)
def _all_installed(path: tuple[str, ...]) -> Any:
    """The entry points of all packages on the path, cached because reading them takes 8 ms.

    Python 3.11 has a type of its own for them, with the same `select`.
    """
    return entry_points()
