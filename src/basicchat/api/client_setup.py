"""Configuration of common MCP clients for this server.

Paths and field names are from each client's own documentation, as of November 2026.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from basicchat.domain.errors import NotFound

Entry = dict[str, Any]
NAME = "basicchat"


class _Moved(NamedTuple):
    variable: str
    instead_of: str


# Platform → the variable that moves the configuration folder, and the default it replaces.
_MOVED = {
    "darwin": _Moved("", "Library/Application Support"),
    "win32": _Moved("APPDATA", "AppData/Roaming"),
    "linux": _Moved("XDG_CONFIG_HOME", ".config"),
}


@dataclass(frozen=True)
class Program:
    """A program that a client starts and talks to over stdin and stdout."""

    command: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None


def own_program(*arguments: str) -> Program:
    """This program with its absolute path, because clients do not use a shell's PATH."""
    executable = Path(sys.executable).parent / ("basicchat.exe" if os.name == "nt" else "basicchat")
    if executable.exists():
        return Program(str(executable), ("mcp", *arguments))
    return Program(sys.executable, ("-m", "basicchat", "mcp", *arguments))


@dataclass(frozen=True)
class ClientApp:
    """An MCP client: the location and format of its configuration.

    Args:
        files: the configuration file by platform (`darwin`, `win32`, else `linux`), below the
            home folder.
        folder: the environment variable that moves the file to another folder.
        key: the object in the file that contains the servers by name.
        typed: true if an entry has a `type` for its transport.
        remote: makes the entry of a server with a URL; None if the file accepts only programs.
        then: the next step for the user.
    """

    id: str
    title: str
    files: Mapping[str, str]
    then: str
    key: str = "mcpServers"
    typed: bool = False
    remote: Callable[[str], Entry] | None = None
    folder: str | None = None

    def file(
        self,
        home: Path,
        platform: str = sys.platform,
        environ: Mapping[str, str] = os.environ,
    ) -> Path:
        """The path of its configuration file, moved as environment variables say."""
        path = Path(self.files.get(platform, self.files["linux"]))
        if self.folder is not None and environ.get(self.folder):
            return Path(environ[self.folder]) / path.name
        moved = _MOVED.get(platform, _MOVED["linux"])
        base = environ.get(moved.variable, "")
        if base and Path(base).is_absolute() and path.is_relative_to(moved.instead_of):
            return Path(base) / path.relative_to(moved.instead_of)
        return home / path

    def local(self, program: Program) -> Entry:
        """The entry of a program that the client starts."""
        entry: Entry = {"type": "stdio"} if self.typed else {}
        entry |= {"command": program.command, "args": list(program.arguments)}
        return entry | ({"env": dict(program.environment)} if program.environment else {})

    def configuration(self, entry: Entry, name: str = NAME) -> Entry:
        """A complete configuration file with one server."""
        return {self.key: {name: entry}}


def _with_type(url: str) -> Entry:
    return {"type": "http", "url": url}


_VSCODE = "Code/User/mcp.json"
_DESKTOP = "Claude/claude_desktop_config.json"
CLIENTS = (
    ClientApp(
        id="claude-desktop",
        title="Claude Desktop",
        files={
            "darwin": f"Library/Application Support/{_DESKTOP}",
            "win32": f"AppData/Roaming/{_DESKTOP}",
            "linux": f".config/{_DESKTOP}",
        },
        then="Quit Claude Desktop and start it again.",
    ),
    ClientApp(
        id="claude-code",
        title="Claude Code",
        files={"linux": ".claude.json"},
        folder="CLAUDE_CONFIG_DIR",
        typed=True,
        remote=_with_type,
        then="Start Claude Code anew; `/mcp` shows the server, and logs in where that is needed.",
    ),
    ClientApp(
        id="cursor",
        title="Cursor",
        files={"linux": ".cursor/mcp.json"},
        remote=lambda url: {"url": url},
        then="Start Cursor anew; the server is listed, and turned on, under Customize, MCPs.",
    ),
    ClientApp(
        id="vscode",
        title="VS Code",
        files={
            "darwin": f"Library/Application Support/{_VSCODE}",
            "win32": f"AppData/Roaming/{_VSCODE}",
            "linux": f".config/{_VSCODE}",
        },
        key="servers",
        typed=True,
        remote=_with_type,
        then="Run the command “MCP: List Servers” and start the server.",
    ),
    ClientApp(
        id="windsurf",
        # The editor is Devin Desktop since June 2026; its Cascade still reads this file.
        title="Windsurf (Cascade)",
        files={"linux": ".codeium/windsurf/mcp_config.json"},
        remote=lambda url: {"serverUrl": url},
        then="Press the refresh button of Cascade's list of MCP servers. The editor's newer agent, "
        "Devin Local, has a file of its own: `basicchat mcp install devin`.",
    ),
    ClientApp(
        id="devin",
        title="Devin Desktop (formerly Windsurf)",
        files={
            "win32": "AppData/Roaming/devin/mcp_config.json",
            "linux": ".config/devin/mcp_config.json",
        },
        remote=lambda url: {"url": url, "transport": "http"},
        then="Open the list of MCP servers; Authenticate logs in where that is needed.",
    ),
)


def client_app(name: str) -> ClientApp:
    """A client by its id.

    Raises:
        NotFound: there is no such client.
    """
    for client in CLIENTS:
        if client.id == name:
            return client
    client_ids = ", ".join(client.id for client in CLIENTS)
    raise NotFound(f"There is no client {name}", hint=f"There are: {client_ids}.")


def shown(configuration: Entry) -> str:
    """A configuration as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(configuration), indent=2).decode() + "\n"
