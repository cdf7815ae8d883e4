"""What the configuration file of an MCP client contains for this server, and where it is."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

Entry = dict[str, Any]
FileFormat = Literal["json", "toml", "yaml"]
NAME = "basicchat"


class Moved(NamedTuple):
    """The variable that names another folder, and the default folder that it replaces."""

    variable: str
    instead_of: str


_PLATFORM_FOLDERS = {
    "darwin": Moved("", "Library/Application Support"),
    "win32": Moved("APPDATA", "AppData/Roaming"),
    "linux": Moved("XDG_CONFIG_HOME", ".config"),
}


@dataclass(frozen=True)
class Program:
    """A program that a client starts and talks to over stdin and stdout."""

    command: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] | None = None

    def install_command(self, client_id: str) -> str:
        """The command that adds this program to a client's configuration."""
        after = self.arguments.index("mcp") + 1
        before, options = self.arguments[:after], self.arguments[after:]
        words = (self.command, *before, "install", client_id, *options)
        return " ".join(f'"{word}"' if any(map(str.isspace, word)) else word for word in words)


def own_program(*arguments: str) -> Program:
    """This program with its absolute path, because clients do not use a shell's PATH."""
    executable = Path(sys.executable).parent / ("basicchat.exe" if os.name == "nt" else "basicchat")
    if executable.exists():
        return Program(str(executable), ("mcp", *arguments))
    return Program(sys.executable, ("-m", "basicchat", "mcp", *arguments))


def command_and_args(program: Program) -> Entry:
    """The entry of a program as most clients write it."""
    entry: Entry = {"command": program.command, "args": list(program.arguments)}
    return entry | ({"env": dict(program.environment)} if program.environment else {})


@dataclass(frozen=True)
class ClientApp:
    """An MCP client: the location and format of its configuration.

    Args:
        files: the configuration file by platform (`darwin`, `win32`, else `linux`), below the
            home folder.
        then: the next step for the user.
        key: the table in the file that contains the servers by name.
        format: of the file.
        local: makes the entry of a program.
        remote: makes the entry of a server with a URL; None if the file accepts only programs.
        moved: the client's own variable that moves the file, on every platform.
        instead: the name of a file that takes precedence, if it exists in the same folder.
        named: true if an entry contains the name, and its key is the name in lower case.
    """

    id: str
    title: str
    files: Mapping[str, str]
    then: str
    key: str = "mcpServers"
    format: FileFormat = "json"
    local: Callable[[Program], Entry] = command_and_args
    remote: Callable[[str], Entry] | None = None
    moved: Moved | None = None
    instead: str | None = None
    named: bool = False

    def file(
        self,
        home: Path,
        platform: str = sys.platform,
        environ: Mapping[str, str] = os.environ,
    ) -> Path:
        """The path of its configuration file, moved as environment variables say."""
        path = self._moved(Path(self.files.get(platform, self.files["linux"])), platform, environ)
        instead = home / path.with_name(self.instead or path.name)
        return instead if instead.exists() else home / path

    def _moved(self, path: Path, platform: str, environ: Mapping[str, str]) -> Path:
        for moved in (self.moved, _PLATFORM_FOLDERS.get(platform, _PLATFORM_FOLDERS["linux"])):
            folder = environ.get(moved.variable, "") if moved else ""
            if moved and Path(folder).is_absolute() and path.is_relative_to(moved.instead_of):
                return Path(folder) / path.relative_to(moved.instead_of)
        return path

    def member(self, name: str, entry: Entry) -> tuple[str, Entry]:
        """The key and the value of an entry for a server of this name."""
        return (name.lower(), {"name": name, **entry}) if self.named else (name, entry)

    def configuration(self, entry: Entry, name: str = NAME) -> str:
        """A complete configuration file with one server."""
        key, value = self.member(name, entry)
        return RENDERERS[self.format](self.key, key, value)


def as_json(key: str, name: str, entry: Entry) -> str:
    """`{key: {name: entry}}` as indented JSON."""
    text = msgspec.json.encode({key: {name: entry}})
    return msgspec.json.format(text, indent=2).decode() + "\n"


def as_toml(key: str, name: str, entry: Entry) -> str:
    """`{key: {name: entry}}` as a TOML table; JSON's strings and lists are also TOML's."""
    lines = [f"{member} = {_toml_value(value)}" for member, value in entry.items()]
    return "\n".join((f"[{key}.{name}]", *lines)) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        members = (f"{member} = {_toml_value(each)}" for member, each in value.items())
        return "{ " + ", ".join(members) + " }"
    return _json(value)


def as_yaml(key: str, name: str, entry: Entry, indent: str = "  ") -> str:
    """`{key: {name: entry}}` as YAML mappings; their values are JSON, which is also YAML."""
    lines = [f"{indent * 2}{member}: {_json(value)}" for member, value in entry.items()]
    # Unquoted, names such as `no` and `1` would not be strings.
    shown = name if name.startswith(NAME) else _json(name)
    return "\n".join((f"{key}:", f"{indent}{shown}:", *lines)) + "\n"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode().replace("\x7f", "\\u007f")


RENDERERS: Mapping[FileFormat, Callable[[str, str, Entry], str]] = {
    "json": as_json,
    "toml": as_toml,
    "yaml": as_yaml,
}
