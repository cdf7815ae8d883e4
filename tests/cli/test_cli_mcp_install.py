"""`basicchat mcp install`: what is written for each client, and what stays as it was."""

import gc
import json
import os
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from test_cli_people import called as called_as_process
from test_cli_people import extractive

from basicchat.api.client_setup import CLIENTS, client_app
from basicchat.cli.program import run

URL = "http://box:8765"


class Ended(NamedTuple):
    """What a call of the program has left."""

    returncode: int
    stdout: str
    stderr: str


FILES = {
    "claude-desktop": "Claude/claude_desktop_config.json",
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "vscode": "Code/User/mcp.json",
    "windsurf": ".codeium/windsurf/mcp_config.json",
    "devin": "devin/mcp_config.json",
    "gemini-cli": ".gemini/settings.json",
    "copilot-cli": ".copilot/mcp-config.json",
    "zed": "zed/settings.json",
    "codex": ".codex/config.toml",
    "goose": "goose/config.yaml",
    "opencode": "opencode/opencode.json",
}
REMOTE = {
    "claude-code": {"type": "http", "url": f"{URL}/mcp"},
    "cursor": {"url": f"{URL}/mcp"},
    "vscode": {"type": "http", "url": f"{URL}/mcp"},
    "windsurf": {"serverUrl": f"{URL}/mcp"},
    "devin": {"url": f"{URL}/mcp", "transport": "http"},
    "gemini-cli": {"httpUrl": f"{URL}/mcp"},
    "copilot-cli": {"type": "http", "url": f"{URL}/mcp", "tools": ["*"]},
    "zed": {"url": f"{URL}/mcp"},
    "codex": {"url": f"{URL}/mcp", "tool_timeout_sec": 300},
    "goose": {
        "enabled": True,
        "type": "streamable_http",
        "name": "basicchat",
        "description": "Ask your own documents and conversations",
        "uri": f"{URL}/mcp",
        "timeout": 300,
    },
    "opencode": {"type": "remote", "url": f"{URL}/mcp", "enabled": True},
}
PARSERS = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
# The entry of a program: what contains the command with its arguments, and the environment.
LOCAL = {"goose": ("cmd", "args", "envs"), "opencode": ("command", None, "environment")}


@pytest.fixture
def called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ended]]:
    """Calls the program in this process, with the environment of another one."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in extractive(tmp_path).items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as ended:
            run(arguments)
        output = capsys.readouterr()
        return Ended(int(ended.value.code or 0), output.out, output.err)

    mask = os.umask(0o022)
    yield call
    os.umask(mask)
    gc.unfreeze()


@pytest.fixture
def done(called: Callable[..., Ended]) -> Callable[..., list[str]]:
    """Calls the program, which must succeed; returns what it prints."""

    def call(*arguments: str) -> list[str]:
        ended = called(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        return ended.stdout.splitlines()

    return call


def servers(home: Path, client: str) -> dict[str, dict[str, Any]]:
    app = client_app(client)
    return parsed(client, (home / FILES[client]).read_text())[app.key]


def parsed(client: str, text: str) -> dict[str, Any]:
    content: dict[str, Any] = PARSERS[client_app(client).format](text)
    return content


def started(client: str, entry: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment of an entry."""
    command, arguments, environment = LOCAL.get(client, ("command", "args", "env"))
    words = [entry[command], *entry[arguments]] if arguments else entry[command]
    assert isinstance(words, list)
    return words, entry.get(environment, {})


def test_the_program_adds_itself(tmp_path: Path) -> None:
    ended = called_as_process(tmp_path, "mcp", "install", "codex", "--server", URL)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert servers(tmp_path, "codex")["basicchat"] == REMOTE["codex"]


def test_all_clients_are_here() -> None:
    assert {client.id for client in CLIENTS} == FILES.keys()


@pytest.mark.parametrize("client", FILES)
def test_a_client_starts_this_program_by_its_absolute_path(
    tmp_path: Path, done, client: str
) -> None:
    done("mcp", "install", client)
    entry = servers(tmp_path, client)["basicchat"]
    (command, *arguments), _ = started(client, entry)
    assert os.access(command, os.X_OK)
    assert Path(command).is_absolute()
    folder = str(tmp_path / "data" / "basicchat")
    assert arguments[arguments.index("mcp") :] == ["mcp", "--data-dir", folder]


