"""The architecture as data: which package may import which."""

import ast
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
# package: packages that it may import, besides itself
ROOMS: dict[str, frozenset[str]] = {
    "protocol": frozenset(),
    "domain": frozenset(),
    "language": frozenset({"domain"}),
    "engine": frozenset({"domain", "language", "redis", "broker"}),
    "llm": frozenset({"domain", "language"}),
    "tools": frozenset({"domain"}),
    # A client of MCP servers, whose tools it offers.
    "tool_servers": frozenset({"domain"}),
    "documents": frozenset({"domain", "language"}),
    "storage": frozenset({"domain", "language", "redis"}),
    "accounts": frozenset({"domain", "redis", "broker"}),
    "hub": frozenset({"domain", "redis", "broker"}),
    # A worker's link to the broker, which the implementations of ports there share.
    "broker": frozenset({"domain"}),
    # The supervisor of several processes and the broker in it, without the application.
    "workers": frozenset({"domain", "broker", "hub", "engine", "accounts", "ops", "config"}),
    # The connection that the implementations of ports in Redis share.
    "redis": frozenset({"domain"}),
    "ops": frozenset({"domain"}),
    "web": frozenset(),
    "client": frozenset({"protocol"}),
    "config": frozenset({"domain"}),
    # A separate program, a client of the server.
    "mqtt": frozenset({"client", "protocol", "domain"}),
    "api": frozenset({"protocol", "domain", "engine", "hub", "documents", "accounts"}),
    # The router takes and returns the domain's values and errors, so its callers import them too.
    "transports": frozenset({"protocol", "api", "domain"}),
    "mcp": frozenset({"protocol", "api", "domain"}),
    "testing": ANY,
    # A program of its own: MCP between stdio and a server, or an app in this process.
    "bridge": frozenset(
        {"protocol", "domain", "mcp", "api", "transports", "client", "config", "ops", "app"}
    ),
    # Assembly.
    "app": ANY,
    "serving": ANY,
    "cli": ANY,
    "__main__": ANY,
}
# A connection is a subscriber of the hub, and owns its outbox and writes what that sends.
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
    ("app.answering", "basicchat.tool_servers.server"),
    ("app.answering", "basicchat.tool_servers.source"),
    ("app.factories", "basicchat.app.factories_broker"),
    ("app.factories", "basicchat.app.factories_redis"),
    ("accounts.rate_limiter_memory", "basicchat.accounts.sliding_window"),
    ("app.factories", "basicchat.storage.postgres.blobs"),
    ("app.factories", "basicchat.storage.postgres.database"),
    ("app.factories", "basicchat.storage.postgres.search.index"),
    ("app.factories", "basicchat.storage.postgres.store"),
    ("app.factories", "basicchat.storage.postgres.url"),
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
    ("bridge.transport_selection", "basicchat.bridge.folder_transport"),
    ("bridge.transport_selection", "basicchat.bridge.http_transport"),
    ("cli", "basicchat.cli.program"),
    ("cli.serve", "basicchat.serving"),
    ("cli.serve", "basicchat.serving.worker"),
    ("cli.serve", "basicchat.workers.supervisor"),
    ("cli.mcp", "basicchat.bridge.stdio_server"),
    ("cli.mqtt", "basicchat.mqtt.broker_aiomqtt"),
    ("cli.mcp", "basicchat.cli.in_process"),
    ("cli.mcp_install", "basicchat.cli.yaml_edit"),
    ("documents.encodings", "chardet"),
    ("documents.folder_watch", "watchfiles"),
    ("documents.encodings", "webencodings"),
    ("documents.formats.docx", "basicchat.documents.ooxml.word_text"),
    ("documents.formats.doc", "basicchat.documents.ole.word_text"),
    ("documents.formats.msg", "basicchat.documents.ole.outlook"),
    ("documents.formats.ppt", "basicchat.documents.ole.powerpoint_text"),
    ("documents.formats.epub", "basicchat.documents.xml_archive"),
    ("documents.formats.epub", "basicchat.documents.xml_tree"),
    ("documents.formats.html", "selectolax.lexbor"),
    ("documents.formats.opendocument", "basicchat.documents.xml_archive"),
    ("documents.formats.opendocument", "basicchat.documents.opendocument"),
    ("documents.formats.opendocument", "basicchat.documents.xml_tree"),
    ("documents.formats.rtf", "striprtf.striprtf"),
    ("documents.formats.xls", "python_calamine"),
    ("documents.formats.xml", "basicchat.documents.xml_tree"),
    ("documents.ooxml.office_file", "basicchat.documents.ooxml.package"),
    ("documents.formats.pdf", "pypdf"),
    ("documents.formats.pdf", "pypdf.errors"),
    ("documents.formats.pptx", "basicchat.documents.ooxml.slide_text"),
    ("documents.formats.xlsx", "basicchat.documents.ooxml.sheet_text"),
    ("documents.ole.compound_file", "olefile"),
    ("documents.ole.outlook", "striprtf.striprtf"),
    ("documents.pdf_pages", "pypdf"),
    ("documents.pdf_pages", "pypdf.generic"),
    ("documents.pdfium_text", "pypdfium2"),
    ("engine.tool_calls", "jsonschema"),
    ("llm.llamacpp", "xllamacpp"),
    ("mcp.lazy", "basicchat.mcp.http.app"),
    ("mcp.lazy", "basicchat.mcp.server"),
    ("mcp.lazy", "basicchat.mcp.wire.frame_session"),
    ("mcp.server", "basicchat.mcp.fixtures.catalogue"),
    ("mcp.tool_names", "basicchat.mcp.features.tool_types"),
    ("llm.llamacpp_child", "xllamacpp"),
    ("ops.egress", "httpx2"),
    ("ops.prometheus", "prometheus_client"),
    ("ops.prometheus", "prometheus_client.core"),
    ("ops.prometheus", "prometheus_client.exposition"),
    ("ops.descriptors", "resource"),
    ("redis.client", "redis.asyncio"),
    ("redis.client", "redis.asyncio.cluster"),
    ("redis.client", "redis.asyncio.retry"),
    ("redis.client", "redis.asyncio.sentinel"),
    ("redis.client", "redis.backoff"),
    ("redis.commands", "redis"),
    ("redis.lanes", "redis.asyncio.connection"),
    ("serving.process", "uvloop"),
    ("serving.worker", "uvloop"),
    ("workers.supervisor", "uvloop"),
    ("storage.postgres.schema", "alembic"),
    ("storage.postgres.schema", "alembic.config"),
    ("storage.postgres.schema", "sqlalchemy.ext.asyncio"),
    ("storage.postgres.schema", "sqlalchemy.pool"),
    ("storage.sqlite.schema", "alembic"),
    ("storage.sqlite.schema", "alembic.config"),
    ("testing.llama_server", "xllamacpp"),
}
# Modules that may start tasks, because they await and end them.
TASK_OWNERS = {
    "cli.chat_screen",
    "cli.conversation_loop",
    "bridge.endings",
    "client.blocking",
    "client.http_transport",
    "client.task_group",
    "engine.driver",
    "engine.model_calls",
    "engine.progress",
    "engine.runner",
    "hub.jobs",
    "llm.discovery",
    "llm.llamacpp_server",
    "mqtt.bridge",
    "ops.supervisor",
    "redis.link",
    "redis.subscriptions",
    "serving.process",
    "serving.server",
    "storage.postgres.database",
    "storage.sqlite.connection",
    "testing.ollama_server",
    "transports.memory",
    "tool_servers.connection",
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


# Modules that may name SQLite besides its own folder: the settings that choose it, the factories,
# the bus between processes that share a file, and files that are not the server's database.
NAMES_SQLITE = {
    "app.factories",
    "cli.chat",
    "client.file_queue",
    "config.settings",
    "hub.bus_sqlite",
    "mqtt.bridge_state",
}
SQLITE_ONLY = re.compile(r"sqlite|fts5|\bpragma [a-z]|json_each|\bapsw\b", re.IGNORECASE)


def test_only_the_sqlite_folder_knows_sqlite() -> None:
    """Another database needs only another folder and a branch in the factories."""
    found = {
        source.name
        for source in sources()
        if not source.name.startswith("storage.sqlite")
        for node in ast.walk(source.tree)
        if SQLITE_ONLY.search(without_docstring(node))
    }
    assert found == NAMES_SQLITE


def without_docstring(node: ast.AST) -> str:
    """The text of a node: an identifier, an imported module, or a string other than a docstring."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return " ".join(imported(node))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return "" if "\n" in node.value.strip() or node.value.endswith(".") else node.value
    return " ".join(str(getattr(node, field, "")) for field in ("id", "attr", "arg", "name"))


# Implementations of ports, which assembly gets from its factories.
IMPLEMENTATIONS = re.compile(r"storage\.|.*_(memory|sqlite|redis|broker)$|ops\.(egress|clock)$")


def test_only_the_factories_choose_implementations() -> None:
    wrong = [
        f"{source.name} → {name}"
        for source in sources()
        if source.room == "app" and not source.name.startswith("app.factories")
        for name in sorted(edges(source))
        if IMPLEMENTATIONS.match(name)
    ]
    assert wrong == []


def test_imports_have_no_cycle() -> None:
    graph = {source.name: edges(source) - {source.name} for source in sources()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        pytest.fail(" → ".join(cycle.args[1]))


# Maximum length of a chain of imports within a package.
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


# floor of `mcp`: what of `mcp` it may import, besides itself. `identity` has constants alone.
FLOORS = {
    "features": {"identity"},
    "wire": {"features", "identity"},
    "http": {"features", "identity", "wire"},
}


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


def test_imports_are_at_the_top() -> None:
    found = {
        (source.name, name)
        for source in sources()
        for node in inner_nodes(source.tree)
        for name in imported(node)
    }
    assert found - INLINE == set()


# A separate process, started only where these limits exist.
POSIX_PROGRAMS = {"documents.worker"}


def test_no_module_needs_posix_to_be_imported() -> None:
    """Modules that Windows lacks are imported under a condition, or where they are used."""
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
    """Whether a node drops every exception silently."""
    if isinstance(node, ast.ExceptHandler):
        idle = all(isinstance(each, ast.Pass | ast.Continue) for each in node.body)
        return idle and is_broad(node.type)
    called = isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", ""))
    return called == "suppress" and any(is_broad(each) for each in node.args)


def test_no_error_is_dropped_silently() -> None:
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
def test_dropped_errors_are_recognised(code: str, expected: bool) -> None:
    assert any(swallows(node) for node in ast.walk(ast.parse(code))) is expected


def test_importing_the_package_is_light() -> None:
    """Optional dependencies are not loaded."""
    heavy = {"alembic", "xllamacpp", "pypdf", "docx", "pptx", "openai", "jsonschema", "selectolax",
             "limits", "authlib", "pwdlib", "prometheus_client", "mcp", "mcp_types"}  # fmt: skip
    code = f"import sys, basicchat, basicchat.app; print(*{heavy!r} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
