"""The plan of the house as data: who may import whom, and that each feature has one place."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import basicchat

ROOT = Path(basicchat.__file__).parent
ANY = frozenset({"any"})
# room: rooms that it may import, besides itself
ROOMS: dict[str, frozenset[str]] = {
    "protocol": frozenset(),
    "domain": frozenset(),
    "engine": frozenset({"domain"}),
    "llm": frozenset({"domain"}),
    "tools": frozenset({"domain"}),
    "documents": frozenset({"domain"}),
    "storage": frozenset({"domain"}),
    "accounts": frozenset({"domain"}),
    "hub": frozenset({"domain"}),
    "ops": frozenset({"domain"}),
    "web": frozenset(),
    "client": frozenset({"protocol"}),
    "config": frozenset({"domain"}),
    "api": frozenset({"protocol", "domain", "engine", "hub", "documents", "accounts"}),
    # The domain's values and errors are what the router speaks, so its callers know them too.
    "transports": frozenset({"protocol", "api", "domain"}),
    "mcp": frozenset({"protocol", "api", "domain"}),
    "testing": ANY,
    # A program of its own: MCP between stdio and a server, or an app in this process.
    "bridge": frozenset(
        {"protocol", "domain", "mcp", "api", "transports", "client", "config", "app"}
    ),
    # Assembly.
    "app": ANY,
    "serving": ANY,
    "cli": ANY,
    "__main__": ANY,
}
# A connection is a subscriber of the hub and owns its outbox, for which it is the wire.
MODULES = {
    # The limits are one typed value for all; `config` holds their defaults and bounds.
    ("api.calls", "config.limits"),
    ("transports.server_context", "config.limits"),
    ("mcp.http.app", "config.limits"),
    ("mcp.http.session_registry", "config.limits"),
    ("mcp.http.stateful", "config.limits"),
    ("transports.connection", "hub.hub"),
    ("transports.connection", "hub.outbox"),
    ("transports.events", "hub.hub"),
    ("transports.events", "hub.outbox"),
}
# Heavy or optional dependencies, imported by the function that needs them.
INLINE = {
    ("accounts.rate_limiter_memory", "basicchat.accounts.sliding_window"),
    ("accounts.oauth.consent", "basicchat.accounts.oauth.authlib_adapter"),
    ("accounts.oauth.server", "basicchat.accounts.oauth.authlib_adapter"),
    ("accounts.oidc", "authlib.oauth2.rfc6749.parameters"),
    ("accounts.oidc", "authlib.oauth2.rfc7636"),
    ("accounts.oidc", "authlib.oidc.core"),
    ("accounts.issuers", "httpx2"),
    ("accounts.issuers", "joserfc"),
    ("accounts.issuers", "joserfc.errors"),
    ("accounts.issuers", "joserfc.jwk"),
    ("accounts.passwords", "pwdlib"),
    ("accounts.passwords", "pwdlib.hashers.argon2"),
    ("bridge.transport_selection", "basicchat.bridge.http_transport"),
    ("documents.formats.docx", "docx"),
    ("documents.formats.docx", "docx.opc.exceptions"),
    ("documents.formats.html", "selectolax.lexbor"),
    ("documents.formats.pdf", "pypdf"),
    ("documents.formats.pdf", "pypdf.errors"),
    ("documents.formats.pptx", "pptx"),
    ("documents.formats.pptx", "pptx.exc"),
    ("documents.formats.xlsx", "python_calamine"),
    ("engine.tool_calls", "jsonschema"),
    ("llm.llamacpp", "xllamacpp"),
    ("mcp.lazy", "basicchat.mcp.http.app"),
    ("mcp.lazy", "basicchat.mcp.server"),
    ("mcp.lazy", "basicchat.mcp.wire.frame_session"),
    ("mcp.server", "basicchat.mcp.fixtures.catalogue"),
    ("llm.llamacpp_child", "xllamacpp"),
    ("ops.egress", "httpx2"),
    ("ops.prometheus", "prometheus_client"),
    ("ops.prometheus", "prometheus_client.core"),
    ("ops.prometheus", "prometheus_client.exposition"),
    ("serving", "uvloop"),
    ("storage.sqlite.schema", "alembic"),
    ("storage.sqlite.schema", "alembic.config"),
    ("testing.llama_server", "xllamacpp"),
}
# Who may start tasks, since they await and end them.
TASK_OWNERS = {
    "cli.chat_screen",
    "cli.conversation",
    "bridge.stdio_server",
    "client.blocking",
    "client.http_transport",
    "client.task_group",
    "engine.driver",
    "engine.progress",
    "engine.runner",
    "hub.jobs",
    "llm.discovery",
    "llm.llamacpp",
    "ops.supervisor",
    "serving",
    "storage.sqlite.connection",
    "testing.ollama_server",
    "transports.memory",
}
STARTERS = {"create_task", "ensure_future", "run_coroutine_threadsafe"}


@dataclass(frozen=True)
class Source:
    """One module of the package, by its name without `basicchat.`."""

    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.name.partition(".")[0]


@cache
def sources() -> tuple[Source, ...]:
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found.append(Source(name, ast.parse(path.read_text())))
    return tuple(found)


@cache
def names() -> frozenset[str]:
    return frozenset(source.name for source in sources())


def imported(node: ast.AST) -> Iterator[str]:
    """The full names of the modules that an import statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            ours = inner.removeprefix("basicchat.") in names()
            yield inner if inner.startswith("basicchat.") and ours else node.module or ""