@pytest.mark.parametrize("client", REMOTE)
@pytest.mark.parametrize("server", [URL, f"{URL}/", f"{URL}/mcp"])
def test_a_client_receives_a_url(tmp_path: Path, done, client: str, server: str) -> None:
    done("mcp", "install", client, "--server", server)
    assert servers(tmp_path, client)["basicchat"] == REMOTE[client]


@pytest.mark.parametrize("client", FILES)
def test_with_a_key_a_client_starts_the_bridge(tmp_path: Path, done, client: str) -> None:
    done("mcp", "install", client, "--server", URL, "--token", "bc_1_2")
    entry = servers(tmp_path, client)["basicchat"]
    command, environment = started(client, entry)
    assert environment == {"BASICCHAT_TOKEN": "bc_1_2"}
    assert "bc_1_2" not in str(command), "arguments are for all users of a machine to see"
    assert stat.S_IMODE((tmp_path / FILES[client]).stat().st_mode) == 0o600


def test_other_entries_stay_and_a_backup_is_kept(tmp_path: Path, done) -> None:
    file = tmp_path / FILES["claude-code"]
    before = '{"theme": "dark", "mcpServers": {"other": {"command": "x"}, "basicchat": {"a": 1}}}'
    file.write_text(before)
    done("mcp", "install", "claude-code", "--server", URL)
    after = json.loads(file.read_text())
    assert after["theme"] == "dark"
    assert after["mcpServers"] == {"other": {"command": "x"}, "basicchat": REMOTE["claude-code"]}
    [kept] = tmp_path.glob(".claude.json.*.bak")
    assert kept.read_text() == before


def test_a_linked_file_stays_a_link(tmp_path: Path, done) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / FILES["cursor"]
    link.parent.mkdir()
    real.write_text("{}")
    link.symlink_to(real)
    done("mcp", "install", "cursor", "--server", URL)
    assert link.is_symlink()
    assert json.loads(real.read_text())["mcpServers"]["basicchat"] == REMOTE["cursor"]


COMMENTED = {
    "codex": """# My settings.
model = "gpt-6"  # the newest

[mcp_servers.other]
command = "x"

# Ours.
[mcp_servers.basicchat]
url = "http://old/mcp"

[mcp_servers.basicchat.env]
OLD = "1"

[profiles.slow]  # at the end
model = "o"
""",
    "goose": """# My settings.
GOOSE_MODEL: gpt-6  # the newest
extensions:
  other:
    enabled: true
    type: stdio
    cmd: x
    args:
    - "y"
  # Ours.
  basicchat:
    enabled: false
    uri: http://old/mcp
GOOSE_MODE: auto  # at the end
""",
    "opencode": """{
  // My settings.
  "model": "gpt-6", // the newest
  "mcp": {
    "other": {"type": "local", "command": ["x"]},
    // Ours.
    "basicchat": {"type": "remote", "url": "http://old/mcp", "enabled": false},
  },
  "theme": "dark", // at the end
}
""",
}


@pytest.mark.parametrize("client", COMMENTED)
def test_comments_and_other_entries_stay(tmp_path: Path, done, client: str) -> None:
    file, before = tmp_path / FILES[client], COMMENTED[client]
    file.parent.mkdir(parents=True)
    file.write_text(before)
    done("mcp", "install", client, "--server", URL)
    after = file.read_text()
    for comment in ("My settings.", "the newest", "Ours.", "at the end"):
        assert comment in after
    # Every line is as before, except those of the entry.
    gone = [line for line in before.splitlines() if line and line not in after.splitlines()]
    assert all(
        "old/mcp" in line or "OLD" in line or "basicchat.env" in line or "false" in line
        for line in gone
    )
    if client != "opencode":
        assert servers(tmp_path, client)["basicchat"] == REMOTE[client]
        assert "other" in servers(tmp_path, client)
    done("mcp", "install", client, "--server", URL)
    assert file.read_text() == after
    [kept] = file.parent.glob("*.bak")
    assert kept.read_text() == before


