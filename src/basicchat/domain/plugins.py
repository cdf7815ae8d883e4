"""How providers, tools and formats present themselves, and how they are found.

A plug-in is one module that holds one module-level constant of one of these types. Importing the
module registers nothing: `discover` lists a package, and the entry points of third parties, and
collects the constants. Modes have their type in `basicchat.engine.modes`, and are found likewise.
"""

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeVar

from basicchat.domain.ports import LLM, Clock, Embedder, Retriever, Tool
from basicchat.domain.values import Page, Value

Plugin = TypeVar("Plugin")


class ProviderSettings(Value, frozen=True, kw_only=True):
    """What a provider may be told. `options` holds what only one provider understands."""

    model: str | None = None
    embedding_model: str | None = None
    ollama_host: str | None = None
    openai_base_url: str | None = None
    openai_api_key: str | None = None
    model_path: Path | None = None
    num_ctx: int = 8192
    connect_seconds: float = 2.0
    idle_seconds: float = 120.0
    keep_alive: str = "5m"
    options: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider of models. Lower `priority` is asked first.

    `configured` says whether the user named it (no I/O); `running` whether it is found though
    nobody named it (must answer within a second); `create` makes the LLM without connecting;
    `embedder` makes an Embedder if `embedding_model` is set and the provider has them. `hint` is
    the one line that tells a user how to get it.
    """

    name: str
    priority: int
    hint: str
    configured: Callable[[ProviderSettings], bool]
    running: Callable[[ProviderSettings], Awaitable[bool]]
    create: Callable[[ProviderSettings], LLM]
    embedder: Callable[[ProviderSettings], Embedder] | None = None


@dataclass(frozen=True, kw_only=True)
class ToolServices:
    """What a tool may use."""

    retriever: Retriever
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class ToolPlugin:
    """A built-in or third-party tool."""

    name: str
    create: Callable[[ToolServices], Tool]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format. `suffixes` have their dot and are lower-case.

    `matches` looks at the first 4096 bytes and says whether a file can be of this format at all;
    it is what unmasks a `.pdf` that is HTML. `read` yields pages with `start` left at 0 (the
    caller numbers offsets) and runs in a worker process, never in the server; it raises
    BadDocument. `title` may find a better title than the file's name.
    """

    name: str
    suffixes: tuple[str, ...]
    media_types: tuple[str, ...]
    matches: Callable[[bytes], bool]
    read: Callable[[Path], Iterator[Page]]
    title: Callable[[Path], str | None] | None = None
    markdown: bool = False


def discover(package: str, group: str, kind: type[Plugin]) -> list[Plugin]:
    """Collect the plug-ins of a kind from a package's modules and from entry points.

    Args:
        package: dotted name; every module directly in it is imported.
        group: the entry-point group of third parties, each naming a plug-in object.
        kind: the plug-ins' type.
    """
    found: list[Plugin] = []
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        found += [v for v in vars(import_module(module.name)).values() if isinstance(v, kind)]
    for entry in _installed(tuple(sys.path)).select(group=group):
        plugin = entry.load()
        if not isinstance(plugin, kind):
            raise TypeError(f"entry point {entry.name} of {group} is no {kind.__name__}")
        found.append(plugin)
    return found


@lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> Any:
    """The entry points of all packages on the path, which take 8 ms to read. Python 3.11 has a
    type of its own for them, with the same `select`."""
    return entry_points()