def edges(source: Source) -> set[str]:
    """The modules of ours that a module imports, wherever in it."""
    found = {name for node in ast.walk(source.tree) for name in imported(node)}
    return {name.removeprefix("basicchat.") for name in found if name.startswith("basicchat.")}


def test_every_module_is_in_a_room() -> None:
    assert {source.room for source in sources()} <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    wrong = [
        f"{source.name} → {name}"
        for source in sources()
        if source.room == room and ROOMS[room] != ANY
        for name in sorted(edges(source))
        if name.partition(".")[0] not in ROOMS[room] | {room} and (source.name, name) not in MODULES
    ]
    assert wrong == []


def test_exceptions_are_needed() -> None:
    known = {(source.name, name) for source in sources() for name in edges(source)}
    assert known >= MODULES


# Where SQLite may be named besides its own folder: the settings that choose it, the factories, the
# bus between processes that share a file, and what is not the server's database at all.
NAMES_SQLITE = {
    "app.factories",
    "cli.chat",
    "client.file_queue",
    "config.settings",
    "hub.bus_sqlite",
}
SQLITE_ONLY = re.compile(r"sqlite|fts5|\bpragma [a-z]|json_each|\bapsw\b", re.IGNORECASE)


def test_only_the_sqlite_folder_knows_sqlite() -> None:
    """Another database is a folder beside it and a branch in the factories."""
    found = {
        source.name
        for source in sources()
        if not source.name.startswith("storage.sqlite")
        for node in ast.walk(source.tree)
        if SQLITE_ONLY.search(without_docstring(node))
    }
    assert found == NAMES_SQLITE