@pytest.mark.parametrize(
    ("client", "content"),
    [
        ("codex", "model = \n"),
        ("codex", "mcp_servers = {}\n"),
        ("codex", "mcp_servers = 3\n"),
        ("codex", "[mcp_servers]\nbasicchat = {command = 'x'}\n"),
        ("codex", "[a]\n[a]\n"),
        ("codex", "\x00"),
        ("goose", "extensions: [\n"),
        ("goose", "extensions: 3\n"),
        ("goose", "extensions: {a: {b: 1}}\n"),
        ("goose", "- a\n"),
        ("goose", "a: b: c\n"),
        ("goose", "a: &x 1\nb: *x\n"),
        ("goose", "\tx: 1\n"),
        ("opencode", '{"mcp": []}'),
    ],
)
def test_a_file_of_another_form_is_left_alone(
    tmp_path: Path, called, client: str, content: str
) -> None:
    file = tmp_path / FILES[client]
    file.parent.mkdir()
    file.write_text(content)
    ended = called("mcp", "install", client)
    assert ended.returncode == 1
    assert "was not changed" in ended.stderr
    assert f"basicchat mcp install {client} --print" in ended.stderr
    assert file.read_text() == content
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_the_file_with_precedence_is_changed(tmp_path: Path, done) -> None:
    file = (tmp_path / FILES["opencode"]).with_suffix(".jsonc")
    file.parent.mkdir()
    file.write_text("{} // mine\n")
    done("mcp", "install", "opencode", "--server", URL)
    assert "// mine" in file.read_text()
    assert URL in file.read_text()
    assert not (tmp_path / FILES["opencode"]).exists()


def test_goose_finds_an_entry_by_its_lower_case_name(tmp_path: Path, done) -> None:
    done("mcp", "install", "goose", "--server", URL, "--name", "Home")
    assert servers(tmp_path, "goose") == {"home": {**REMOTE["goose"], "name": "Home"}}


@pytest.mark.parametrize(
    "content",
    ["{// mine", "[]", '{"mcpServers": []}', '{"mcpServers": {', "\x00", '{"a": 1 "b": 2}', "{,}"],
)
def test_a_file_that_is_not_understood_is_left_alone(tmp_path: Path, called, content: str) -> None:
    file = tmp_path / FILES["cursor"]
    file.parent.mkdir()
    file.write_text(content)
    ended = called("mcp", "install", "cursor")
    assert ended.returncode == 1
    assert "was not changed" in ended.stderr
    assert "--print" in ended.stderr
    assert file.read_text() == content
    assert [each.name for each in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("client", ["vscode", "codex", "goose", "opencode"])
def test_printing_changes_no_file(tmp_path: Path, done, client: str) -> None:
    printed = "\n".join(done("mcp", "install", client, "--server", URL, "--print"))
    key = client_app(client).key
    assert parsed(client, printed) == {key: {"basicchat": REMOTE[client]}}
    assert not (tmp_path / FILES[client]).exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["emacs"], 1, "Known clients: claude-desktop"),
        (["cursor", "--server", "box"], 2, "is not an address"),
        (["cursor", "--token", "t"], 2, "--token requires --server"),
        (["codex", "--name", "a b"], 2, "--name: only letters"),
        (["claude-desktop", "--server", URL], 1, "Pass a key with --token"),
    ],
)
def test_errors_are_reported(
    tmp_path: Path, called, arguments: list[str], code: int, said: str
) -> None:
    ended = called("mcp", "install", *arguments)
    assert ended.returncode == code
    assert said in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "start"),
    [
        (b"\xef\xbb\xbf{}", b"\xef\xbb\xbf{"),
        (b'{\r\n  "a": 1\r\n}\r\n', b'{\r\n  "a": 1,\r\n  "servers": {\r\n'),
        (b"", b"{\n"),
        (b'{\n  // mine\n  "inputs": [],\n}\n', b'{\n  // mine\n  "inputs": [],\n  "servers": {\n'),
    ],
)
def test_a_file_keeps_its_form(tmp_path: Path, done, before: bytes, start: bytes) -> None:
    file = tmp_path / FILES["vscode"]
    file.parent.mkdir(parents=True)
    file.write_bytes(before)
    done("mcp", "install", "vscode", "--server", URL)
    after = file.read_bytes()
    assert after.startswith(start)
    assert b'"type": "http"' in after
    assert after.count(b"\n") - after.count(b"\r\n") == (
        0 if b"\r" in before else after.count(b"\n")
    )


def test_a_repetition_changes_nothing_and_each_change_is_kept(tmp_path: Path, done) -> None:
    file = tmp_path / FILES["cursor"]
    file.parent.mkdir()
    file.write_text('{"mcpServers": {}}')
    for server in (URL, URL, "http://other:1"):
        done("mcp", "install", "cursor", "--server", server)
    kept = sorted(file.parent.glob("*.bak"))
    assert [json.loads(each.read_text())["mcpServers"] for each in kept] == [
        {},
        {"basicchat": REMOTE["cursor"]},
    ]
    assert servers(tmp_path, "cursor")["basicchat"] == {"url": "http://other:1/mcp"}


@pytest.mark.parametrize("wrong", ["a folder", "another encoding", "no folder"])
def test_a_failed_write_is_reported(tmp_path: Path, called, wrong: str) -> None:
    file = tmp_path / FILES["cursor"]
    if wrong == "no folder":
        (tmp_path / ".cursor").write_text("")
    elif wrong == "a folder":
        file.mkdir(parents=True)
    else:
        file.parent.mkdir()
        file.write_bytes('{"ü": 1}'.encode("utf-16"))
    ended = called("mcp", "install", "cursor")
    assert ended.returncode == 1
    assert "was not changed" in ended.stderr
    assert "--print" in ended.stderr
    assert "Traceback" not in ended.stderr


HOME = Path("/home/ada")
DESKTOP, CODE = "claude_desktop_config.json", "Code/User/mcp.json"
MAC = HOME / "Library/Application Support"


@pytest.mark.parametrize(
    ("client", "platform", "environ", "file"),
    [
        ("claude-desktop", "darwin", {}, MAC / "Claude" / DESKTOP),
        ("claude-desktop", "win32", {}, HOME / "AppData/Roaming/Claude" / DESKTOP),
        ("claude-desktop", "win32", {"APPDATA": "/elsewhere"}, Path("/elsewhere/Claude") / DESKTOP),
        ("claude-desktop", "linux", {}, HOME / ".config/Claude" / DESKTOP),
        ("vscode", "darwin", {"XDG_CONFIG_HOME": "/x"}, MAC / CODE),
        ("vscode", "win32", {"XDG_CONFIG_HOME": "/x"}, HOME / "AppData/Roaming" / CODE),
        ("vscode", "linux", {"XDG_CONFIG_HOME": "/x"}, Path("/x") / CODE),
        ("vscode", "linux", {"XDG_CONFIG_HOME": "not/absolute"}, HOME / ".config" / CODE),
        ("vscode", "freebsd14", {}, HOME / ".config" / CODE),
        ("cursor", "win32", {"APPDATA": "/elsewhere"}, HOME / ".cursor/mcp.json"),
        ("claude-code", "linux", {"XDG_CONFIG_HOME": "/x"}, HOME / ".claude.json"),
        ("claude-code", "darwin", {"CLAUDE_CONFIG_DIR": "/c"}, Path("/c/.claude.json")),
        ("windsurf", "darwin", {}, HOME / ".codeium/windsurf/mcp_config.json"),
        ("devin", "darwin", {}, HOME / ".config/devin/mcp_config.json"),
        ("devin", "win32", {"APPDATA": "/r"}, Path("/r/devin/mcp_config.json")),
        ("gemini-cli", "linux", {"GEMINI_CLI_HOME": "/g"}, Path("/g/.gemini/settings.json")),
        ("copilot-cli", "win32", {"COPILOT_HOME": "/c"}, Path("/c/mcp-config.json")),
        ("zed", "darwin", {"XDG_CONFIG_HOME": "/x"}, HOME / ".config/zed/settings.json"),
        ("codex", "darwin", {}, HOME / ".codex/config.toml"),
        ("codex", "win32", {"CODEX_HOME": "/c"}, Path("/c/config.toml")),
        ("goose", "darwin", {"XDG_CONFIG_HOME": "/x"}, Path("/x/goose/config.yaml")),
        ("goose", "win32", {"APPDATA": "/r"}, Path("/r/Block/goose/config/config.yaml")),
        ("opencode", "win32", {"APPDATA": "/r"}, HOME / ".config/opencode/opencode.json"),
        ("opencode", "darwin", {"XDG_CONFIG_HOME": "/x"}, Path("/x/opencode/opencode.json")),
    ],
)
def test_where_configurations_are(
    client: str, platform: str, environ: dict[str, str], file: Path
) -> None:
    assert client_app(client).file(HOME, platform, environ) == file