def without_docstring(node: ast.AST) -> str:
    """What a node names: an identifier, an imported module, or a string that is no docstring."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return " ".join(imported(node))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "" if "\n" in node.value.strip() or node.value.endswith(".") else node.value
    return " ".join(str(getattr(node, field, "")) for field in ("id", "attr", "arg", "name"))


# Implementations of ports, which assembly gets from its factories.
IMPLEMENTATIONS = re.compile(r"storage\.|.*_(memory|sqlite|redis)$|ops\.(egress|clock)$")


def test_only_the_factories_choose_implementations() -> None:
    wrong = [
        f"{source.name} → {name}"
        for source in sources()
        if source.room == "app" and source.name != "app.factories"
        for name in sorted(edges(source))
        if IMPLEMENTATIONS.match(name)
    ]
    assert wrong == []


def test_there_is_no_cycle() -> None:
    graph = {source.name: edges(source) - {source.name} for source in sources()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(" → ".join(cycle.args[1]))


# How many modules a chain of imports within a room may have.
MAX_LEVELS = {"mcp": 8}


def levels(room: str) -> dict[str, int]:
    """The level of each module in a room: one above the highest of the room that it imports."""
    graph = {source.name: edges(source) - {source.name} for source in sources()}
    within = {name: {each for each in graph[name] if each.startswith(f"{room}.")} for name in graph}
    found: dict[str, int] = {}
    for name in TopologicalSorter(within).static_order():
        found[name] = 1 + max((found[each] for each in within[name]), default=0)
    return {name: level for name, level in found.items() if name.partition(".")[0] == room}


@pytest.mark.parametrize("room", MAX_LEVELS)
def test_a_room_has_few_levels(room: str) -> None:
    most = MAX_LEVELS[room]
    assert {name: level for name, level in levels(room).items() if level > most} == {}


# floor of `mcp`: floors that it may import, besides itself
FLOORS = {"features": set(), "wire": {"features"}, "http": {"features", "wire"}}


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_of_mcp_imports_only_those_below(floor: str) -> None:
    wrong = [
        f"{source.name} → {name}"
        for source in sources()
        if source.name.startswith(f"mcp.{floor}.")
        for name in sorted(edges(source))
        if name.startswith("mcp.") and name.split(".")[1] not in FLOORS[floor] | {floor}
    ]
    assert wrong == []


def inner_nodes(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes within functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (each for each in ast.walk(node) if each is not node)


def test_imports_stand_at_the_top() -> None:
    found = {
        (source.name, name)
        for source in sources()
        for node in inner_nodes(source.tree)
        for name in imported(node)
    }
    assert found - INLINE == set()


# A process of its own, which servers start where there are such limits.
POSIX_PROGRAMS = {"documents.worker"}


def test_no_module_needs_posix_to_be_imported() -> None:
    """What Windows lacks is imported under a condition, or where it is used."""
    posix = {"fcntl", "grp", "pty", "pwd", "resource", "termios", "tty", "uvloop"}
    found = {
        source.name
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and posix.intersection(imported(node))
    }
    assert found - POSIX_PROGRAMS == set()


def test_tasks_have_owners() -> None:
    found = {
        source.name
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in STARTERS
    }
    assert found - TASK_OWNERS == set()


BROAD = {"Exception", "BaseException"}


def is_broad(kind: ast.expr | None) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(each is None or (isinstance(each, ast.Name) and each.id in BROAD) for each in kinds)


def swallows(node: ast.AST) -> bool:
    """Whether a node drops whatever goes wrong without a word."""
    if isinstance(node, ast.ExceptHandler):
        idle = all(isinstance(each, ast.Pass | ast.Continue) for each in node.body)
        return idle and is_broad(node.type)
    called = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", ""))
    return called == "suppress" and any(is_broad(each) for each in node.args)


def test_no_error_is_dropped_without_a_word() -> None:
    found = [
        f"{source.name}:{getattr(node, 'lineno', 0)}"
        for source in sources()
        for node in ast.walk(source.tree)
        if swallows(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("try: f()\nexcept Exception: pass", True),
        ("try: f()\nexcept: pass", True),
        ("try: f()\nexcept (KeyError, BaseException): pass", True),
        ("with contextlib.suppress(Exception): f()", True),
        ("try: f()\nexcept KeyError: pass", False),
        ("try: f()\nexcept Exception: log()", False),
        ("with suppress(KeyError): f()", False),
    ],
)
def test_dropping_is_recognised(code: str, expected: bool) -> None:
    assert any(swallows(node) for node in ast.walk(ast.parse(code))) is expected


def test_importing_the_package_is_light() -> None:
    """What only some need is not loaded for all."""
    heavy = {"alembic", "xllamacpp", "pypdf", "docx", "pptx", "openai", "jsonschema", "selectolax",
             "limits", "authlib", "pwdlib", "prometheus_client", "mcp", "mcp_types"}  # fmt: skip
    code = f"import sys, basicchat, basicchat.app; print(*{heavy!r} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []


TOOL = """
from basicchat.domain.chat import ToolResult, ToolSpec
from basicchat.domain.plugins import ToolPlugin

class Shout:
    spec = ToolSpec(
        name="shout",
        title="Shout",
        description="Say it louder.",
        parameters={"type": "object", "properties": {"text": {"type": "string"}},
                    "required": ["text"]},
    )

    async def run(self, arguments, context):
        return ToolResult(content=arguments["text"].upper())

PLUGIN = ToolPlugin(name="shout", create=lambda services: Shout())
"""
MODE = """
from basicchat.domain.turns import Answer
from basicchat.engine.commands import Ask, CallTool, Emit, Mode
from basicchat.domain.chat import ChatMessage

def run(turn):
    loud = yield CallTool(name="shout", arguments={"text": turn.question})
    yield Emit(kind="reasoning", text="louder")
    said = yield Ask(messages=(ChatMessage.from_text(role="user", text=loud.content),))
    return Answer(text=said.text)

MODE = Mode(name="loud", title="Loud", description="Asks louder.", run=run)
"""
FORMAT = """
from basicchat.domain.plugins import Format
from basicchat.domain.values import Page

def read(path):
    yield Page(number=None, start=0, text=path.read_bytes().decode()[5:])

FORMAT = Format(
    name="note", suffixes=(".note",), media_types=("text/x-note",),
    matches=lambda head: head.startswith(b"NOTE:"), read=read,
)
"""
PROVIDER = """
from basicchat.domain.chat import Finish, Model, TextDelta
from basicchat.domain.plugins import Provider

class Parrot:
    name = "parrot"

    async def models(self):
        return [Model(id="grey", provider="parrot")]

    async def stream(self, request):
        yield TextDelta(kind="answer", text=request.messages[-1].text + "!")
        yield Finish(reason="stop")

    async def close(self):
        pass

async def running(settings):
    return False

PROVIDER = Provider(
    name="parrot", priority=99, hint="Feed it.", configured=lambda settings: False,
    running=running, create=lambda settings: Parrot(),
)
"""
ENTRY_POINTS = """
[basicchat.tools]
shout = extras.shout:PLUGIN
[basicchat.modes]
loud = extras.loud:MODE
[basicchat.formats]
note = extras.note:FORMAT
[basicchat.providers]
parrot = extras.parrot:PROVIDER
"""
USE = """
import asyncio, sys
from pathlib import Path
from basicchat.app import open_app
from basicchat.config import Settings

async def main():
    folder = Path(sys.argv[1])
    (folder / "a.note").write_bytes(b"NOTE:The kettle is in the shed.")
    async with open_app(Settings(data_dir=folder / "data", provider="parrot")) as app:
        client = app.memory_client()
        await client.call("session.hello")
        out = await client.call("tool_execution", {"name": "shout", "arguments": {"text": "a"}})
        assert out["content"] == "A", out
        modes = await client.call("modes.list")
        assert "loud" in [mode["id"] for mode in modes["modes"]], modes
        done = await client.call("query", {"query": "polly", "reasoning_mode": "loud"})
        assert done["answer"] == "POLLY!", done
        assert (done["provider"], done["model"]) == ("parrot", "grey"), done
        assert (done["reasoning"], done["reasoning_mode"]) == ("louder", "loud"), done

        async def report(name, progress, message):
            pass

        (document,) = await app.index_paths([folder / "a.note"], report)
        assert document.status == "ready", document
        found = await client.call("documents.search", {"query": "kettle"})
        assert found["hits"][0]["text"] == "The kettle is in the shed.", found
        await client.close()
    print("all four work")

asyncio.run(main())
"""


def test_a_feature_is_one_file(tmp_path: Path) -> None:
    """A tool, a mode, a format and a provider of third parties, each in one file of its own."""
    site, metadata = tmp_path / "site", tmp_path / "site" / "extras-1.0.dist-info"
    package = site / "extras"
    package.mkdir(parents=True)
    metadata.mkdir()
    files = {"shout": TOOL, "loud": MODE, "note": FORMAT, "parrot": PROVIDER, "__init__": ""}
    for name, code in files.items():
        (package / f"{name}.py").write_text(code)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: extras\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    ran = subprocess.run(
        [sys.executable, "-c", USE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.endswith("all four work\n"), ran.stderr


@pytest.mark.parametrize(
    ("package", "code", "group", "kind"),
    [
        ("basicchat.tools", TOOL, "basicchat.tools", "domain.plugins:ToolPlugin"),
        ("basicchat.engine.modes", MODE, "basicchat.modes", "engine.commands:Mode"),
        ("basicchat.documents.formats", FORMAT, "basicchat.formats", "domain.plugins:Format"),
        ("basicchat.llm", PROVIDER, "basicchat.providers", "domain.plugins:Provider"),
    ],
)
def test_a_file_beside_the_others_is_found(
    tmp_path: Path, package: str, code: str, group: str, kind: str
) -> None:
    """Laid into its room, a feature's file needs no other edit, and the room stays as it was."""
    (tmp_path / "newcomer.py").write_text(code)
    module, name = kind.split(":")
    found = f"""
import importlib, sys
from basicchat.domain.plugins import discover
room = importlib.import_module({package!r})
kind = getattr(importlib.import_module("basicchat.{module}"), {name!r})
before = discover({package!r}, {group!r}, kind)
room.__path__.append({str(tmp_path)!r})
after = discover({package!r}, {group!r}, kind)
print(*sorted({{each.name for each in after}} - {{each.name for each in before}}))
"""
    ran = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert ran.stdout.split() in (["shout"], ["loud"], ["note"], ["parrot"])
